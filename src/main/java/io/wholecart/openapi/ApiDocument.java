package io.wholecart.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.OpenAPI;
import io.wholecart.security.ApiKeys;
import io.wholecart.security.ScopeRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpMethod;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Lays {@code openapi.yaml} over what springdoc made of the code: paths, parameters and schemas are the code's, words, bounds
 * and examples are the file's; who needs which key is the security's; the errors are the same everywhere.
 */
class ApiDocument implements OpenApiCustomizer {

    private static final String WORDS = "openapi.yaml";
    private static final String PROBLEM = "application/problem+json";
    private static final String REQUEST_ID = "0f8e1c2a-5b6d-4e7f-8a9b-0c1d2e3f4a5b";

    @Override
    public void customise(OpenAPI document) {
        ObjectNode made = Json.mapper().valueToTree(document);
        ObjectNode words = words();
        operations(made, operation -> generatedOnly(operation.node));
        keepSuccessSchemas(made, words);
        merge(made, words);
        made.withObject("/components")
                .withObject("/responses")
                .properties()
                .forEach(response -> problem((ObjectNode) response.getValue()));
        made.withObject("/components")
                .withObject("/schemas")
                .remove(List.of("MultiValueMapStringString", "SseEmitter"));
        operations(made, ApiDocument::finish);
        OpenAPI finished = Json.mapper().convertValue(made, OpenAPI.class);
        document.info(finished.getInfo())
                .servers(finished.getServers())
                .tags(finished.getTags())
                .paths(finished.getPaths())
                .components(finished.getComponents());
    }

    private static ObjectNode words() {
        try (InputStream in = new ClassPathResource(WORDS).getInputStream()) {
            return Json.mapper().valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Operation(HttpMethod method, String path, ObjectNode node) {}

    private interface Step {
        void take(Operation operation);
    }

    private static void operations(ObjectNode document, Step step) {
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> step.take(new Operation(
                                HttpMethod.valueOf(method.getKey().toUpperCase(Locale.ROOT)),
                                path.getKey(),
                                (ObjectNode) method.getValue()))));
    }

    /** All parameters at once are no parameter; the classes' names are no tags. */
    private static void generatedOnly(ObjectNode operation) {
        operation.remove("tags");
        List<JsonNode> named = new ArrayList<>();
        operation.path("parameters").forEach(parameter -> {
            if (!parameter.at("/schema/$ref").asText("").endsWith("MultiValueMapStringString")) {
                named.add(parameter);
            }
        });
        operation.putArray("parameters").addAll(named);
    }

    /** The code's schema of the good answer goes where the words tell of one without a schema, whatever its status. */
    private static void keepSuccessSchemas(ObjectNode made, ObjectNode words) {
        operations(words, operation -> {
            ObjectNode code =
                    (ObjectNode) made.path("paths").path(operation.path).path(key(operation.method));
            JsonNode schema =
                    code.at("/responses/200/content").path("application/json").path("schema");
            operation.node.path("responses").properties().forEach(response -> {
                for (JsonNode content : response.getValue().path("content")) {
                    if (!content.has("schema") && response.getKey().startsWith("2") && schema.isObject()) {
                        ((ObjectNode) content).set("schema", schema.deepCopy());
                    }
                }
            });
            code.remove("responses");
        });
    }

    private static String key(HttpMethod method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static void merge(ObjectNode into, ObjectNode from) {
        from.properties().forEach(field -> {
            JsonNode known = into.get(field.getKey());
            if (known instanceof ObjectNode object && field.getValue() instanceof ObjectNode more) {
                merge(object, more);
            } else if (field.getKey().equals("parameters") && known instanceof ArrayNode parameters) {
                field.getValue().forEach(parameter -> put(parameters, parameter));
            } else {
                into.set(field.getKey(), field.getValue());
            }
        });
    }

    /** In the place of the code's parameter of the name, or after all. */
    private static void put(ArrayNode parameters, JsonNode told) {
        String ref = told.path("$ref").asText("");
        // A path's parameter has in its component's name what it is an id of.
        String name = told.path("name")
                .asText(List.of("user", "item", "run").contains(shortName(ref)) ? "id" : shortName(ref));
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).path("name").asText().equals(name)) {
                parameters.set(i, told);
                return;
            }
        }
        parameters.add(told);
    }

    private static String shortName(String ref) {
        return ref.substring(ref.lastIndexOf('/') + 1);
    }

    private static void problem(ObjectNode response) {
        ObjectNode content = response.putObject("content").putObject(PROBLEM);
        content.putObject("schema").put("$ref", "#/components/schemas/Problem");
        if (response.remove("example") instanceof ObjectNode example) {
            content.set("example", example.put("requestId", REQUEST_ID));
        }
        header(response);
        if (response.at("/content/" + PROBLEM.replace("/", "~1") + "/example/status")
                        .asInt()
                == 503) {
            response.withObject("/headers").putObject("Retry-After").put("$ref", "#/components/headers/RetryAfter");
        }
    }

    /** Keys, errors and headers, which follow from what an operation is. */
    private static void finish(Operation operation) {
        ObjectNode responses = operation.node.withObject("/responses");
        error(responses, "400", "BadRequest");
        Optional<ApiKeys.Scope> scope = ScopeRules.scope(operation.method, operation.path);
        scope.ifPresent(needed -> {
            ArrayNode security = operation.node.putArray("security");
            security.addObject().putArray(needed.name().toLowerCase(Locale.ROOT));
            if (needed != ApiKeys.Scope.ADMIN) {
                security.addObject().putArray("admin");
            }
            error(responses, "401", "Unauthorized");
            error(responses, "403", "Forbidden");
        });
        if (responses.at("/200/content").has("application/json")) {
            error(responses, "406", "NotAcceptable");
        }
        if (operation.node.has("requestBody")) {
            error(responses, "408", "RequestTimeout");
            error(responses, "413", "ContentTooLarge");
            error(responses, "415", "UnsupportedMediaType");
        }
        error(responses, "500", "InternalServerError");
        error(responses, "503", "ServiceUnavailable");
        responses.properties().forEach(response -> {
            if (!response.getValue().has("$ref")) {
                header((ObjectNode) response.getValue());
            }
        });
    }

    private static void error(ObjectNode responses, String status, String name) {
        if (!responses.has(status)) {
            responses.putObject(status).put("$ref", "#/components/responses/" + name);
        }
    }

    private static void header(ObjectNode response) {
        response.withObject("/headers").putObject("X-Request-Id").put("$ref", "#/components/headers/RequestId");
    }
}
