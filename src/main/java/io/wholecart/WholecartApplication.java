package io.wholecart;

import io.wholecart.commandline.OfflineCommands;
import io.wholecart.database.SchemaMigration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * Starts the service, or runs one of the jar's commands. The service's users are API keys, so the default user with a
 * generated password is left out; errors have one shape, so Spring Boot's error page is.
 */
@SpringBootApplication(exclude = {UserDetailsServiceAutoConfiguration.class, ErrorMvcAutoConfiguration.class})
@ConfigurationPropertiesScan
@EnableScheduling
public class WholecartApplication {

    /** A command with its arguments, or Spring Boot's usual ones for the service. */
    public static void main(String[] args) {
        if (OfflineCommands.understand(args)) {
            System.exit(OfflineCommands.run(args));
        }
        if (args.length > 0 && args[0].equals("migrate")) {
            SchemaMigration.run(args);
            return;
        }
        SpringApplication.run(WholecartApplication.class, args);
    }
}
