package io.wholecart.database;

import io.wholecart.platform.WholecartProperties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The schema brought up to date before any node starts, by a process that may do more in the database than they. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
@EnableConfigurationProperties(WholecartProperties.class)
@Import({EmbeddedDatabaseConfiguration.class, MigrationConfiguration.class})
public class SchemaMigration {

    /** Migrates with the service's own settings; throws when that fails. */
    public static void run(String... args) {
        SpringApplication application = new SpringApplication(SchemaMigration.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.run(args).close();
    }
}
