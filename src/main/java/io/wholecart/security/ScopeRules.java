package io.wholecart.security;

import io.wholecart.security.ApiKeys.Scope;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/** Which scope a request needs: what guards the service, and what its documentation says. */
public final class ScopeRules {

    /**
     * One line of the rules.
     *
     * @param method null for any
     */
    record Rule(@Nullable HttpMethod method, PathPattern path, Scope scope) {}

    /** The first that fits decides; what the API may have one day needs the admin key until it stands here. */
    static final List<Rule> RULES = List.of(
            rule(null, "/api/v1/admin/**", Scope.ADMIN),
            rule(HttpMethod.POST, "/api/v1/events", Scope.INGEST),
            rule(HttpMethod.POST, "/api/v1/events/import", Scope.INGEST),
            rule(HttpMethod.POST, "/api/v1/items", Scope.INGEST),
            rule(HttpMethod.PUT, "/api/v1/items/*", Scope.INGEST),
            rule(HttpMethod.DELETE, "/api/v1/items/*", Scope.INGEST),
            rule(HttpMethod.POST, "/api/v1/recommendations", Scope.READ),
            rule(HttpMethod.POST, "/api/v1/recommendations/batch", Scope.READ),
            rule(HttpMethod.GET, "/api/v1/**", Scope.READ),
            rule(HttpMethod.HEAD, "/api/v1/**", Scope.READ),
            rule(null, "/api/**", Scope.ADMIN));

    private ScopeRules() {}

    private static Rule rule(@Nullable HttpMethod method, String path, Scope scope) {
        return new Rule(method, PathPatternParser.defaultInstance.parse(path), scope);
    }

    /** None where no key is needed, whatever is configured. */
    public static Optional<Scope> scope(HttpMethod method, String path) {
        PathContainer parsed = PathContainer.parsePath(path);
        return RULES.stream()
                .filter(rule -> rule.method() == null || rule.method().equals(method))
                .filter(rule -> rule.path().matches(parsed))
                .map(Rule::scope)
                .findFirst();
    }
}
