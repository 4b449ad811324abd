package io.wholecart.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.test.context.TestPropertySource;

/** The whole service with keys for every scope. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@WholecartTest
@TestPropertySource(properties = {"wholecart.keys.ingest=in-1, in-2", "wholecart.keys.read=out"})
public @interface WithKeys {

    String INGEST = "in-1";
    String READ = "out";
}
