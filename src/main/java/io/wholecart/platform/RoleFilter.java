package io.wholecart.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** A node that only trains answers nothing but its health and metrics. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
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
        response.setStatus(HttpStatus.NOT_FOUND.value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getWriter()
                .write("{\"title\":\"Not Found\",\"status\":404,\"code\":\"notAnApiNode\","
                        + "\"detail\":\"This node only trains (wholecart.roles).\"}");
    }
}
