package io.wholecart.database;

import io.wholecart.platform.Patience;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class MigrationConfiguration {

    /** An index on a large table takes as long as it takes. */
    @Bean
    FlywayConfigurationCustomizer patientMigrations() {
        return flyway -> flyway.dataSource(Patience.withoutEnd(flyway.getDataSource()));
    }
}
