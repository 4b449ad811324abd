package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** Snapshots are read from a standby to which things happen: every run ends well and has learned all that was acknowledged before it. */
class ReplicaIT {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int EVENTS = 40_000;
    private static final int USERS = 1_000;
    /** A snapshot then takes some seconds. */
    private static final int MILLIS_PER_PACKET = 20;

    private enum Fault {
        NONE("none, and it is read"),
        AWAY("away from the start"),
        PROMOTED("promoted before"),
        LAGGING("does not replay"),
        STOPPED("stopped in the middle of a snapshot"),
        KILLED("killed in the middle of a snapshot"),
        TERMINATED("connections terminated in the middle of a snapshot"),
        CUT("network cut in the middle of a snapshot");

        private final String words;

        Fault(String words) {
            this.words = words;
        }
    }

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final Tally tally = new Tally("a replica's faults");
    private final PostgresServer primary = new PostgresServer(folder, "wal_keep_size=128MB");
    private int round;

    @Test
    void everySnapshotIsWhole() throws Exception {
        try (Tally counted = tally;
                PostgresServer closing = primary.start()) {
            List<Fault> faults = new ArrayList<>();
            int rounds = Scale.rounds(1, 2 * Fault.values().length);
            while (faults.size() < rounds) {
                List<Fault> deck = new ArrayList<>(List.of(Fault.values()));
                Collections.shuffle(deck, random);
                faults.addAll(deck);
            }
            for (Fault fault : faults.subList(0, rounds)) {
                round++;
                System.out.println("Fault: " + fault.words);
                tally.fault(fault.words);
                trainThrough(fault);
                tally.run();
            }
        }
    }

    private void trainThrough(Fault fault) throws Exception {
        Path place = folder.resolve("replica");
        FileSystemUtils.deleteRecursively(place);
        try (PostgresServer replica = new PostgresServer(
                        place,
                        "primary_conninfo=host=localhost port=" + primary.port() + " user=postgres",
                        "hot_standby_feedback=on");
                SlowLine line = new SlowLine(replica.port());
                Node node = new Node(
                                folder,
                                "node",
                                primary.arguments(
                                        "--wholecart.replica.url=jdbc:postgresql://localhost:" + line.port()
                                                + "/postgres",
                                        "--wholecart.training.schedule=-"))
                        .jvm("-XX:TieredStopAtLevel=1")) {
            primary.stop();
            primary.copyTo(replica);
            primary.start();
            if (fault != Fault.AWAY) {
                replica.start();
            }
            node.start();
            line.slow(MILLIS_PER_PACKET);
            before(fault, replica);
            node.api().importCsv(shop()).expect(200);
            long read = fault == Fault.NONE ? read(replica) : 0;
            String run = node.api()
                    .post("/api/v1/admin/training-runs", "{\"factors\":8,\"iterations\":2,\"holdout\":false}")
                    .expect(202)
                    .response()
                    .headers()
                    .firstValue("Location")
                    .orElseThrow();
            during(fault, replica, line);
            whole(node.api().awaitEnd(run), fault);
            // That a lost connection cannot be rolled back is Spring's word, and no more than that.
            tally.promise(
                    node.log()
                            .lines()
                            .filter(said -> said.contains(" ERROR "))
                            .allMatch(said -> said.endsWith("Application exception overridden by rollback exception")),
                    "an error in the log: " + fault.words);
            if (fault == Fault.NONE) {
                await("the replica's counters").atMost(LIMIT).until(() -> read(replica) >= read + EVENTS);
            }
        }
    }

    private static void before(Fault fault, PostgresServer replica) {
        if (fault == Fault.PROMOTED) {
            replica.query("SELECT pg_promote()");
        } else if (fault == Fault.LAGGING) {
            replica.query("SELECT pg_wal_replay_pause()");
        }
    }

    private static void during(Fault fault, PostgresServer replica, SlowLine line) {
        if (List.of(Fault.NONE, Fault.AWAY, Fault.PROMOTED, Fault.LAGGING).contains(fault)) {
            return;
        }
        await("a snapshot")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !replica.query(
                                "SELECT pid FROM pg_stat_activity WHERE xact_start IS NOT NULL AND query LIKE 'COPY%'")
                        .isEmpty());
        switch (fault) {
            case STOPPED -> replica.stop();
            case KILLED -> replica.crash();
            case TERMINATED ->
                replica.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
            default -> line.cut();
        }
    }

    /** Users and items of every round are new, so that a snapshot that lacks its events has too few. */
    private String shop() {
        return IntStream.range(0, EVENTS)
                .mapToObj(n -> "u%d-%d,i%d-%d,%s"
                        .formatted(
                                round,
                                n % USERS,
                                round,
                                random.nextInt(200),
                                List.of("view", "cart", "purchase").get(n % 3)))
                .collect(Collectors.joining("\n", "userId,itemId,behavior\n", "\n"));
    }

    /** How many rows of events it has read in its life. */
    private static long read(PostgresServer replica) {
        return Long.parseLong(replica.query("SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)"
                        + " FROM pg_stat_user_tables WHERE relname LIKE 'event%'")
                .get(0));
    }

    private void whole(JsonNode run, Fault fault) {
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), fault.words + ": " + run);
        for (String kind : List.of("user", "item")) {
            String counts = primary.query(("SELECT m.%1$ss || ' of ' || (SELECT count(DISTINCT %1$s_number) FROM event)"
                                    + " FROM model m WHERE run_id = %2$d")
                            .formatted(kind, run.path("id").asLong()))
                    .toString();
            tally.promise(
                    counts.matches("\\[(\\d+) of \\1]"),
                    fault.words + ": the snapshot has " + counts + " " + kind + "s");
        }
    }
}
