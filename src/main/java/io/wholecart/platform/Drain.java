package io.wholecart.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The first thing when the service stops: for a while it still answers, but is not ready, so that a load balancer that
 * asks whether it is can turn to others before connections are refused; and it asks clients to close theirs.
 */
@Component
class Drain extends OncePerRequestFilter implements SmartLifecycle {

    private final Duration period;
    private volatile boolean running;
    private volatile boolean draining;

    Drain(@Value("${wholecart.drain:0s}") Duration drain) {
        this.period = drain;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (draining) {
            response.setHeader(HttpHeaders.CONNECTION, "close");
        }
        chain.doFilter(request, response);
    }

    @Override
    public void start() {
        running = true;
    }

    /** Before the web server, which then waits for what is under way; readiness has been taken back already. */
    @Override
    public void stop() {
        draining = true;
        running = false;
        try {
            Thread.sleep(period.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
