package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Trainers die with kill -9 in every phase of a run, are stopped and wake up when others have long done their work, and
 * are told to end: every run ends well once, and shoppers are answered all the time.
 */
class TrainerKilledIT {

    private static final String USUAL = "{\"iterations\":20}";
    private static final String SEARCH = "{\"tune\":true,\"tuning\":{\"seconds\":15,\"factors\":[32]}}";

    /** The phases by the line of the log with which they begin. */
    private enum Moment {
        SNAPSHOT("starts"),
        SPLIT("phase snapshot took"),
        TUNE("Trial 2:"),
        SOLVE("Iteration 5 of"),
        EVALUATE("phase solve took"),
        GATE("phase evaluate took"),
        FOLD("phase gate took"),
        /** Two chunks are written, the third waits for the test. */
        CHUNKS("phase gate took"),
        AFTERWARDS("succeeded: model version");

        private final String line;

        Moment(String line) {
            this.line = line;
        }
    }

    private final Random random = Scale.random(this);
    private final Tally tally = new Tally("trainers killed, stopped for long, told to end");

    @Test
    void everyRunEndsWellOnce() throws Exception {
        try (Tally counted = tally;
                TrainingHouse house = new TrainingHouse(Scale.folder(this)).start(random);
                Reader reader =
                        Caller.start(new Reader(TrainingHouse.USERS, random.nextLong(), house.api::api, counted))) {
            if (Scale.rounds(1, 2) == 1) {
                killed(house, Moment.CHUNKS, false);
                stoppedForLong(house, Moment.values()[1 + random.nextInt(4)], false);
                return;
            }
            for (Moment moment : Moment.values()) {
                killed(house, moment, true);
            }
            for (int i = 0; i < 20; i++) {
                killedAtRandom(house);
            }
            for (Moment moment : List.of(Moment.SNAPSHOT, Moment.TUNE, Moment.SOLVE, Moment.CHUNKS, Moment.FOLD)) {
                stoppedForLong(house, moment, true);
            }
            for (Moment moment : List.of(Moment.SNAPSHOT, Moment.TUNE, Moment.SOLVE, Moment.FOLD)) {
                toldToEnd(house, moment);
            }
            killedTooOften(house);
        }
    }

    /** @param wait for the silence to be noticed; else the test says that it was long */
    private void killed(TrainingHouse house, Moment moment, boolean wait) throws Exception {
        long id = house.request(moment == Moment.TUNE ? SEARCH : USUAL);
        Node worker = house.awaitWorker(id, house.trainers);
        reach(house, worker, id, moment, () -> {
            worker.kill();
            tally.fault("kill -9 in " + name(worker, id, moment));
        });
        finish(house, id, wait);
        // What comes behind these may be done before the signal is.
        boolean inTime = List.of(Moment.SNAPSHOT, Moment.SPLIT, Moment.TUNE, Moment.SOLVE, Moment.CHUNKS)
                .contains(moment);
        List<String> attempts = house.database.query("SELECT attempts FROM training_run WHERE id = " + id);
        tally.promise(!inTime || attempts.equals(List.of("2")), "killed once, attempts: " + attempts);
        worker.start();
    }

    private void killedAtRandom(TrainingHouse house) throws Exception {
        long id = house.request(USUAL);
        Node worker = house.awaitWorker(id, house.trainers);
        Thread.sleep(random.nextInt(5000));
        worker.kill();
        tally.fault("kill -9 in " + TrainingHouse.phase(worker, id));
        finish(house, id, false);
        worker.start();
    }

