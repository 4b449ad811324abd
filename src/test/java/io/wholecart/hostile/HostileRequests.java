package io.wholecart.hostile;

import io.wholecart.support.Schemas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** Makes requests from an OpenAPI document's paths, parameters and examples, and spoils them; the same seed, the same bytes. */
final class HostileRequests {

    private static final String[] TEXTS = {
        "",
        " ",
        ".",
        "..",
        "a/b",
        "%",
        "%00",
        "\0",
        "\t",
        "\n",
        "\r\nX-Injected: yes",
        "\u007f",
        "\u202e",
        "\ufeff",
        "\ud800",
        "\udc00x",
        "\ud83d\ude00",
        "é",
        "'; DROP TABLE event; --",
        "\" OR 1=1",
        "${jndi:ldap://x/y}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "-1",
        "0",
        "1",
        "2147483648",
        "-2147483649",
        "9223372036854775808",
        "1e999",
        "NaN",
        "Infinity",
        "0x10",
        "1,2",
        ",",
        ",,,",
        "true",
        "null",
        "[]",
        "{}",
        "undefined",
        "view",
        "purchase",
        "classic-headset",
        "skip",
        "taobao",
        "9999-12-31T23:59:59Z",
        "+999999999-01-01T00:00:00Z",
        "-999999999-12-31T23:59:59+18:00",
        "2026-02-30T00:00:00Z",
        "MTc3Nzg4OTEwMDAwMDAwMCwxLDM",
        "////",
        "AAAA=",
        "a".repeat(201),
        "a".repeat(3_000),
        "\u0130".repeat(200)
    };

    private static final String[] RAW = {
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1e-999",
        "9223372036854775808",
        "-1",
        "0",
        "1.5",
        "01",
        "+1",
        "0x1",
        "1" + "0".repeat(500),
        "1" + "0".repeat(2_000),
        "0." + "1".repeat(1_500),
        "1e1000000000",
        "tru",
        "'x'",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\x\"",
        "\"unended",
        "[".repeat(600) + "]".repeat(600),
        "[".repeat(20_000),
        "{\"a\":".repeat(1_500) + "1" + "}".repeat(1_500),
        "\"" + "x".repeat(20_000) + "\"",
        "null",
        "[]",
        "{}",
        "[null]",
        "[[[]]]",
        "/*x*/1",
        "true",
        "false",
        "2147483648",
        "\"\""
    };

    private static final String[] METHODS = {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "get",
        "BREW",
        "",
        "G\0T",
        "PROPFIND"
    };

    private static final String[] TYPES = {
        "application/json",
        "text/csv",
        "application/x-ndjson",
        "application/json;charset=utf-16",
        "application/json;charset=nothing",
        "application/xml",
        "application/yaml",
        "text/plain",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/x-java-serialized-object",
        "",
        ";",
        "*/*",
        "a/b/c",
        "application/problem+json"
    };

    private static final String[] ODD_HEADERS = {
        "Accept: text/html",
        "Accept: ;;;",
        "Accept: application/json;q=2",
        "Accept: " + "a/b,".repeat(500),
        "Accept-Encoding: gzip",
        "Accept-Language: \u00ff",
        "Accept-Charset: nothing",
        "Content-Encoding: gzip",
        "Content-Encoding: nothing",
        "Expect: 100-continue",
        "Expect: tea",
        "Range: bytes=0-1,5-",
        "If-None-Match: *",
        "If-Modified-Since: never",
        "X-Request-Id: \"><script>",
        "X-Request-Id: " + "x".repeat(500),
        "X-HTTP-Method-Override: DELETE",
        "X-Forwarded-For: ::::",
        "X-Forwarded-Host: a b",
        "X-Forwarded-Proto: javascript",
        "Forwarded: for=;",
        "Origin: https://evil.example",
        "Origin: null",
        "Cookie: JSESSIONID=x",
        "Authorization: Basic eDp5",
        "Authorization: Bearer",
        "Upgrade: websocket",
        "Upgrade: h2c",
        "HTTP2-Settings: AAA",
        "Transfer-Encoding: identity",
        "Connection: keep-alive, X-API-Key",
        "Content-Length: 5",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Trailer: X",
        "TE: trailers",
        "traceparent: 00-zz-01",
        "X-Empty:",
        "no colon",
        ": no name",
        " folded",
        "X-Control: \u0001",
        "X-Many: x\r\n".repeat(120) + "X-Last: x",
        "Host: other"
    };

