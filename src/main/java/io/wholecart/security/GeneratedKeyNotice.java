package io.wholecart.security;

import io.wholecart.platform.WholecartProperties;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Prints a generated admin key for the person at the terminal; past the log, which may go anywhere. */
@Component
class GeneratedKeyNotice {

    private final ApiKeys keys;
    private final boolean demo;

    GeneratedKeyNotice(ApiKeys keys, WholecartProperties properties) {
        this.keys = keys;
        this.demo = properties.demo();
    }

    /** The demo shop's own notice has the key in it. */
    @EventListener(ApplicationReadyEvent.class)
    void print() {
        if (!demo) {
            keys.generatedAdminKey()
                    .ifPresent(key -> System.out.printf(
                            "%n  No admin key is configured. Until this process stops, it is:%n%n      %s%n%n", key));
        }
    }
}
