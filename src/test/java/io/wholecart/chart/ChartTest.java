package io.wholecart.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.FileSystemUtils;
import org.yaml.snakeyaml.Yaml;

/** Helm itself lints and renders the chart with every values file in {@code helm/wholecart/ci}. */
class ChartTest {

    /** Names in the environment that are no settings of the service. */
    private static final Set<String> NOT_SETTINGS = Set.of("JDK_JAVA_OPTIONS", "SPRING_APPLICATION_JSON");

    @BeforeAll
    static void helmIsThere() {
        String host = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        assumeTrue(host.equals("Linux amd64"), "Helm's library is brought for Linux amd64 only; this is " + host);
    }

    static Stream<String> values() throws IOException {
        try (Stream<Path> files = Files.list(Chart.HOME.resolve("ci"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void lints(String values, @TempDir Path folder) throws IOException {
        Path copy = folder.resolve("wholecart");
        FileSystemUtils.copyRecursively(Chart.HOME, copy);
        Map<String, Object> merged = yaml(Chart.HOME.resolve("values.yaml"));
        merge(merged, yaml(Chart.HOME.resolve("ci").resolve(values)));
        Files.writeString(copy.resolve("values.yaml"), new Yaml().dump(merged));

        LintResult result = new Helm(copy).lint().strict().call();

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("values")
    void rendersWhatKubernetesKnows(String values) {
        Chart chart = Chart.of(values);

        assertThat(chart.manifests())
                .isNotEmpty()
                .allSatisfy(manifest ->
                        assertThat(manifest.getMetadata().getLabels()).containsKey("app.kubernetes.io/instance"));
        assertThat(chart.manifests())
                .extracting(one -> one.getKind() + "/" + one.getMetadata().getName())
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("values")
    void everySelectorFindsItsPodsAndNoOthers(String values) {
        Chart chart = Chart.of(values);

        chart.all(Deployment.class).forEach(deployment -> {
            assertThat(selected(chart, deployment.getSpec().getSelector().getMatchLabels()))
                    .containsExactly(deployment.getSpec().getTemplate());
            for (TopologySpreadConstraint spread :
                    deployment.getSpec().getTemplate().getSpec().getTopologySpreadConstraints()) {
                assertThat(selected(chart, spread.getLabelSelector().getMatchLabels()))
                        .containsExactly(deployment.getSpec().getTemplate());
            }
        });
        PodTemplateSpec api = chart.all(Deployment.class)
                .filter(one -> one.getMetadata().getName().endsWith("-api"))
                .findFirst()
                .orElseThrow()
                .getSpec()
                .getTemplate();
        chart.all(PodDisruptionBudget.class)
                .map(one -> one.getSpec().getSelector())
                .forEach(selector ->
                        assertThat(selected(chart, selector.getMatchLabels())).containsExactly(api));
        chart.all(Service.class).forEach(service -> {
            List<PodTemplateSpec> pods = selected(chart, service.getSpec().getSelector());
            assertThat(pods).contains(api);
            assertThat(service.getSpec().getPorts())
                    .allSatisfy(port -> assertThat(portNames(api))
                            .contains(port.getTargetPort().getStrVal()));
        });
        chart.all(NetworkPolicy.class)
                .map(one -> one.getSpec().getPodSelector())
                .forEach(selector ->
                        assertThat(selected(chart, selector.getMatchLabels())).hasSize(1));
        chart.all(HorizontalPodAutoscaler.class)
                .forEach(scaler -> assertThat(chart.find(
                                Deployment.class,
                                scaler.getSpec().getScaleTargetRef().getName()))
                        .hasValueSatisfying(found ->
                                assertThat(found.getSpec().getReplicas()).isNull()));
        chart.all(ServiceMonitor.class)
                .map(one -> one.getSpec().getSelector())
                .forEach(selector -> assertThat(chart.all(Service.class)
                                .filter(service ->
                                        matches(selector, service.getMetadata().getLabels())))
                        .hasSize(1));
    }

    @ParameterizedTest
    @MethodSource("values")
    void probesAskTheManagementPort(String values) {
        Chart.of(values).all(Deployment.class).forEach(deployment -> {
            Container container =
                    deployment.getSpec().getTemplate().getSpec().getContainers().get(0);
            assertThat(container.getPorts())
                    .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
                    .contains(org.assertj.core.groups.Tuple.tuple("management", 9090));
            assertThat(Stream.of(
                            container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                    .extracting(Probe::getHttpGet)
                    .allSatisfy(get -> {
                        assertThat(get.getPort().getStrVal()).isEqualTo("management");
                        assertThat(get.getPath()).startsWith("/actuator/health/");
                    });
        });
    }

    @ParameterizedTest
    @MethodSource("values")
    void processesMayDoNothingButTheirWork(String values) {
        assertThat(Chart.of(values).pods()).isNotEmpty().allSatisfy(pod -> {
            PodSpec spec = pod.getSpec();
            assertThat(spec.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(spec.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(spec.getAutomountServiceAccountToken()).isFalse();
            assertThat(spec.getContainers()).allSatisfy(container -> {
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
                assertThat(container.getResources().getLimits()).containsKey("memory");
                assertThat(container.getVolumeMounts())
                        .extracting(mount -> mount.getMountPath())
                        .containsExactly("/tmp");
            });
        });
    }

    @ParameterizedTest
    @MethodSource("values")
    void secretsStayInSecrets(String values) {
        Chart chart = Chart.of(values);
        Object secret = yaml(Chart.HOME.resolve("ci").resolve(values)).get("secret");
        List<String> confidential = new ArrayList<>();
        ((Map<?, ?>) secret).forEach((name, value) -> {
            if (!name.equals("existing") && !name.equals("databaseUsername")) {
                confidential.add(String.valueOf(value));
            }
        });
        List<String> known = chart.all(Secret.class)
                .flatMap(one -> one.getStringData().values().stream())
                .toList();

        assertThat(known).containsAll(confidential);
        for (String value : confidential) {
            assertThat(chart.manifests().stream().filter(one -> !(one instanceof Secret)))
                    .noneMatch(manifest -> manifest.toString().contains(value));
        }
        chart.pods()
                .flatMap(pod -> pod.getSpec().getContainers().stream())
                .flatMap(container -> container.getEnvFrom().stream())
                .map(from -> from.getSecretRef().getName())
                .forEach(name -> assertThat(chart.find(Secret.class, name).isPresent() == confidential.isEmpty())
                        .as("Secret %s is the chart's or somebody else's", name)
                        .isFalse());
    }

    @ParameterizedTest
    @MethodSource("values")
    void everySettingIsOneOfTheService(String values) throws IOException {
        Chart chart = Chart.of(values);
        KnownSettings known = KnownSettings.read();
        List<EnvVar> environment = chart.pods()
                .flatMap(pod -> pod.getSpec().getContainers().stream())
                .flatMap(container -> container.getEnv().stream())
                .toList();

        assertThat(environment)
                .extracting(EnvVar::getName)
                .contains("SPRING_DATASOURCE_URL", "WHOLECART_ROLES")
                .allMatch(name -> NOT_SETTINGS.contains(name) || known.inEnvironment(name));
        assertThat(chart.all(Secret.class).flatMap(one -> one.getStringData().keySet().stream()))
                .allMatch(known::inEnvironment);
        for (EnvVar variable : environment) {
            if (variable.getName().equals("SPRING_APPLICATION_JSON")) {
                Map<?, ?> settings = new ObjectMapper().readValue(variable.getValue(), Map.class);
                assertThat(KnownSettings.names("", settings)).isNotEmpty().allMatch(known::isName);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void theSchemaIsMigratedEitherByTheJobOrByTheNodes(String values) {
        Chart chart = Chart.of(values);
        boolean job = chart.all(Job.class)
                .peek(one -> {
                    assertThat(one.getMetadata().getAnnotations()).containsEntry(Chart.HOOK, "pre-install,pre-upgrade");
                    assertThat(one.getSpec()
                                    .getTemplate()
                                    .getSpec()
                                    .getContainers()
                                    .get(0)
                                    .getArgs())
                            .containsExactly("migrate");
                })
                .findAny()
                .isPresent();

        assertThat(chart.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(
                                deployment.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv().stream()
                                        .anyMatch(variable -> variable.getName().equals("SPRING_FLYWAY_ENABLED")
                                                && variable.getValue().equals("false")))
                        .isEqualTo(job));
    }

    @Test
    void aTrainerMayHaveACard() {
        PodSpec pod = Chart.of("gpu.yaml")
                .find(Deployment.class, "shop-wholecart-trainer")
                .orElseThrow()
                .getSpec()
                .getTemplate()
                .getSpec();

        assertThat(pod.getContainers().get(0).getImage()).isEqualTo("registry.example.com/wholecart:1.2.3-gpu");
        assertThat(pod.getContainers().get(0).getResources().getLimits())
                .containsEntry("nvidia.com/gpu", new Quantity("1"))
                .containsKey("memory");
        assertThat(pod.getNodeSelector())
                .containsEntry("nvidia.com/gpu.present", "true")
                .containsEntry("pool", "gpu");
        assertThat(pod.getTolerations()).extracting(Toleration::getKey).containsExactly("nvidia.com/gpu", "pool");
    }

    @Test
    void rulesAndDashboardAreTheFiles() throws IOException {
        Chart chart = Chart.of("production.yaml");
        ObjectMapper json = new ObjectMapper();

        assertThat(json.readTree(chart.find(ConfigMap.class, "shop-wholecart-dashboard")
                        .orElseThrow()
                        .getData()
                        .get("wholecart.json")))
                .isEqualTo(json.readTree(Files.readString(Chart.HOME.resolve("files/dashboard.json"))));
        List<?> groups = (List<?>) yaml(Chart.HOME.resolve("files/alerts.yaml")).get("groups");
        PrometheusRule rule = chart.find(PrometheusRule.class, "shop-wholecart").orElseThrow();
        assertThat(rule.getSpec().getGroups()).hasSameSizeAs(groups);
        assertThat(rule.getSpec().getGroups().get(0).getRules())
                .hasSameSizeAs((List<?>) ((Map<?, ?>) groups.get(0)).get("rules"))
                .anySatisfy(
                        one -> assertThat(one.getAnnotations().get("summary")).contains("{{ $value"));
    }

    @ParameterizedTest
    @CsvSource({
        "api.replicas, two, replicas",
        "api.replicas, 0, replicas",
        "trainer.gpu.count, 0, count",
        "image.pullPolicy, Sometimes, pullPolicy",
        "service.type, Magic, type",
        "service.port, 70000, port",
        "database.url, mysql://db/shop, url",
        "api.autoscaling.targetCPUUtilizationPercentage, 200, targetCPUUtilizationPercentage",
        "monitoring.serviceMonitor.interval, often, interval",
        "trainer.gpus.enabled, true, gpus",
        "secret.adminKey, x, adminKey",
        "replicaCount, 3, replicaCount",
    })
    void wrongValuesAreRefused(String name, String value, String told) {
        assertThatThrownBy(() -> Chart.template("default.yaml").set(name, value).call())
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining(told);
    }

    @ParameterizedTest
    @CsvSource({"database.url", "secret.databaseUsername", "secret.databasePassword", "secret.adminKeys"})
    void missingValuesAreNamed(String name) {
        assertThatThrownBy(() -> Chart.template("default.yaml").set(name, "").call())
                .hasMessageContaining(name + " is missing");
    }

    private static List<PodTemplateSpec> selected(Chart chart, Map<String, String> selector) {
        assertThat(selector).isNotEmpty();
        return chart.pods()
                .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
                .toList();
    }

    private static boolean matches(LabelSelector selector, Map<String, String> labels) {
        return labels.entrySet().containsAll(selector.getMatchLabels().entrySet());
    }

    private static List<String> portNames(PodTemplateSpec pod) {
        return pod.getSpec().getContainers().get(0).getPorts().stream()
                .map(ContainerPort::getName)
                .toList();
    }

    private static Map<String, Object> yaml(Path file) {
        try {
            return new Yaml().load(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<String, Object> values) {
        values.forEach((name, value) -> {
            if (value instanceof Map<?, ?> && into.get(name) instanceof Map<?, ?> known) {
                Map<String, Object> copy = new LinkedHashMap<>((Map<String, Object>) known);
                merge(copy, (Map<String, Object>) value);
                into.put(name, copy);
            } else {
                into.put(name, value);
            }
        });
    }
}
