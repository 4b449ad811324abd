package io.wholecart.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.CommittedFile;
import io.wholecart.support.WithKeys;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/** Asks every endpoint that the service has, without a key and with each; what it saw is docs/access.md. */
@WithKeys
class AccessTableTest {

    /** Requests that change nothing, or nothing that counts. */
    private static final Map<String, String> BODIES = Map.of(
            "POST /api/v1/events", "{\"userId\":\"access\",\"itemId\":\"access\",\"behavior\":\"view\"}",
            "POST /api/v1/events/import", "userId,itemId,behavior\naccess,access,view\n",
            "POST /api/v1/items", "[{\"itemId\":\"access\"}]",
            "PUT /api/v1/items/{id}", "{}",
            "POST /api/v1/recommendations", "{\"events\":[]}",
            "POST /api/v1/recommendations/batch", "{\"userIds\":[\"access\"]}",
            "POST /api/v1/admin/training-runs", "{\"factors\":0}");

    private static final String HEAD = """
            # Who may do what

            Every endpoint of the service and the status that a request got without a key, with a key that nobody configured, with
            one of another scope, with one of the scope, and with an admin key. `AccessTableTest` asked; it fails when this page and
            the service differ, so a new endpoint has to come here. Keys were configured for every scope; where none is configured
            for `ingest` or `read`, the scope is open. The requests are made up: 404 and 400 are answers to somebody who was let in.

            | endpoint | scope | no key | unknown key | wrong scope | right scope | admin |
            |---|---|---|---|---|---|---|
            """;

    @Autowired
    private ApplicationContext context;

    @LocalServerPort
    private int port;

    @Test
    void everyEndpointIsOpenToWhomThePageSays() {
        StringBuilder table = new StringBuilder(HEAD);
        Api nobody = Api.at(port).withKey(null);
        for (String endpoint : endpoints()) {
            HttpMethod method = HttpMethod.valueOf(endpoint.substring(0, endpoint.indexOf(' ')));
            String path = endpoint.substring(endpoint.indexOf(' ') + 1);
            Optional<ApiKeys.Scope> scope = ScopeRules.scope(method, path);
            String right = scope.filter(ApiKeys.Scope.ADMIN::equals).isPresent()
                    ? Api.ADMIN_KEY
                    : scope.filter(ApiKeys.Scope.READ::equals).isPresent() ? WithKeys.READ : WithKeys.INGEST;
            String wrong = right.equals(WithKeys.READ) ? WithKeys.INGEST : WithKeys.READ;
            List<Integer> seen = Stream.of(
                            nobody,
                            nobody.withKey("unknown"),
                            nobody.withKey(wrong),
                            nobody.withKey(right),
                            nobody.withKey(Api.ADMIN_KEY))
                    .map(caller -> ask(caller, method, path, endpoint))
                    .toList();
            boolean guarded = path.startsWith("/api/");
            assertThat(scope.isPresent()).as(endpoint).isEqualTo(guarded);
            assertThat(seen.subList(0, 3))
                    .as(endpoint)
                    .isEqualTo(guarded ? List.of(401, 401, 403) : List.of(seen.get(3), seen.get(3), seen.get(3)));
            assertThat(seen.subList(3, 5)).as(endpoint).doesNotContain(401, 403, 405, 500);
            table.append("| `%s` | %s |"
                    .formatted(
                            endpoint,
                            scope.map(one -> one.name().toLowerCase(Locale.ROOT))
                                    .orElse("–")));
            seen.forEach(status -> table.append(" %d |".formatted(status)));
            table.append("\n");
        }
        CommittedFile.says("docs/access.md", table.toString());
    }

    private Set<String> endpoints() {
        Set<String> endpoints = new TreeSet<>((a, b) -> order(a).compareTo(order(b)));
        for (RequestMappingInfoHandlerMapping mapping :
                context.getBeansOfType(RequestMappingInfoHandlerMapping.class).values()) {
            for (RequestMappingInfo info : mapping.getHandlerMethods().keySet()) {
                Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
                for (String path : info.getPatternValues()) {
                    (methods.isEmpty() ? Set.of(RequestMethod.GET) : methods)
                            .forEach(method -> endpoints.add(method + " " + path));
                }
            }
        }
        return endpoints;
    }

    private static String order(String endpoint) {
        return endpoint.substring(endpoint.indexOf(' ')) + endpoint;
    }

    private static int ask(Api caller, HttpMethod method, String path, String endpoint) {
        String number = path.contains("/admin/") ? "999999" : "access-nobody";
        String concrete = path.replaceAll("\\{[a-zA-Z]+}", number).replace("**", "readiness");
        String body = BODIES.get(endpoint);
        return caller.send(method.name(), concrete, path.endsWith("/import") ? "text/csv" : "application/json", body)
                .status();
    }
}
