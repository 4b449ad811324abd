package io.wholecart.chart;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;
import org.yaml.snakeyaml.Yaml;

/** What Helm makes of the chart, read strictly: a field that Kubernetes does not know is an error. */
record Chart(List<HasMetadata> manifests) {

    static final Path HOME = Path.of("helm/wholecart");

    /** Helm's library leaves hooks out of what it renders: here they are ordinary manifests, with an annotation of another name. */
    static final String HOOK = "hook.was/it";

    private static final Path WITH_HOOKS = copyWithHooks();

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Stream.of(
                    ConfigMap.class,
                    Deployment.class,
                    HorizontalPodAutoscaler.class,
                    Ingress.class,
                    Job.class,
                    NetworkPolicy.class,
                    PodDisruptionBudget.class,
                    PrometheusRule.class,
                    Secret.class,
                    Service.class,
                    ServiceAccount.class,
                    ServiceMonitor.class)
            .collect(Collectors.toMap(HasMetadata::getKind, Function.identity()));

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                // The models take any field in; here none but their own.
                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return Boolean.FALSE;
                }
            })
            .build();

    /** Renders with a values file from the chart's folder {@code ci}. */
    static Chart of(String values) {
        return parse(template(values).call());
    }

    static TemplateCommand template(String values) {
        return new Helm(WITH_HOOKS)
                .template()
                .withName("shop")
                .withNamespace("shop")
                .withKubeVersion("1.34.0")
                .withValuesFile(HOME.resolve("ci").resolve(values));
    }

    private static Path copyWithHooks() {
        Path copy = Path.of("target/chart/wholecart");
        try {
            FileSystemUtils.deleteRecursively(copy);
            FileSystemUtils.copyRecursively(HOME, copy);
            Path migration = copy.resolve("templates/migration.yaml");
            Files.writeString(migration, Files.readString(migration).replace("helm.sh/hook:", HOOK + ":"));
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Chart parse(String rendered) {
        List<HasMetadata> manifests = new ArrayList<>();
        for (Object document : new Yaml().loadAll(rendered)) {
            if (document instanceof Map<?, ?> fields) {
                Class<? extends HasMetadata> type = KINDS.get(String.valueOf(fields.get("kind")));
                if (type == null) {
                    throw new IllegalArgumentException("a kind that the test does not know: " + fields.get("kind"));
                }
                HasMetadata manifest = STRICT.convertValue(fields, type);
                if (!HasMetadata.getApiVersion(type).equals(fields.get("apiVersion"))) {
                    throw new IllegalArgumentException(fields.get("apiVersion") + " has no " + fields.get("kind"));
                }
                manifests.add(manifest);
            }
        }
        return new Chart(List.copyOf(manifests));
    }

    <T extends HasMetadata> Stream<T> all(Class<T> type) {
        return manifests.stream().filter(type::isInstance).map(type::cast);
    }

    <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
        return all(type).filter(one -> one.getMetadata().getName().equals(name)).findFirst();
    }

    /** The pods that its Deployments and Jobs make. */
    Stream<PodTemplateSpec> pods() {
        return Stream.concat(
                all(Deployment.class).map(deployment -> deployment.getSpec().getTemplate()),
                all(Job.class).map(job -> job.getSpec().getTemplate()));
    }
}