    private record Operation(String method, String path, JsonNode node) {}

    private final Schemas schemas;
    private final String[] keys;
    private final List<Operation> operations = new ArrayList<>();

    HostileRequests(JsonNode document, String... keys) {
        this.schemas = new Schemas(document);
        this.keys = keys;
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> operations.add(new Operation(
                                method.getKey().toUpperCase(Locale.ROOT), path.getKey(), method.getValue()))));
        for (String other : List.of(
                "/", "/actuator/health", "/actuator/prometheus", "/v3/api-docs", "/swagger-ui/index.html", "/api/v1")) {
            operations.add(new Operation("GET", other, JsonNodeFactory.instance.objectNode()));
        }
    }

    byte[] request(long seed) {
        // The first numbers of neighboring seeds are alike.
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        if (chance(random, 0.03)) {
            return garbage(random);
        }
        Operation operation = operations.get(random.nextInt(operations.size()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String method = chance(random, 0.07) ? pick(random, METHODS) : operation.method;
        write(
                out,
                method + " " + target(random, operation) + (chance(random, 0.01) ? " HTTP/3.7" : " HTTP/1.1") + "\r\n");
        write(out, chance(random, 0.02) ? "" : "Host: shop\r\n");
        write(out, chance(random, 0.9) ? "Connection: close\r\n" : "");
        write(out, chance(random, 0.9) ? "X-API-Key: " + pick(random, keys) + "\r\n" : "");
        while (chance(random, 0.25)) {
            write(out, pick(random, ODD_HEADERS) + "\r\n");
        }
        byte[] body = body(random, operation);
        if (body != null) {
            write(out, "Content-Type: " + type(random, operation) + "\r\n");
            body(random, out, body);
        } else {
            write(out, "\r\n");
        }
        return chance(random, 0.02) ? Arrays.copyOf(out.toByteArray(), random.nextInt(out.size())) : out.toByteArray();
    }

    private static byte[] garbage(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(bytes);
        byte[] start = pick(random, new String[] {
                    "",
                    "GET / HTTP/1.1\r\n",
                    "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n",
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                })
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(start, start.length + bytes.length);
        System.arraycopy(bytes, 0, all, start.length, bytes.length);
        return all;
    }

    private String target(Random random, Operation operation) {
        String path = Pattern.compile("\\{[a-zA-Z]+}").matcher(operation.path).replaceAll(name -> {
            String value = chance(random, 0.5)
                    ? encoded(random, pick(random, TEXTS))
                    : pick(random, new String[] {"1", "classic-headset", "ada"});
            return Matcher.quoteReplacement(value);
        });
        if (chance(random, 0.03)) {
            path += pick(
                    random,
                    new String[] {"/", "//", "/..", "/.", ";a=b", "%2f", "%", "\\", "/%2e%2e/", ".json", "?", "#x"});
        }
        List<String> query = new ArrayList<>();
        for (JsonNode one : operation.node.path("parameters")) {
            JsonNode parameter = schemas.resolve(one);
            while (parameter.path("in").asString("").equals("query") && chance(random, 0.35)) {
                query.add(parameter.path("name").asString("") + "=" + encoded(random, pick(random, TEXTS)));
            }
        }
        if (chance(random, 0.05)) {
            query.add(pick(random, new String[] {
                "=",
                "&&",
                "%zz=%zz",
                "x[y]=1",
                "limit",
                "limit=%e2%82",
                "a=b;c=d",
                "%00=1",
                "q=" + "x".repeat(7_000),
                "c=1&".repeat(1_500)
            }));
        }
        return path + (query.isEmpty() ? "" : "?" + String.join("&", query));
    }

    private static String encoded(Random random, String text) {
        if (chance(random, 0.05)) {
            return text;
        }
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String type(Random random, Operation operation) {
        List<String> told =
                List.copyOf(operation.node.at("/requestBody/content").propertyNames());
        return told.isEmpty() || chance(random, 0.1) ? pick(random, TYPES) : told.get(random.nextInt(told.size()));
    }

    /** Null for none. */
    private byte[] body(Random random, Operation operation) {
        List<JsonNode> examples = new ArrayList<>();
        operation.node.at("/requestBody/content").forEach(content -> {
            content.path("examples").forEach(example -> examples.add(example.path("value")));
            if (content.has("example")) {
                examples.add(content.path("example"));
            }
        });
        if (examples.isEmpty()) {
            return chance(random, 0.05) ? pick(random, RAW).getBytes(StandardCharsets.UTF_8) : null;
        }
        JsonNode example = examples.get(random.nextInt(examples.size()));
        String text;
        if (example.isString()) {
            text = chance(random, 0.7)
                    ? example.asString()
                            .replaceAll(
                                    "ada|view",
                                    pick(random, TEXTS).replace("\\", "").replace("$", ""))
                    : example.asString();
        } else {
            JsonNode spoiled = example.deepCopy();
            int changes = random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                spoiled = spoil(random, spoiled);
            }
            text = spoiled.toString();
        }
        byte[] bytes = text.getBytes(chance(random, 0.03) ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8);
        if (chance(random, 0.08) && bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return chance(random, 0.05) ? zipped(random, bytes) : bytes;
    }

    /** A value somewhere in it is another, is gone, or is there twice. */
    private static JsonNode spoil(Random random, JsonNode node) {
        if (node.isEmpty() || chance(random, 0.3)) {
            return chance(random, 0.5)
                    ? JsonNodeFactory.instance.stringNode(pick(random, TEXTS))
                    : JsonNodeFactory.instance.rawValueNode(new RawValue(pick(random, RAW)));
        }
        if (node instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            if (chance(random, 0.1)) {
                JsonNode one = array.get(at);
                for (int i = 0; i < 30; i++) {
                    array.add(one);
                }
            } else {
                array.set(at, spoil(random, array.get(at)));
            }
            return array;
        }
        ObjectNode object = (ObjectNode) node;
        List<String> names = List.copyOf(object.propertyNames());
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(6)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(pick(random, TEXTS), object.get(name));
            default -> object.set(name, spoil(random, object.get(name)));
        }
        return object;
    }

    private static byte[] zipped(Random random, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] zipped = out.toByteArray();
        if (chance(random, 0.6)) {
            zipped[random.nextInt(zipped.length)] ^= (byte) (1 + random.nextInt(255));
        }
        return chance(random, 0.3) ? Arrays.copyOf(zipped, random.nextInt(zipped.length)) : zipped;
    }

    private static void body(Random random, ByteArrayOutputStream out, byte[] body) {
        if (chance(random, 0.15)) {
            String size = chance(random, 0.3)
                    ? pick(random, new String[] {"zz", "-1", "7fffffffffffffff", "", "0"})
                    : Integer.toHexString(body.length);
            write(out, "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n");
            out.writeBytes(body);
            write(out, chance(random, 0.9) ? "\r\n0\r\n\r\n" : "");
        } else {
            int length = chance(random, 0.05) ? random.nextInt(body.length + 50) : body.length;
            write(out, "Content-Length: " + length + "\r\n\r\n");
            out.writeBytes(body);
        }
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean chance(Random random, double probability) {
        return random.nextDouble() < probability;
    }

    private static String pick(Random random, String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
