package io.wholecart.reliability;

import tools.jackson.databind.JsonNode;

/**
 * What a node's readiness tells of its model; 0 where it names no version.
 *
 * @param degraded whether it cannot serve the active version
 */
record ModelHealth(boolean degraded, int serving, int refused, String reason, String message) {

    static ModelHealth of(Node node) {
        JsonNode model = node.api()
                .get("/actuator/health/readiness", "Accept", "application/json")
                .expect(200)
                .json()
                .path("components")
                .path("model");
        JsonNode details = model.path("details");
        return new ModelHealth(
                model.path("status").asString("").equals("DEGRADED"),
                details.path("serving").asInt(0),
                details.path("refused").asInt(0),
                details.path("reason").asString(""),
                details.path("message").asString(""));
    }
}
