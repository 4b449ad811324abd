package io.wholecart.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The one shape that every error must have. */
public final class Problem {

    private static final Set<String> FIELDS =
            Set.of("type", "title", "status", "detail", "instance", "code", "requestId", "errors");
    /** What no answer may tell: classes, stack traces, SQL, the server's make. */
    private static final Pattern LEAK = Pattern.compile(
            "Exception|\\bat [a-z]+\\.[a-z.]+\\(|\\b(java|jakarta|org|com|io|tools)\\.[a-z]+\\.[a-zA-Z.]+"
                    + "|SELECT |INSERT |UPDATE |DELETE FROM|PSQL|SQLSTATE|Tomcat|Apache|<html|<!doctype",
            Pattern.CASE_INSENSITIVE);

    private Problem() {}

    /** What is wrong with an answer as an error; nothing for one that is none. */
    static List<String> flaws(Api.Answer answer) {
        if (answer.status() < 400) {
            return List.of();
        }
        String type = answer.response().headers().firstValue("Content-Type").orElse("none");
        String id = answer.response().headers().firstValue("X-Request-Id").orElse("none");
        return flaws(answer.status(), type, id, answer.json());
    }

    /** The same of an answer's parts. */
    public static List<String> flaws(int status, String type, String id, JsonNode json) {
        List<String> flaws = new ArrayList<>();
        if (!type.equals("application/problem+json")) {
            flaws.add("is " + type);
        }
        if (json.path("status").asInt(0) != status) {
            flaws.add("has another status");
        }
        if (!json.path("requestId").asString("").equals(id)) {
            flaws.add("has another request id than the header " + id);
        }
        if (!json.path("code").asString("").matches("[a-z][a-zA-Z]+")) {
            flaws.add("has no code");
        }
        if (json.path("title").asString("").isEmpty()
                || json.path("detail").asString("").isEmpty()) {
            flaws.add("has no words");
        }
        json.propertyNames().stream().filter(name -> !FIELDS.contains(name)).forEach(name -> flaws.add("has " + name));
        flaws.addAll(leaks(json.path("detail").asString("") + json.path("title").asString("")));
        json.path("errors")
                .forEach(error -> flaws.addAll(leaks(error.path("message").asString(""))));
        return flaws;
    }

    /** What a text tells that is nobody's business. */
    public static List<String> leaks(String text) {
        return LEAK.matcher(text)
                .results()
                .map(found -> "leaks " + found.group())
                .toList();
    }
}
