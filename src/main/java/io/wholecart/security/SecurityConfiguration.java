package io.wholecart.security;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import tools.jackson.databind.json.JsonMapper;

/** Which scope a path needs. Admin always needs its key; the others only when a key is configured for them. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    private static final String INGEST = ApiKeys.Scope.INGEST.name();
    private static final String READ = ApiKeys.Scope.READ.name();
    private static final String ADMIN = ApiKeys.Scope.ADMIN.name();

    @Bean
    SecurityFilterChain apiSecurity(HttpSecurity http, ApiKeys keys, JsonMapper json) throws Exception {
        return http.csrf(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .anonymous(anonymous -> anonymous.authorities(anonymousAuthorities(keys)))
                .addFilterBefore(new ApiKeyFilter(keys), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests
                        // The end of an answer that was allowed when it began.
                        .dispatcherTypeMatchers(DispatcherType.ASYNC)
                        .permitAll()
                        .requestMatchers("/api/v1/admin/**")
                        .hasAuthority(ADMIN)
                        .requestMatchers(HttpMethod.POST, "/api/v1/events", "/api/v1/events/import", "/api/v1/items")
                        .hasAuthority(INGEST)
                        .requestMatchers(HttpMethod.PUT, "/api/v1/items/*")
                        .hasAuthority(INGEST)
                        .requestMatchers(HttpMethod.DELETE, "/api/v1/items/*")
                        .hasAuthority(INGEST)
                        .requestMatchers(HttpMethod.POST, "/api/v1/recommendations", "/api/v1/recommendations/batch")
                        .hasAuthority(READ)
                        .requestMatchers(HttpMethod.GET, "/api/v1/**")
                        .hasAuthority(READ)
                        .requestMatchers("/api/v1/**")
                        .hasAuthority(ADMIN)
                        .anyRequest()
                        .permitAll())
                .exceptionHandling(errors -> errors.authenticationEntryPoint((request, response, e) -> write(
                                response,
                                json,
                                HttpStatus.UNAUTHORIZED,
                                "unauthorized",
                                "This needs a valid key in the header " + ApiKeyFilter.HEADER + "."))
                        .accessDeniedHandler((request, response, e) -> write(
                                response,
                                json,
                                HttpStatus.FORBIDDEN,
                                "forbidden",
                                "This key does not open what was asked for.")))
                .build();
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
    RequestRejectedHandler problemForRejected(JsonMapper json) {
        return (request, response, e) -> write(
                response, json, HttpStatus.BAD_REQUEST, "badRequest", "The request's path or a header is not allowed.");
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

    private static void write(
            HttpServletResponse response, JsonMapper json, HttpStatus status, String code, String detail)
            throws IOException {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setProperty("code", code);
        response.setStatus(status.value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        json.writeValue(response.getOutputStream(), problem);
    }
}
