package io.wholecart.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of {@code .http} requests: {@code @name = value} lines, requests behind {@code ###}, headers, an empty line, a body.
 * What a request is expected to answer is a comment: {@code # expect 200}, or {@code # expect 202 409} for either.
 */
public record HttpExamples(String file, Map<String, String> variables, List<Example> examples) {

    private static final Pattern VARIABLE = Pattern.compile("\\{\\{([a-zA-Z]+)}}");
    private static final Pattern ASSIGNMENT = Pattern.compile("@([a-zA-Z]+) *= *(.*)");

    /**
     * A request with its variables unresolved.
     *
     * @param body null for none
     */
    public record Example(
            String title,
            List<Integer> expected,
            String method,
            String url,
            Map<String, String> headers,
            String body) {}

    /** The text with the variables' values in it; an unknown one is an error. */
    public static String resolve(String text, UnaryOperator<String> value) {
        return VARIABLE.matcher(text).replaceAll(found -> {
            String known = value.apply(found.group(1));
            if (known == null) {
                throw new AssertionError("{{" + found.group(1) + "}} is nowhere set");
            }
            return Matcher.quoteReplacement(known);
        });
    }

    public static HttpExamples read(Path file) {
        Map<String, String> variables = new TreeMap<>();
        List<Example> examples = new ArrayList<>();
        try {
            for (String part : Files.readString(file).split("(?m)^###", -1)) {
                List<String> lines = new ArrayList<>(part.lines().toList());
                String title = lines.isEmpty() ? "" : lines.remove(0).strip();
                Example example = parse(title, lines, variables);
                if (example != null) {
                    examples.add(example);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HttpExamples(file.getFileName().toString(), variables, examples);
    }

    private static Example parse(String title, List<String> lines, Map<String, String> variables) {
        List<Integer> expected = new ArrayList<>();
        String request = null;
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int at = 0;
        for (; at < lines.size() && (request == null || !lines.get(at).isBlank()); at++) {
            String line = lines.get(at).strip();
            Matcher assignment = ASSIGNMENT.matcher(line);
            if (line.startsWith("# expect ")) {
                for (String status : line.substring("# expect ".length()).split(" +", -1)) {
                    expected.add(Integer.valueOf(status));
                }
            } else if (assignment.matches()) {
                variables.put(assignment.group(1), assignment.group(2));
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                if (request == null) {
                    request = line;
                } else {
                    headers.put(
                            line.substring(0, line.indexOf(':')),
                            line.substring(line.indexOf(':') + 1).strip());
                }
            }
        }
        if (request == null) {
            return null;
        }
        String body = at < lines.size()
                ? String.join("\n", lines.subList(at, lines.size())).strip()
                : "";
        String[] words = request.split(" ", 2);
        return new Example(title, expected, words[0], words[1], headers, body.isEmpty() ? null : body + "\n");
    }
}
