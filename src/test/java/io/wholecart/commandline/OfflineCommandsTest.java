package io.wholecart.commandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.wholecart.interaction.EventSource;
import io.wholecart.interaction.Snapshot;
import io.wholecart.support.SmallShop;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OfflineCommandsTest {

    private static final String QUICK = """
            {"factors": 8, "iterations": 5, "behaviors": [
              {"name": "cart", "lambda": 0.5, "negativeWeight": 0.05},
              {"name": "purchase", "lambda": 0.5, "negativeWeight": 0.05}]}
            """;

    @TempDir
    private Path place;

    private Path config;

    private record Event(int user, int item, int behavior, long time) {}

    /** How a command ended and what it said. */
    private record Ended(int status, String out, String err) {

        JsonNode json() {
            assertThat(status).as(err).isZero();
            return new JsonMapper().readTree(out);
        }
    }

    @BeforeEach
    void configure() throws IOException {
        config = Files.writeString(place.resolve("quick.json"), QUICK);
    }

    private static Ended run(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> words = new ArrayList<>();
        for (Object arg : args) {
            words.add(arg.toString());
        }
        int status = OfflineCommands.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true))
                .execute(words.toArray(String[]::new));
        return new Ended(status, out.toString(), err.toString());
    }

    private static List<Event> events() {
        List<Event> events = new ArrayList<>();
        new SmallShop(90, 4).read(SmallShop.BEHAVIORS, new EventSource.Sink() {
            @Override
            public void event(int user, int item, int behavior, long occurredAt) {
                events.add(new Event(user, item, behavior, occurredAt));
            }

            @Override
            public void user(String id, int number) {}

            @Override
            public void item(String id, int number) {}
        });
        events.sort(Comparator.comparingLong(Event::time));
        return events;
    }

    /** One CSV file of events with times. */
    private Path file() throws IOException {
        StringBuilder csv = new StringBuilder("behavior,occurredAt,userId,itemId\n");
        for (Event e : events()) {
            csv.append("%s,2026-05-04T10:00:%02dZ,u%d,i%d%n"
                    .formatted(SmallShop.BEHAVIORS.get(e.behavior), e.time, e.user, e.item)
                    .replace("\r", ""));
        }
        return Files.writeString(place.resolve("events.csv"), csv);
    }

    /** The same split into a folder: each user's last distinct purchase is the held-out line. */
    private Path folder() throws IOException {
        Path folder = Files.createDirectory(place.resolve("set"));
        StringBuilder[] files = {
            new StringBuilder("user,item\n"), new StringBuilder("user,item\n"), new StringBuilder("user,item\n")
        };
        StringBuilder test = new StringBuilder("user,item\n");
        List<Event> events = events();
        for (Event e : events) {
            boolean first = events.stream().noneMatch(o -> o.time < e.time && same(o, e));
            boolean last = events.stream()
                    .noneMatch(o -> o.user == e.user
                            && o.behavior == 2
                            && o.time > e.time
                            && events.stream().noneMatch(p -> p.time < o.time && same(p, o)));
            if (first) {
                (e.behavior == 2 && last ? test : files[e.behavior]).append(e.user + "," + e.item + "\n");
            }
        }
        for (int k = 0; k < 3; k++) {
            Files.writeString(folder.resolve(SmallShop.BEHAVIORS.get(k) + ".csv"), files[k]);
        }
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("purchase.test.csv.gz")))) {
            out.write(test.toString().getBytes(StandardCharsets.UTF_8));
        }
        return folder;
    }

    private static boolean same(Event a, Event b) {
        return a.user == b.user && a.item == b.item && a.behavior == b.behavior;
    }

    @Test
    void aFileWithTimesAndAFolderWithItsSplitGiveTheSame() throws IOException {
        JsonNode file =
                run("evaluate", "--data", file(), "--config", config, "--json").json();
        JsonNode folder = run("evaluate", "--data", folder(), "--config", config, "--json")
                .json();
        assertThat(file.path("users").asInt()).isEqualTo(90);
        assertThat(file.at("/metrics/users").asInt()).isBetween(80, 90);
        assertThat(file.at("/metrics/hitRatio/50").asDouble()).isBetween(0.5, 1.0);
        assertThat(folder.path("pairs")).isEqualTo(file.path("pairs"));
        assertThat(folder.at("/metrics/users")).isEqualTo(file.at("/metrics/users"));
        assertThat(folder.at("/metrics/newUsers")).isEqualTo(file.at("/metrics/newUsers"));
        assertThat(folder.at("/pairs/view").isMissingNode())
                .as("not in the config")
                .isTrue();
    }

    /** Lines sorted by item tell nothing of time: the last one must not be every user's validation item. */
    @Test
    void ofSortedLinesTheOrderIsDrawn() throws IOException {
        Path folder = Files.createDirectory(place.resolve("sorted"));
        StringBuilder sorted = new StringBuilder("user,item\n");
        StringBuilder unsorted = new StringBuilder("user,item\n");
        for (int u = 0; u < 40; u++) {
            for (int i = 0; i < 12; i++) {
                sorted.append(u + "," + i + "\n");
                unsorted.append(u + "," + (i + 6) % 12 + "\n");
            }
        }
        for (StringBuilder lines : List.of(sorted, unsorted)) {
            Files.writeString(folder.resolve("purchase.csv"), lines);
            int[] last = Snapshot.take(new EventFiles(folder), List.of("purchase"))
                    .leaveOneOut()
                    .testItems();
            assertThat(Arrays.stream(last).distinct().count()).isEqualTo(lines == sorted ? 12 : 1);
        }
    }

    @Test
    void withoutAConfigTheServicesSettingsHoldForWhatThereIs() throws IOException {
        Path folder = folder();
        Files.delete(folder.resolve("view.csv"));
        JsonNode parameters = run("evaluate", "--data", folder, "--json").json().path("parameters");
        assertThat(parameters.path("behaviors")).hasSize(2);
        double sum = 0;
        for (JsonNode behavior : parameters.path("behaviors")) {
            sum += behavior.path("lambda").asDouble();
        }
        assertThat(sum).isBetween(0.999, 1.001);
    }

    @Test
    void theTableIsForPeople() throws IOException {
        Ended ended = run("evaluate", "--data", file(), "--config", config);
        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .contains("90 users, 60 items;", "exact, 8 factors, 5 iterations", "all held-out items")
                .containsPattern("new to their users +\\d+  0\\.\\d{4} / \\d\\.\\d{4}")
                .containsPattern("1-4 target events");
    }

    @Test
    void whatTuneSavesEvaluateReads() throws IOException {
        Path found = place.resolve("found.json");
        Path data = file();
        JsonNode tuned = run(
                        "tune",
                        "--data",
                        data,
                        "--config",
                        config,
                        "--seconds",
                        2,
                        "--metric",
                        "ndcg@10",
                        "--factors",
                        "4,8",
                        "--save",
                        found,
                        "--json")
                .json();
        assertThat(tuned.path("trials").size()).isPositive();
        JsonNode again =
                run("evaluate", "--data", data, "--config", found, "--json").json();
        assertThat(again.at("/parameters/behaviors")).isEqualTo(tuned.at("/winner/behaviors"));
        assertThat(again.at("/metrics/users")).isEqualTo(tuned.at("/measured/metrics/users"));
        Ended table = run("tune", "--data", data, "--config", config, "--seconds", 1);
        assertThat(table.out()).contains("trials by meanHitRatio@100", "The best of them on the held-out items:");
    }

    /** What is measured on in the end was not in sight of the search, which measures on the events before. */
    @Test
    void theSearchSeesNoHeldOutItem() throws IOException {
        StringBuilder more = new StringBuilder(Files.readString(file()));
        for (int u = 0; u < 7; u++) {
            more.append(
                    "purchase,2026-05-04T10:00:01Z,two%d,i1\npurchase,2026-05-04T10:00:02Z,two%d,i2\n".formatted(u, u));
        }
        Path data = Files.writeString(place.resolve("more.csv"), more);
        Object[] command = {"tune", "--data", data, "--config", config, "--seconds", 1, "--factors", 4, "--json"};
        JsonNode tuned = run(command).json();
        Snapshot.Split test = new EventFiles(data).split(List.of("cart", "purchase"));
        int validated = test.rest().leaveOneOut().testUsers().length;
        assertThat(tuned.at("/measured/metrics/users").asInt()).isEqualTo(test.testUsers().length);
        assertThat(tuned.at("/trials/0/metrics/users").asInt())
                .isEqualTo(validated)
                .isLessThanOrEqualTo(test.testUsers().length - 7);
    }

    /** Only what stands in the folder's own file is held out, though others have several purchases, too. */
    @Test
    void theGivenSplitIsFollowed() throws IOException {
        Path folder = Files.createDirectory(place.resolve("given"));
        Files.writeString(folder.resolve("purchase.csv"), "user,item\na,1\na,2\nb,2\nb,1\nc,1\nc,3\n");
        Path test = Files.writeString(folder.resolve("purchase.test.csv"), "user,item\nb,3\nc,3\nd,1\n");
        EventFiles files = new EventFiles(folder);
        Snapshot.Split split = files.split(List.of("purchase"));
        assertThat(files.heldOut()).isEqualTo(3);
        assertThat(split.testUsers())
                .as("only b: a has none, c's is in the training lines, d has no other")
                .hasSize(1);
        assertThat(split.train().byUser().get(0).size()).isEqualTo(7);
        Files.writeString(folder.resolve("view.csv"), "user,item\na,1\n");
        String said = run("evaluate", "--data", folder).err();
        assertThat(said).contains("Of 3 held-out lines 1 can be used");
        Files.writeString(test, "user,item\nb,3\nb,1\n");
        assertThat(run("evaluate", "--data", folder).err())
                .contains("purchase.test.csv, event 2: user has a held-out line already");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"factors\":0}|factors must be from 1 to 512",
                "{\"epochs\":3}|epochs",
                "{\"factors\":|--config",
                "{\"factors\":\"x\"}|factors has the wrong type",
                "{\"tune\":true}|tune is a command of its own",
                "{\"holdout\":false}|holdout must be true",
                "{\"warmStart\":true}|warmStart needs the service",
                "{\"behaviors\":[{\"name\":\"wish\",\"lambda\":1,\"negativeWeight\":0.1}]}|behaviors[0].name is unknown"
            })
    void wrongSettingsAreSaid(String json, String said) throws IOException {
        Files.writeString(config, json);
        Ended ended = run("evaluate", "--data", file(), "--config", config);
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains(said);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "userId,itemId,behavior\nu,i,purchase\n",
                "userId,itemId,behavior,occurredAt\nu,i,purchase,yesterday\n",
                "userId,itemId,behavior,occurredAt\nu,i,purchase,2026-05-04T10:00:00Z\n",
                "userId,itemId,behavior,occurredAt\nu,i,purchase\n",
                "userId,itemId,behavior,occurredAt\nu,,purchase,2026-05-04T10:00:00Z\n",
                "userId,itemId,behavior,occurredAt\nu,i,Purchase,2026-05-04T10:00:00Z\n",
                "userId,itemId,behavior,occurredAt\n"
            })
    void dataThatCannotBeUsedIsSaid(String csv) throws IOException {
        Ended ended = run("evaluate", "--data", Files.writeString(place.resolve("e.csv"), csv));
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .containsAnyOf(
                        "must begin with the header",
                        "e.csv, event 1: occurredAt must be",
                        "e.csv, event 1: occurredAt is missing",
                        "e.csv, event 1: itemId must not be empty",
                        "Left out: 1 events of the behavior Purchase",
                        "No user has two");
        assertThat(ended.err()).doesNotContain("Exception");
    }

    @Test
    void missingPlacesAreSaid() throws IOException {
        assertThat(run("evaluate").status()).isEqualTo(2);
        assertThat(run("evaluate", "--data", place.resolve("nowhere")).err()).contains("there is no");
        assertThat(run("evaluate", "--data", file(), "--config", place.resolve("none"))
                        .err())
                .contains("none cannot be read");
        Path empty = Files.createDirectory(place.resolve("empty"));
        assertThat(run("evaluate", "--data", empty).err()).contains("has no file for any of the behaviors");
        assertThat(run("tune", "--data", file(), "--seconds", 0).err()).contains("tuning.seconds must be");
        assertThat(run("tune", "--data", file(), "--save", place.resolve("no/where.json"))
                        .err())
                .contains("where.json cannot be written");
        assertThat(run("evaluate", "--data", file(), "--threads", 5000).err()).contains("--threads must be from 1");
        assertThat(run("evaluate", "--data", file(), "--behaviors", "click,buy").err())
                .contains("behaviors must be in --config");
    }

    @Test
    void onlyTheCommandsNamesAreTheirs() {
        assertThat(OfflineCommands.understand(new String[] {"evaluate"})).isTrue();
        assertThat(OfflineCommands.understand(new String[] {"--help"})).isTrue();
        assertThat(OfflineCommands.understand(new String[] {"--server.port=1"})).isFalse();
        assertThat(OfflineCommands.understand(new String[0])).isFalse();
    }

    @Test
    void withoutACardTheCheckSaysSoInALineAndEndsWithItsOwnStatus() {
        assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
        Ended ended = run("gpu-check", "--json");
        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).startsWith("No usable card: ").hasLineCount(1);
        assertThat(run("gpu-check", "--factors", 300).status()).isEqualTo(2);
        assertThat(run("gpu-check", "--data", place.resolve("nowhere")).status())
                .isEqualTo(2);
        assertThat(run("gpu-check", "--help").out()).contains("3   there is no card that can be used");
    }

    @Test
    void theEngineIsChosenAndItsAbsenceToldOnce() throws IOException {
        assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
        assertThat(run("evaluate", "--data", folder(), "--engine", "cpu", "--json")
                        .err())
                .doesNotContain("CUDA");
        assertThat(run("evaluate", "--data", place.resolve("set"), "--json").err())
                .as("nobody asked for a card")
                .doesNotContain("CUDA");
        Ended ended = run("evaluate", "--data", place.resolve("set"), "--engine", "cuda", "--json");
        assertThat(ended.status()).isZero();
        assertThat(ended.err().lines().filter(line -> line.contains("No CUDA card")))
                .hasSize(1);
        assertThat(run("evaluate", "--data", place.resolve("set"), "--engine", "abacus")
                        .status())
                .isEqualTo(2);
    }
}
