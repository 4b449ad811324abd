package io.wholecart.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The alert rules, by Prometheus's own tool where it is installed (Debian's package prometheus has it). */
class AlertsTest {

    private static final Path RULES = Path.of("helm/wholecart/files/alerts.yaml");
    private static final Path TESTS = Path.of("src/test/prometheus/alerts-test.yaml");

    @Test
    void areWhatPromtoolKnows() throws Exception {
        promtool("check", "rules", RULES.toString());
    }

    @Test
    void fireWhenTheyShouldAndNotBefore() throws Exception {
        promtool("test", "rules", TESTS.toString());
    }

    @Test
    void everyAlertHasATest() throws IOException {
        TreeSet<Object> alerts = new TreeSet<>();
        Map<String, List<Map<String, List<Map<String, Object>>>>> rules = new Yaml().load(Files.readString(RULES));
        rules.get("groups")
                .forEach(group -> group.get("rules").forEach(rule -> alerts.add(String.valueOf(rule.get("alert")))));
        TreeSet<Object> tested = new TreeSet<>();
        Map<String, List<Map<String, List<Map<String, Object>>>>> tests = new Yaml().load(Files.readString(TESTS));
        tests.get("tests")
                .forEach(test -> test.get("alert_rule_test").stream()
                        .filter(one -> !((List<?>) one.get("exp_alerts")).isEmpty())
                        .forEach(one -> tested.add(String.valueOf(one.get("alertname")))));

        assertThat(tested).isNotEmpty().isEqualTo(alerts);
    }

    private static void promtool(String... arguments) throws Exception {
        boolean installed = List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
        assumeTrue(installed, "promtool is not installed");
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
