package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Imports with lines of any length: a byte 1 and one behind it are so many times 500 of the character before. Taobao's
 * form where the text begins with a digit.
 */
public final class LongLinesFuzz {

    /** How much BufferedReader reads at a time, by which the limit may be off. */
    private static final int AHEAD = 8 << 10;

    private static final int MANY = 1 << 20;

    private LongLinesFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String text = drawnOut(input);
        boolean taobao = !text.isEmpty() && Character.isDigit(text.charAt(0));
        Counted source = new Counted(new StringReader(text));
        boolean tooLong = false;
        long lines = 0;
        try (LimitedReader limited = new LimitedReader(source)) {
            EventLines opened = ImportLines.open(
                    limited,
                    new ImportOptions(true, taobao),
                    ImportOutcome.READER,
                    ConfiguredService.JSON,
                    ConfiguredService.PROPERTIES.events().taobao());
            while (opened.advance()) {
                lines++;
                require(opened.number() >= lines, "line " + opened.number() + " is the " + lines + "th");
                List<InputError> errors = new ArrayList<>();
                Event event = opened.event(ImportOutcome.NOW, errors::add);
                errors.forEach(ConfiguredService::requireHonest);
                require(errors.size() <= 5, errors.size() + " errors of a line");
                require(event == null || event.userId().length() <= 200, "an id of more than 200 characters");
            }
        } catch (LimitedReader.LineTooLongException e) {
            tooLong = true;
        } catch (ApiException e) {
            ConfiguredService.requireHonest(e);
            return;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        boolean quoted =
                text.indexOf('"') >= 0 && !taobao && !text.stripLeading().startsWith("{");
        int longest = longest(text);
        if (longest <= LimitedReader.MAX_LINE - AHEAD && !quoted) {
            require(!tooLong, "calls " + longest + " characters too many");
        }
        if (longest > LimitedReader.MAX_LINE + AHEAD) {
            require(tooLong, "took a line of " + longest + " characters");
        }
        int allowed = LimitedReader.MAX_LINE + 2 * AHEAD;
        require(!tooLong || source.sinceLineEnd <= allowed, "read " + source.sinceLineEnd + " characters of one line");
    }

    private static String drawnOut(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        StringBuilder drawn = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean times = text.charAt(i) == 1 && i > 0 && i + 1 < text.length();
            if (times && drawn.length() < MANY) {
                drawn.append(text.substring(i - 1, i).repeat(500 * text.charAt(++i)));
            } else {
                drawn.append(text.charAt(i));
            }
        }
        return drawn.toString();
    }

    private static int longest(String text) {
        int longest = 0;
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == '\n' || text.charAt(i) == '\r') {
                longest = Math.max(longest, i - from);
                from = i + 1;
            }
        }
        return longest;
    }

    /** Counts the characters since the last end of a line. */
    private static final class Counted extends FilterReader {

        private int sinceLineEnd;

        Counted(Reader in) {
            super(in);
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            int got = super.read(buffer, offset, length);
            for (int i = 0; i < got; i++) {
                char c = buffer[offset + i];
                sinceLineEnd = c == '\n' || c == '\r' ? 0 : sinceLineEnd + 1;
            }
            return got;
        }
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
