package io.wholecart.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses bodies that are too large to be kept in memory, and those that drip in so slowly that only holding a thread can be
 * meant. The import alone may be of any size, it is a stream.
 */
@Component
class BodyLimitFilter extends OncePerRequestFilter {

    private static final int MAX_MEBIBYTES = 8;
    /** Ten thousand events with the longest ids; they are read as a stream of tokens. */
    private static final int MAX_MEBIBYTES_OF_EVENTS = 32;

    /** A thousand events. */
    private static final int MAX_MEBIBYTES_OF_A_LIST = 1;

    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** A body may take this long, and besides a second for every so many bytes. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final int BYTES_A_SECOND = 1_024;

    private static final String ANONYMOUS = "/api/v1/recommendations";
    private static final String EVENTS = "/api/v1/events";
    private static final String IMPORT = "/api/v1/events/import";

    private final LongSupplier nanoTime;

    @Autowired
    BodyLimitFilter() {
        this(System::nanoTime);
    }

    BodyLimitFilter(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        int limit = switch (request.getRequestURI()) {
            case EVENTS -> MAX_MEBIBYTES_OF_EVENTS;
            case ANONYMOUS -> MAX_MEBIBYTES_OF_A_LIST;
            case IMPORT -> UNLIMITED;
            default -> MAX_MEBIBYTES;
        };
        chain.doFilter(new LimitedRequest(request, limit, nanoTime), response);
    }

    /** Fails while the body is read, so that the answer is made where all the others are. */
    private static final class LimitedRequest extends HttpServletRequestWrapper {

        private final int mebibytes;
        private final LongSupplier nanoTime;

        LimitedRequest(HttpServletRequest request, int mebibytes, LongSupplier nanoTime) {
            super(request);
            this.nanoTime = nanoTime;
            this.mebibytes = mebibytes;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new LimitedStream(super.getInputStream(), mebibytes, nanoTime);
        }
    }

    private static final class LimitedStream extends ServletInputStream {

        private final ServletInputStream in;
        private final int mebibytes;
        private final LongSupplier nanoTime;
        private final long started;
        private long left;
        private long read;

        LimitedStream(ServletInputStream in, int mebibytes, LongSupplier nanoTime) {
            this.in = in;
            this.nanoTime = nanoTime;
            this.started = nanoTime.getAsLong();
            this.mebibytes = mebibytes;
            this.left = (long) mebibytes << 20;
        }

        @Override
        public int read() throws IOException {
            int result = awaited(in::read);
            count(result < 0 ? 0 : 1);
            return result;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int result = awaited(() -> in.read(bytes, offset, length));
            count(Math.max(result, 0));
            return result;
        }

        private interface Read {
            int bytes() throws IOException;
        }

        /** Tomcat itself waits for each piece, but for any number of pieces. */
        private static int awaited(Read read) throws IOException {
            try {
                return read.bytes();
            } catch (SocketTimeoutException e) {
                throw tooSlow();
            }
        }

        private static ApiException tooSlow() {
            return new ApiException(
                            HttpStatus.REQUEST_TIMEOUT, "bodyTooSlow", "The body did not come in time.", List.of())
                    .with(HttpHeaders.CONNECTION, "close");
        }

        private void count(int bytes) {
            read += bytes;
            if (nanoTime.getAsLong() - started > GRACE.toNanos() + read * (1_000_000_000L / BYTES_A_SECOND)) {
                throw tooSlow();
            }
            left -= bytes;
            if (left < 0) {
                throw new ApiException(
                        HttpStatus.CONTENT_TOO_LARGE,
                        "bodyTooLarge",
                        "The body is larger than " + mebibytes + " MiB: send less at a time; events of any number"
                                + " go to " + IMPORT + ".",
                        List.of());
            }
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
