package io.wholecart;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts the service. Its users are API keys, so the default user with a generated password is left out. */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
@ConfigurationPropertiesScan
@EnableScheduling
public class WholecartApplication {

    /** Starts the service with Spring Boot's usual arguments. */
    public static void main(String[] args) {
        SpringApplication.run(WholecartApplication.class, args);
    }
}
