package io.wholecart.security;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Prints a generated admin key for the person at the terminal; past the log, which may go anywhere. */
@Component
class GeneratedKeyNotice {

    private final ApiKeys keys;

    GeneratedKeyNotice(ApiKeys keys) {
        this.keys = keys;
    }

    @EventListener(ApplicationReadyEvent.class)
    void print() {
        keys.generatedAdminKey()
                .ifPresent(key -> System.out.printf(
                        "%n  No admin key is configured. Until this process stops, it is:%n%n      %s%n%n", key));
    }
}
