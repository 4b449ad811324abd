package io.wholecart.interaction;

import java.util.ArrayList;
import java.util.List;

/**
 * The events of one behavior as they came, in chunks: 8 bytes an event, 16 where times are kept, and nothing is copied
 * to grow.
 */
final class Events {

    private static final int CHUNK = 1 << 16;

    private final boolean timed;
    private final Runnable check;
    private final List<int[]> users = new ArrayList<>();
    private final List<int[]> items = new ArrayList<>();
    private final List<long[]> times = new ArrayList<>();
    private int used = CHUNK;

    /** Called for each event; its number counts from 0. */
    interface Visitor {
        void event(int user, int item, long time);
    }

    /**
     * No events yet.
     *
     * @param timed whether times are kept; else they are 0
     * @param check called once in so many events; throws where the work is to stop
     */
    Events(boolean timed, Runnable check) {
        this.timed = timed;
        this.check = check;
    }

    /** What so many events take. */
    static long bytes(boolean timed, long count) {
        return count * (2 * Integer.BYTES + (timed ? Long.BYTES : 0));
    }

    void add(int user, int item, long time) {
        if (used == CHUNK) {
            check.run();
            users.add(new int[CHUNK]);
            items.add(new int[CHUNK]);
            if (timed) {
                times.add(new long[CHUNK]);
            }
            used = 0;
        }
        int last = users.size() - 1;
        users.get(last)[used] = user;
        items.get(last)[used] = item;
        if (timed) {
            times.get(last)[used] = time;
        }
        used++;
    }

    int size() {
        return users.isEmpty() ? 0 : Math.addExact(Math.multiplyExact(users.size() - 1, CHUNK), used);
    }

    /** Throws where the work is to stop. */
    void check() {
        check.run();
    }

    boolean timed() {
        return timed;
    }

    void forEach(Visitor visitor) {
        for (int c = 0; c < users.size(); c++) {
            check.run();
            int[] user = users.get(c);
            int[] item = items.get(c);
            long[] time = timed ? times.get(c) : new long[0];
            int count = c + 1 < users.size() ? CHUNK : used;
            for (int i = 0; i < count; i++) {
                visitor.event(user[i], item[i], timed ? time[i] : 0);
            }
        }
    }
}
