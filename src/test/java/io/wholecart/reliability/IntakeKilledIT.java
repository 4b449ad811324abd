package io.wholecart.reliability;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * kill -9 of the service under ingest, while it starts and while it works, with the embedded database that it has by
 * default: now and then that is killed with it.
 */
class IntakeKilledIT {

    private static final int CALLERS = 4;

    @Test
    void whatWasAcknowledgedIsThereOnce() throws Exception {
        Random random = Scale.random(this);
        Path folder = Scale.folder(this);
        int databasePort = Ports.free();
        Sent sent = new Sent();
        try (Tally tally = new Tally("kill -9 under ingest");
                Node node = new Node(
                                folder,
                                "node",
                                "--wholecart.data-directory=" + folder.resolve("data"),
                                "--wholecart.database-port=" + databasePort,
                                "--wholecart.training.schedule=-")
                        .jvm("-XX:TieredStopAtLevel=1")) {
            node.launch();
            List<IntakeCaller> callers = new ArrayList<>();
            for (int c = 0; c < CALLERS; c++) {
                callers.add(Caller.start(new IntakeCaller("caller" + c, random.nextLong(), node::api, sent, tally)));
            }
            try {
                for (int round = 0; round < Scale.rounds(4, 100); round++) {
                    kill(node, random, sent, tally);
                    node.launch();
                    tally.run();
                }
                node.awaitReady();
            } finally {
                callers.forEach(IntakeCaller::close);
            }
            sent.check(stored(databasePort), tally);
            tally.promise(sent.acknowledged() > 0, "nothing was acknowledged");
        }
    }

    private static void kill(Node node, Random random, Sent sent, Tally tally) throws InterruptedException {
        boolean starting = random.nextInt(4) == 0;
        if (!starting) {
            node.awaitReady();
            sent.awaitMore();
        }
        Thread.sleep(random.nextInt(starting ? 4000 : 2000));
        if (random.nextInt(5) == 0) {
            tally.fault("kill -9 of service and database");
            node.killAll();
        } else {
            tally.fault(starting ? "kill -9 while it starts" : "kill -9");
            node.kill();
        }
    }

    private static List<String> stored(int databasePort) throws Exception {
        List<String> stored = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:" + databasePort + "/postgres", "postgres", "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(Sent.STORED)) {
            while (rows.next()) {
                stored.add(rows.getString(1));
            }
        }
        return stored;
    }
}
