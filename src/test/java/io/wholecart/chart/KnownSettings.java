package io.wholecart.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.Yaml;

/** The service's settings: those of its application.yaml, and those that Spring Boot describes in its jars. */
record KnownSettings(Set<String> names) {

    static KnownSettings read() throws IOException {
        Map<?, ?> own = new Yaml().load(Files.readString(Path.of("src/main/resources/application.yaml")));
        Set<String> names = new HashSet<>(names("", own));
        ObjectMapper json = new ObjectMapper();
        for (URL file : Collections.list(
                KnownSettings.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream content = file.openStream()) {
                for (JsonNode property : json.readTree(content).path("properties")) {
                    names.add(property.path("name").asText());
                }
            }
        }
        return new KnownSettings(names);
    }

    /** The names of a tree's leaves, joined by dots. */
    static List<String> names(String prefix, Map<?, ?> tree) {
        List<String> names = new ArrayList<>();
        tree.forEach((name, value) -> {
            if (value instanceof Map<?, ?> inner) {
                names.addAll(names(prefix + name + ".", inner));
            } else {
                names.add(prefix + name);
            }
        });
        return names;
    }

    boolean isName(String name) {
        return names.contains(name);
    }

    /** Whether Spring Boot reads this variable as one of the settings. */
    boolean inEnvironment(String variable) {
        return names.stream()
                .anyMatch(name -> name.replace("-", "")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT)
                        .equals(variable));
    }
}