    private void stoppedForLong(TrainingHouse house, Moment moment, boolean wait) throws Exception {
        long id = house.request(moment == Moment.TUNE ? SEARCH : USUAL);
        Node zombie = house.awaitWorker(id, house.trainers);
        reach(house, zombie, id, moment, () -> {
            zombie.signal("STOP");
            tally.fault("SIGSTOP in " + name(zombie, id, moment));
        });
        finish(house, id, wait);
        String row = "SELECT r::text FROM training_run r WHERE id = " + id;
        List<String> ended = house.database.query(row);
        zombie.signal("CONT");
        await().atMost(TrainingHouse.TAKEN_UP)
                .until(() -> zombie.log().matches("(?s).*Training run " + id + " (was canceled|failed|succeeded).*"));
        house.check(id, tally);
        tally.promise(house.database.query(row).equals(ended), "the one that woke up changed " + ended);
        if (!wait) {
            return;
        }
        // The other one is away: only the one that woke up can do the next run.
        for (Node other : house.trainers) {
            if (other != zombie) {
                other.stop();
                long next = house.request(USUAL);
                finish(house, next, false);
                other.start();
            }
        }
    }

    private void toldToEnd(TrainingHouse house, Moment moment) throws Exception {
        long id = house.request(moment == Moment.TUNE ? SEARCH : USUAL);
        Node worker = house.awaitWorker(id, house.trainers);
        List<Node> others = new ArrayList<>(house.trainers);
        others.remove(worker);
        reach(house, worker, id, moment, () -> tally.fault("SIGTERM in " + name(worker, id, moment)));
        worker.stop();
        boolean done = worker.log().contains("Training run " + id + " succeeded");
        tally.promise(
                done || worker.log().contains("Training run " + id + " goes back to the queue"),
                "run " + id + " was not given back");
        if (!done) {
            // No half minute of silence has to be waited for: it is queued.
            tally.promise(
                    house.database
                            .query("SELECT attempts FROM training_run WHERE id = " + id)
                            .get(0)
                            .matches("[01]"),
                    "an attempt was counted that nobody died in");
            house.awaitWorker(id, others);
        }
        finish(house, id, true);
        worker.start();
    }

    /** Three workers die while they have the run: it is given up, and says so. */
    private void killedTooOften(TrainingHouse house) throws Exception {
        long id = house.request("{\"iterations\":1000}");
        for (int attempt = 1; attempt <= 3; attempt++) {
            String attempts = "" + attempt;
            await().atMost(TrainingHouse.TAKEN_UP)
                    .until(() -> house.database
                            .query("SELECT attempts FROM training_run WHERE status = 'RUNNING' AND id = " + id)
                            .equals(List.of(attempts)));
            for (Node trainer : house.trainers) {
                trainer.kill();
            }
            tally.fault("kill -9 of all trainers");
            house.age();
            house.trainers.forEach(Node::launch);
        }
        JsonNode run = house.awaitEnd(id, TrainingHouse.TAKEN_UP);
        tally.run();
        tally.promise(
                run.path("status").asString("").equals("FAILED")
                        && run.path("error").asString("").equals("Given up: 3 workers died while they had it."),
                "killed three times: " + run);
        finish(house, house.request(USUAL), false);
    }

    private interface Fault {
        void happens();
    }

    private static void reach(TrainingHouse house, Node worker, long id, Moment moment, Fault fault) throws Exception {
        if (moment != Moment.CHUNKS) {
            house.awaitLog(worker, id, moment.line);
            fault.happens();
            return;
        }
        String next = "(SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM model_version)";
        try (Connection connection = house.database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO model_chunk VALUES (" + next + ", 2, '')");
            await().atMost(TrainingHouse.TAKEN_UP)
                    .until(() -> house.database
                            .query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND query LIKE 'INSERT INTO model_chunk%'")
                            .equals(List.of("1")));
            fault.happens();
            connection.rollback();
        }
    }

    private static String name(Node worker, long id, Moment moment) {
        return moment == Moment.CHUNKS ? "publish, between chunks" : TrainingHouse.phase(worker, id);
    }

    private void finish(TrainingHouse house, long id, boolean wait) {
        if (!wait) {
            house.age();
        }
        house.awaitEnd(id, TrainingHouse.TAKEN_UP);
        house.check(id, tally);
        tally.run();
    }
}
