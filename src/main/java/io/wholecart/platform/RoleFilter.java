package io.wholecart.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** A node that only trains answers nothing but its health and metrics. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class RoleFilter extends OncePerRequestFilter {

    private final boolean api;

    RoleFilter(WholecartProperties properties) {
        this.api = properties.roles().contains(WholecartProperties.Role.API);
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return api || request.getRequestURI().startsWith("/actuator/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Problems.write(response, HttpStatus.NOT_FOUND, "notAnApiNode", "This node only trains (wholecart.roles).");
    }
}
