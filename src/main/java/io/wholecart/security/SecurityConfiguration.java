package io.wholecart.security;

import io.wholecart.platform.Problems;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.writers.ContentSecurityPolicyHeaderWriter;
import org.springframework.security.web.header.writers.DelegatingRequestMatcherHeaderWriter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter;
import org.springframework.security.web.header.writers.StaticHeadersWriter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.NegatedRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;

/** Which scope a path needs. Admin always needs its key; the others only when a key is configured for them. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    /** Data: whoever shows it as a page gets a dead one. */
    private static final String DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

    /** Pages of our own that fetch nothing from anywhere else; Swagger UI sets styles and draws its icons from data. */
    private static final String PAGE_POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final RequestMatcher DATA = new OrRequestMatcher(
            matcher("/api/**"), matcher("/actuator/**"), matcher("/v3/api-docs"), matcher("/v3/api-docs/**"));

    @Bean
    SecurityFilterChain apiSecurity(HttpSecurity http, ApiKeys keys, CorsProperties cors) throws Exception {
        return http.csrf(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .anonymous(anonymous -> anonymous.authorities(anonymousAuthorities(keys)))
                .addFilterBefore(new ApiKeyFilter(keys), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(SecurityConfiguration::scopes)
                .headers(SecurityConfiguration::headers)
                .addFilter(corsFor(cors.origins()))
                .exceptionHandling(errors -> errors.authenticationEntryPoint((request, response, e) -> {
                            response.setHeader(
                                    HttpHeaders.WWW_AUTHENTICATE, "ApiKey realm=\"wholecart\", header=\"X-API-Key\"");
                            Problems.write(
                                    response,
                                    HttpStatus.UNAUTHORIZED,
                                    "unauthorized",
                                    "This needs a valid key in the header " + ApiKeyFilter.HEADER + ".");
                        })
                        .accessDeniedHandler((request, response, e) -> Problems.write(
                                response,
                                HttpStatus.FORBIDDEN,
                                "forbidden",
                                "This key does not open what was asked for.")))
                .build();
    }

    private static void scopes(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        // The end of an answer that was allowed when it began.
        requests.dispatcherTypeMatchers(DispatcherType.ASYNC).permitAll();
        for (ScopeRules.Rule rule : ScopeRules.RULES) {
            requests.requestMatchers(rule.method(), rule.path().getPatternString())
                    .hasAuthority(rule.scope().name());
        }
        requests.anyRequest().permitAll();
    }

    private static void headers(HeadersConfigurer<HttpSecurity> headers) {
        headers.referrerPolicy(referrer -> referrer.policy(ReferrerPolicyHeaderWriter.ReferrerPolicy.NO_REFERRER))
                .addHeaderWriter(new StaticHeadersWriter("Cross-Origin-Resource-Policy", "same-origin"))
                .addHeaderWriter(new DelegatingRequestMatcherHeaderWriter(
                        DATA, new ContentSecurityPolicyHeaderWriter(DATA_POLICY)))
                .addHeaderWriter(new DelegatingRequestMatcherHeaderWriter(
                        new NegatedRequestMatcher(DATA), new ContentSecurityPolicyHeaderWriter(PAGE_POLICY)));
    }

    private static RequestMatcher matcher(String path) {
        return PathPatternRequestMatcher.withDefaults().matcher(path);
    }

    /** Off unless origins are configured: then browsers let their pages read what the API answers. */
    private static CorsFilter corsFor(List<String> origins) {
        UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
        if (!origins.isEmpty()) {
            CorsConfiguration allowed = new CorsConfiguration();
            allowed.setAllowedOrigins(origins);
            allowed.setAllowedMethods(List.of("GET", "POST", "PUT", "DELETE"));
            allowed.setAllowedHeaders(List.of(ApiKeyFilter.HEADER, HttpHeaders.CONTENT_TYPE, "X-Request-Id"));
            allowed.setExposedHeaders(List.of(HttpHeaders.LOCATION, HttpHeaders.RETRY_AFTER, "X-Request-Id"));
            source.registerCorsConfiguration("/api/**", allowed);
        }
        CorsFilter filter = new CorsFilter(source);
        filter.setCorsProcessor(new DefaultCorsProcessor() {
            @Override
            protected void rejectRequest(ServerHttpResponse response) throws IOException {
                if (response instanceof ServletServerHttpResponse servlet) {
                    Problems.write(
                            servlet.getServletResponse(),
                            HttpStatus.FORBIDDEN,
                            "forbiddenOrigin",
                            "Pages of this origin may not call the API (wholecart.cors.allowed-origins).");
                }
            }
        });
        return filter;
    }

    /** The shop's ids stand in paths, and an id may hold any of these when it is percent-encoded. */
    @Bean
    HttpFirewall idFriendlyFirewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setAllowUrlEncodedSlash(true);
        firewall.setAllowUrlEncodedDoubleSlash(true);
        firewall.setAllowBackSlash(true);
        firewall.setAllowUrlEncodedPercent(true);
        firewall.setAllowUrlEncodedPeriod(true);
        firewall.setAllowSemicolon(true);
        return firewall;
    }

    /** What the firewall refuses all the same is told like every other mistake. */
    @Bean
    RequestRejectedHandler problemForRejected() {
        return (request, response, e) -> Problems.write(
                response, HttpStatus.BAD_REQUEST, "badRequest", "The request's path or a header is not allowed.");
    }

    /** Likewise in Tomcat: an encoded slash stays part of its path segment. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> idFriendlyPaths() {
        return tomcat -> tomcat.addConnectorCustomizers(connector -> {
            connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
            connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
        });
    }

    private static List<GrantedAuthority> anonymousAuthorities(ApiKeys keys) {
        Set<GrantedAuthority> authorities = new HashSet<>(ApiKeyFilter.authorities(keys.open()));
        authorities.addAll(AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));
        return List.copyOf(authorities);
    }
}
