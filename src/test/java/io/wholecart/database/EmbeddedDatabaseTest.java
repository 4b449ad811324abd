package io.wholecart.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {

    @TempDir
    private Path home;

    private static String query(EmbeddedDatabase database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), EmbeddedDatabase.USER, "");
                Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(sql);
            if (!rows) {
                return "";
            }
            try (ResultSet result = statement.getResultSet()) {
                result.next();
                return result.getString(1);
            }
        }
    }

    @Test
    void keepsItsDataOverStopAndCrashAndIsDurable() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            query(database, "CREATE TABLE kept AS SELECT 'yes' AS answer");
            assertThat(query(database, "SHOW fsync")).isEqualTo("on");
            assertThat(query(database, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(database, "SHOW full_page_writes")).isEqualTo("on");
            assertThatThrownBy(() -> EmbeddedDatabase.start(home, 0))
                    .isInstanceOf(DatabaseStartException.class)
                    .hasMessageContaining("is in use by another Wholecart");
        }
        long orphan;
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            assertThat(query(database, "SELECT answer FROM kept")).isEqualTo("yes");
            query(database, "INSERT INTO kept VALUES ('also')");
            orphan = Long.parseLong(Files.readAllLines(home.resolve("postgresql/postmaster.pid"))
                    .get(0));
            ProcessHandle.of(orphan).orElseThrow().destroyForcibly();
            ProcessHandle.of(orphan).ifPresent(process -> process.onExit().join());
        }
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            assertThat(query(database, "SELECT count(*) FROM kept")).isEqualTo("2");
        }
    }

    @Test
    void stopsTheServerThatAKilledProcessLeftBehind() throws Exception {
        int port = freePort();
        Process service = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartAndWait.class.getName(),
                        home.toString(),
                        Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = service.inputReader()) {
            assertThat(output.lines().anyMatch(StartAndWait.READY::equals)).isTrue();
        }
        service.destroyForcibly().waitFor();
        long orphan = Long.parseLong(
                Files.readAllLines(home.resolve("postgresql/postmaster.pid")).get(0));
        assertThat(ProcessHandle.of(orphan)).as("the server outlives kill -9").isPresent();
        // As if the machine's clock had been set since.
        List<String> lines = new ArrayList<>(Files.readAllLines(home.resolve("postgresql/postmaster.pid")));
        lines.set(2, Long.toString(Long.parseLong(lines.get(2).trim()) - 3_600));
        Files.write(home.resolve("postgresql/postmaster.pid"), lines);
        try (EmbeddedDatabase second = EmbeddedDatabase.start(home, port)) {
            assertThat(query(second, "SELECT answer FROM kept")).isEqualTo("yes");
        }
    }

    /** A process to kill: starts the database, stores something, and waits. */
    static final class StartAndWait {

        static final String READY = "stored";

        private StartAndWait() {}

        public static void main(String[] args) throws Exception {
            EmbeddedDatabase database = EmbeddedDatabase.start(Path.of(args[0]), Integer.parseInt(args[1]));
            query(database, "CREATE TABLE kept AS SELECT 'yes' AS answer");
            System.out.println(READY);
            Thread.sleep(60_000);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    @Test
    void whatItDidNotMakeItNeitherDeletesNorUses() throws Exception {
        Path notes = Files.createDirectories(home.resolve("postgresql")).resolve("notes.txt");
        Files.writeString(notes, "mine");
        Path source = Files.createDirectories(home.resolve("server")).resolve("main.c");
        Files.writeString(source, "mine, too");
        assertThatThrownBy(() -> EmbeddedDatabase.start(home, 0))
                .isInstanceOf(DatabaseStartException.class)
                .hasMessageContaining("was not made by Wholecart");
        assertThat(notes).hasContent("mine");
        assertThat(source).hasContent("mine, too");
    }

    @Test
    void nobodyElseCanReachTheBinaries() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            assertThat(query(database, "SELECT 1")).isEqualTo("1");
            assertThat(Files.getPosixFilePermissions(home.resolve("server")))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void aPreparationThatWasCutOffIsDoneAgain() throws Exception {
        Files.createDirectories(home.resolve("postgresql"));
        Files.writeString(home.resolve("postgresql/PG_VERSION"), "18");
        Files.writeString(home.resolve("preparing"), "");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            assertThat(query(database, "SELECT 1")).isEqualTo("1");
        }
        assertThat(home.resolve("preparing")).doesNotExist();
    }

    @Test
    void aTakenPortAndADirectoryThatIsAFileAreSaidPlainly() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedDatabase.start(home, taken.getLocalPort()))
                    .isInstanceOf(DatabaseStartException.class)
                    .hasMessage("Port " + taken.getLocalPort() + " for the embedded PostgreSQL is already in use.");
        }
        Path file = Files.writeString(home.resolve("file"), "");
        assertThatThrownBy(() -> EmbeddedDatabase.start(file, 0))
                .isInstanceOf(DatabaseStartException.class)
                .hasMessageContaining("cannot be used");
        try (FileChannel lock =
                FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(lock.tryLock())
                    .as("a failed start lets go of the directory")
                    .isNotNull();
        }
    }
}
