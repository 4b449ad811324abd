package io.wholecart;

import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The service with one more path that answers the same text each time: what HTTP alone allows in this process. */
@Configuration(proxyBeanMethods = false)
public class LoadTarget {

    /** Arguments as for the service. */
    public static void main(String[] args) {
        SpringApplication.run(new Class<?>[] {WholecartApplication.class, LoadTarget.class, Fixed.class}, args);
    }

    /** As large as an answer with ten items. */
    @RestController
    public static class Fixed {

        private static final String BODY = "{\"items\":\"" + "x".repeat(430) + "\"}";

        @GetMapping(path = "/api/v1/fixed", produces = MediaType.APPLICATION_JSON_VALUE)
        String fixed() {
            return BODY;
        }
    }
}
