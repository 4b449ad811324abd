package io.wholecart.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Turns the header {@code X-API-Key} into the scopes it opens. */
final class ApiKeyFilter extends OncePerRequestFilter {

    static final String HEADER = "X-API-Key";

    private final ApiKeys keys;

    ApiKeyFilter(ApiKeys keys) {
        this.keys = keys;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String key = request.getHeader(HEADER);
        Set<ApiKeys.Scope> scopes = key == null ? Set.of() : keys.scopes(key);
        if (!scopes.isEmpty()) {
            Set<ApiKeys.Scope> granted = EnumSet.copyOf(scopes);
            granted.addAll(keys.open());
            SecurityContext context = SecurityContextHolder.createEmptyContext();
            context.setAuthentication(
                    UsernamePasswordAuthenticationToken.authenticated("api-key", null, authorities(granted)));
            SecurityContextHolder.setContext(context);
        }
        chain.doFilter(request, response);
    }

    static List<GrantedAuthority> authorities(Set<ApiKeys.Scope> scopes) {
        return AuthorityUtils.createAuthorityList(
                scopes.stream().map(Enum::name).toArray(String[]::new));
    }
}
