package io.wholecart.event;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as microseconds since 1970, which is how they travel to and from the event table. */
final class EventTime {

    /** SQL that turns a bigint of microseconds into a timestamptz; exact, unlike to_timestamp(double). */
    static final String FROM_MICROS = "timestamptz 'epoch' + %s * interval '1 microsecond'";

    private EventTime() {}

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
