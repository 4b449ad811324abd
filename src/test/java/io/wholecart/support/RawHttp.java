package io.wholecart.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Bytes over a socket, for requests that no client library would send. */
public final class RawHttp {

    private static final int TIMEOUT_MILLIS = 30_000;

    private RawHttp() {}

    /**
     * What came back.
     *
     * @param status 0 where the connection was closed without an answer
     * @param hung whether nothing came for half a minute
     * @param headers by name in lower case
     */
    public record Answer(int status, boolean hung, Map<String, String> headers, String body) {}

    /** A request of Latin-1 characters. */
    public static Answer send(int port, String request) {
        return send(port, request.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends and waits for the end of the answer. */
    public static Answer send(int port, byte[] request) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        boolean hung = false;
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            try {
                socket.getOutputStream().write(request);
                socket.shutdownOutput();
            } catch (IOException e) {
                // It answered without reading to the end.
            }
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8_192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                received.write(buffer, 0, n);
            }
        } catch (SocketTimeoutException e) {
            hung = true;
        } catch (IOException e) {
            // Reset; what had come counts.
        }
        return parse(received.toString(StandardCharsets.ISO_8859_1), hung);
    }

    private static Answer parse(String text, boolean hung) {
        int end = text.indexOf("\r\n\r\n");
        if (end >= 0 && text.startsWith("HTTP/1.1 100")) {
            return parse(text.substring(end + 4), hung);
        }
        if (end < 0 || !text.startsWith("HTTP/1.1 ")) {
            return new Answer(0, hung, Map.of(), text);
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line : text.substring(0, end).split("\r\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        String rest = text.substring(end + 4);
        String length = headers.get("content-length");
        // What was left of a body may have been answered as a request of its own.
        String body = length == null ? rest : rest.substring(0, Math.min(rest.length(), Integer.parseInt(length)));
        boolean chunked = headers.getOrDefault("transfer-encoding", "").equals("chunked");
        String whole = new String(
                (chunked ? joined(body) : body).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return new Answer(Integer.parseInt(text.substring(9, 12)), hung, headers, whole);
    }

    private static String joined(String chunks) {
        StringBuilder body = new StringBuilder();
        int at = 0;
        for (int eol = chunks.indexOf("\r\n"); eol > 0; eol = chunks.indexOf("\r\n", at)) {
            int size = Integer.parseInt(chunks.substring(at, eol), 16);
            int from = eol + 2;
            if (size == 0 || from + size > chunks.length()) {
                break;
            }
            body.append(chunks, from, from + size);
            at = from + size + 2;
        }
        return body.toString();
    }
}
