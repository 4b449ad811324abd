package io.wholecart.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.CommittedFile;
import io.wholecart.support.Schemas;
import io.wholecart.support.WithKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds what the service tells of itself: against the code, against the committed copy, and that nothing is left untold. */
@WithKeys
class ApiDocumentTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @LocalServerPort
    private int port;

    @Autowired
    private RequestMappingHandlerMapping requestMappingHandlerMapping;

    private Api nobody;
    private JsonNode document;
    private Schemas schemas;

    @BeforeEach
    void read() {
        nobody = Api.at(port).withKey(null);
        document = nobody.get("/v3/api-docs").expect(200).json();
        schemas = new Schemas(document);
    }

    @Test
    void theCommittedCopyIsWhatTheServiceSays() {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(indent).withArrayIndenter(indent);
        CommittedFile.says("docs/openapi.json", JSON.writer().with(printer).writeValueAsString(document) + "\n");
    }

    @Test
    void everyEndpointWithItsParametersIsThereAndNoOther() {
        TreeMap<String, Set<String>> code = new TreeMap<>();
        requestMappingHandlerMapping.getHandlerMethods().forEach((info, handler) -> {
            if (handler.getBeanType().getPackageName().startsWith("io.wholecart")) {
                info.getMethodsCondition()
                        .getMethods()
                        .forEach(method -> info.getPatternValues()
                                .forEach(path -> code.put(method + " " + path, parameters(handler))));
            }
        });
        TreeMap<String, Set<String>> told = new TreeMap<>();
        operations((name, operation) -> {
            Set<String> names = new TreeSet<>();
            operation
                    .path("parameters")
                    .forEach(parameter ->
                            names.add(schemas.resolve(parameter).path("name").asString("")));
            told.put(name, names);
        });
        assertThat(told.keySet()).isEqualTo(code.keySet());
        code.forEach((name, parameters) -> assertThat(told.get(name)).as(name).containsAll(parameters));
    }

    private static Set<String> parameters(HandlerMethod handler) {
        Set<String> names = new TreeSet<>();
        for (MethodParameter parameter : handler.getMethodParameters()) {
            boolean named = parameter.hasParameterAnnotation(PathVariable.class)
                    || (parameter.hasParameterAnnotation(RequestParam.class)
                            && !java.util.Map.class.isAssignableFrom(parameter.getParameterType()));
            if (named) {
                names.add(parameter.getParameter().getName());
            }
        }
        return names;
    }

    @Test
    void everythingHasWordsBoundsExamplesAndErrors() {
        List<String> lacking = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        operations((name, operation) -> {
            require(operation.path("summary").isString(), name + " has no summary", lacking);
            require(operation.path("tags").size() == 1, name + " has no tag", lacking);
            require(ids.add(operation.path("operationId").asString("")), name + " has another's id", lacking);
            require(operation.path("security").size() > 0, name + " has no scope", lacking);
            operation.path("parameters").forEach(one -> parameter(name, schemas.resolve(one), lacking));
            operation.path("requestBody").path("content").properties().forEach(content -> {
                boolean binary = content.getKey().equals("application/gzip");
                require(binary || shown(content.getValue()), name + " takes a body without an example", lacking);
            });
            for (String status : List.of("400", "401", "403", "500", "503")) {
                require(operation.path("responses").has(status), name + " does not tell of " + status, lacking);
            }
            operation.path("responses").properties().forEach(response -> {
                JsonNode told = schemas.resolve(response.getValue());
                String where = name + " " + response.getKey();
                require(told.path("headers").has("X-Request-Id"), where + " has no request id", lacking);
                told.path("content").forEach(content -> require(shown(content), where + " has no example", lacking));
                if (response.getKey().compareTo("400") >= 0) {
                    JsonNode problem = told.path("content").path("application/problem+json");
                    require(
                            problem.at("/schema/$ref").asString("").endsWith("/Problem"),
                            where + " is no problem",
                            lacking);
                }
            });
        });
        assertThat(lacking).isEmpty();
    }

    private void parameter(String operation, JsonNode parameter, List<String> lacking) {
        String name = operation + " " + parameter.path("name").asString("");
        JsonNode schema = parameter.path("schema");
        JsonNode one = schema.path("type").asString("").equals("array") ? schema.path("items") : schema;
        boolean bounded = one.has("enum")
                || (one.path("type").asString("").equals("integer") ? one.has("minimum") : one.has("maxLength"));
        require(parameter.path("description").isString(), name + " has no words", lacking);
        require(bounded, name + " has no bounds", lacking);
    }

    private static boolean shown(JsonNode content) {
        return content.has("example") || content.has("examples");
    }

    private static void require(boolean good, String otherwise, List<String> lacking) {
        if (!good) {
            lacking.add(otherwise);
        }
    }

    @Test
    void everyExampleFitsItsSchema() {
        List<String> flaws = new ArrayList<>();
        operations((name, operation) -> {
            examples(name, operation.path("requestBody"), flaws);
            operation.path("responses").forEach(response -> examples(name, schemas.resolve(response), flaws));
        });
        assertThat(flaws).isEmpty();
    }

    private void examples(String name, JsonNode body, List<String> flaws) {
        body.path("content").properties().forEach(content -> {
            List<JsonNode> examples = new ArrayList<>();
            content.getValue().path("examples").forEach(example -> examples.add(example.path("value")));
            if (content.getValue().has("example")) {
                examples.add(content.getValue().path("example"));
            }
            for (JsonNode example : examples) {
                schemas.flaws(example, content.getValue().path("schema")).forEach(flaw -> flaws.add(name + flaw));
            }
        });
    }

    /** Clients are told the bounds of the code, and not others. */
    @Test
    void theBoundsAreTheCodes() {
        Api admin = Api.at(port);
        operations((name, operation) -> operation.path("parameters").forEach(one -> {
            JsonNode parameter = schemas.resolve(one);
            JsonNode maximum = parameter.path("schema").path("maximum");
            if (maximum.isNumber() && parameter.path("in").asString("").equals("query")) {
                String path = name.substring(name.indexOf(' ') + 1).replaceAll("\\{[a-zA-Z]+}", "somebody");
                String query = path + "?" + parameter.path("name").asString("") + "=";
                admin.get(query + maximum.asLong()).expect(200);
                admin.get(query + (maximum.asLong() + 1)).expect(400);
                admin.get(query + (parameter.at("/schema/minimum").asLong() - 1))
                        .expect(400);
            }
        }));
    }

    @Test
    void swaggerUiComesFromHereAlone() {
        Api.Answer entry = nobody.get("/swagger-ui.html").expect(302);
        assertThat(entry.response().headers().firstValue("Location").orElse("")).endsWith("/swagger-ui/index.html");
        Api.Answer page = nobody.get("/swagger-ui/index.html").expect(200);
        assertThat(page.response()
                        .headers()
                        .firstValue("Content-Security-Policy")
                        .orElse(""))
                .contains("default-src 'self'");
        List<String> parts = Pattern.compile("(?:src|href)=\"([^\"]+)\"")
                .matcher(page.response().body())
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(parts).isNotEmpty().allSatisfy(part -> {
            assertThat(part).doesNotContain("//");
            nobody.get("/swagger-ui/" + part.replaceFirst("^\\./", "")).expect(200);
        });
        assertThat(nobody.get("/swagger-ui/swagger-initializer.js")
                        .expect(200)
                        .response()
                        .body())
                .doesNotContain("petstore");
    }

    private void operations(BiConsumer<String, JsonNode> each) {
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> each.accept(
                                method.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey(),
                                method.getValue())));
    }
}
