package io.wholecart.security;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Whose pages may call the API from a browser.
 *
 * @param allowedOrigins none: no page but the service's own
 */
@ConfigurationProperties("wholecart.cors")
record CorsProperties(@Nullable List<String> allowedOrigins) {

    List<String> origins() {
        return allowedOrigins == null ? List.of() : allowedOrigins;
    }
}
