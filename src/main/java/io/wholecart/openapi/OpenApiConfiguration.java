package io.wholecart.openapi;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.jackson.TypeNameResolver;
import java.util.Set;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = "springdoc.api-docs.enabled")
class OpenApiConfiguration {

    @Bean
    ApiDocument apiDocument() {
        return new ApiDocument();
    }

    /** The first of the converters, which makes it the last that is asked: it answers everything. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    ModelConverter schemas(ObjectMapperProvider mappers) {
        return new Schemas(mappers.jsonMapper());
    }

    private static final class Schemas extends ModelResolver {

        Schemas(ObjectMapper mapper) {
            super(mapper, new NestedNames());
        }
    }

    /** A nested record is called by all of its name: there is more than one {@code Body} and one {@code Tuning}. */
    private static final class NestedNames extends TypeNameResolver {

        @Override
        protected String nameForClass(Class<?> type, Set<Options> options) {
            Class<?> outer = type.getEnclosingClass();
            return outer == null || !type.getName().startsWith("io.wholecart.")
                    ? super.nameForClass(type, options)
                    : nameForClass(outer, options).replaceFirst("Controller$", "") + type.getSimpleName();
        }
    }
}
