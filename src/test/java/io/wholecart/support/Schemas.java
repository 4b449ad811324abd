package io.wholecart.support;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Holds JSON against the schemas of an OpenAPI document: types, known and required fields, bounds, choices. */
public final class Schemas {

    private final JsonNode document;

    public Schemas(JsonNode document) {
        this.document = document;
    }

    /** What a reference points to, or the node itself. */
    public JsonNode resolve(JsonNode node) {
        String ref = node.path("$ref").asString("");
        return ref.isEmpty() ? node : resolve(document.at(ref.substring(1)));
    }

    /** Where and how a value does not fit. */
    public List<String> flaws(JsonNode value, JsonNode schema) {
        List<String> flaws = new ArrayList<>();
        check("", value, schema, flaws);
        return flaws;
    }

    private void check(String where, JsonNode value, JsonNode reference, List<String> flaws) {
        JsonNode schema = resolve(reference);
        if (schema.has("oneOf")) {
            boolean fits = schema.path("oneOf")
                    .valueStream()
                    .anyMatch(one -> flaws(value, one).isEmpty());
            say(fits, where, "fits none of its schemas", flaws);
            return;
        }
        switch (schema.path("type").asString("")) {
            case "object" -> object(where, value, schema, flaws);
            case "array" -> {
                say(value.isArray(), where, "is no array", flaws);
                say(value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE), where, "is too long", flaws);
                for (int i = 0; i < value.size(); i++) {
                    check(where + "[" + i + "]", value.get(i), schema.path("items"), flaws);
                }
            }
            case "string" -> {
                say(value.isString(), where, "is no string", flaws);
                int length = value.asString("").length();
                say(length <= schema.path("maxLength").asInt(Integer.MAX_VALUE), where, "is too long", flaws);
                say(length >= schema.path("minLength").asInt(0), where, "is too short", flaws);
            }
            case "integer" -> {
                say(value.isIntegralNumber(), where, "is no integer", flaws);
                bounds(where, value, schema, flaws);
            }
            case "number" -> {
                say(value.isNumber(), where, "is no number", flaws);
                bounds(where, value, schema, flaws);
            }
            case "boolean" -> say(value.isBoolean(), where, "is no boolean", flaws);
            default -> say(false, where, "has a schema without a type", flaws);
        }
        if (schema.has("enum")) {
            say(schema.path("enum").valueStream().anyMatch(value::equals), where, "is none of the choices", flaws);
        }
    }

    private void object(String where, JsonNode value, JsonNode schema, List<String> flaws) {
        boolean anything = !schema.has("properties") && !schema.has("additionalProperties");
        if (anything) {
            return;
        }
        say(value.isObject(), where, "is no object", flaws);
        schema.path("required").forEach(name -> say(value.has(name.asString()), where, "lacks " + name, flaws));
        value.properties().forEach(field -> {
            JsonNode known = schema.path("properties").path(field.getKey());
            JsonNode inner = known.isMissingNode() ? schema.path("additionalProperties") : known;
            String path = where + "/" + field.getKey();
            say(!inner.isMissingNode(), path, "is unknown", flaws);
            if (!inner.isMissingNode() && !field.getValue().isNull()) {
                check(path, field.getValue(), inner, flaws);
            }
        });
    }

    private static void bounds(String where, JsonNode value, JsonNode schema, List<String> flaws) {
        say(value.asDouble(0) >= schema.path("minimum").asDouble(-Double.MAX_VALUE), where, "is too small", flaws);
        say(value.asDouble(0) <= schema.path("maximum").asDouble(Double.MAX_VALUE), where, "is too large", flaws);
    }

    private static void say(boolean good, String where, String flaw, List<String> flaws) {
        if (!good) {
            flaws.add(where + " " + flaw);
        }
    }
}
