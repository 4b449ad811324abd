package io.wholecart.database;

import io.wholecart.platform.WholecartProperties;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the embedded PostgreSQL behind the data source when no {@code spring.datasource.url} is given. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "spring.datasource.url", matchIfMissing = true, havingValue = "embedded")
class EmbeddedDatabaseConfiguration {

    @Bean(destroyMethod = "close")
    EmbeddedDatabase embeddedDatabase(
            WholecartProperties properties,
            @Value("${wholecart.database-port:0}") int port,
            @Value("${wholecart.embedded-database:true}") boolean allowed) {
        if (!allowed) {
            throw new DatabaseStartException(
                    "No database is configured, and wholecart.embedded-database=false allows no embedded one.",
                    "Name a PostgreSQL: SPRING_DATASOURCE_URL=jdbc:postgresql://HOST:5432/DATABASE, with"
                            + " SPRING_DATASOURCE_USERNAME and SPRING_DATASOURCE_PASSWORD",
                    null);
        }
        return EmbeddedDatabase.start(properties.dataDirectory(), port);
    }

    @Bean
    JdbcConnectionDetails embeddedConnectionDetails(EmbeddedDatabase database) {
        return new JdbcConnectionDetails() {
            @Override
            public String getUsername() {
                return EmbeddedDatabase.USER;
            }

            @Override
            public String getPassword() {
                return "";
            }

            @Override
            public String getJdbcUrl() {
                return database.jdbcUrl();
            }
        };
    }
}
