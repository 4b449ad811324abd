package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class EventImportTest extends ServiceTest {

    private static final String GOOD =
            "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"view\",\"occurredAt\":\"2026-05-04T10:00:00Z\"}";
    private static final String PURCHASE = "{\"userId\":\"ü2\",\"itemId\":\"i2\",\"behavior\":\"purchase\"}";

    private static final String CSV = """
            itemId,userId,occurredAt,behavior
            i1,u1,2026-05-04T10:00:00Z,view
            i2,u1,2026-05-04T10:00:01Z,cart

            "i,3",u\\2,2026-05-04T10:00:02+02:00,purchase
            i1,u1,2026-05-04T10:00:00Z,view
            """;

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    @Test
    void importsCsvPlainAndGzip() throws IOException {
        assertThat(api.importCsv(CSV).expect(200).json().toString())
                .isEqualTo("{\"accepted\":3,\"duplicates\":1,\"rejected\":0,\"ignored\":0,\"errors\":[]}");
        assertThat(api.importBytes("application/gzip", gzip(CSV))
                        .expect(200)
                        .json()
                        .toString())
                .isEqualTo("{\"accepted\":0,\"duplicates\":4,\"rejected\":0,\"ignored\":0,\"errors\":[]}");
        assertThat(api.get("/api/v1/users/u%5C2/events")
                        .json()
                        .at("/events/0/itemId")
                        .asString(""))
                .isEqualTo("i,3");
    }

    @Test
    void importsNdjsonAlsoAsCurlSendsItByDefault() {
        String lines = "\n" + GOOD + "\n\n" + PURCHASE + "\r\n";
        byte[] body = lines.getBytes(StandardCharsets.UTF_8);
        assertThat(api.importBytes("application/x-ndjson", body)
                        .expect(200)
                        .json()
                        .path("accepted")
                        .asInt())
                .isEqualTo(2);
        assertThat(api.importBytes("application/x-www-form-urlencoded", body)
                        .expect(200)
                        .json()
                        .path("accepted")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void aByteOrderMarkAndAnEmptyFileAreTaken() {
        api.importCsv("\uFEFFuserId,itemId,behavior\nu,i,view\n").expect(200);
        assertThat(api.importCsv("userId,itemId,behavior\n")
                        .expect(200)
                        .json()
                        .path("accepted")
                        .asInt())
                .isZero();
    }

    @Test
    void oneBadLineAndNothingIsStored() {
        String csv = "userId,itemId,behavior\n" + "u1,i1,view\n".repeat(5) + "u1,i1,wish\nu2,i2,view\n,i,view,x\n";
        Api.Answer answer = api.importCsv(csv).expect(400);
        assertThat(answer.json().path("code").asString("")).isEqualTo("invalidLines");
        assertThat(answer.errors())
                .containsExactly(
                        "line 7 behavior: 'wish' is unknown; known are [view, cart, purchase]",
                        "line 9 line: has 4 columns, the header has 3");
        nothingStored();
        String ndjson = (GOOD + "\n").repeat(6) + "{\"userId\":\n" + GOOD + "\n";
        assertThat(api.importBytes("application/x-ndjson", ndjson.getBytes(StandardCharsets.UTF_8))
                        .expect(400)
                        .errors())
                .containsExactly("line 7 line: is not well-formed JSON");
        assertThat(api.importBytes("application/x-ndjson", (GOOD + GOOD + "\n7\n").getBytes(StandardCharsets.UTF_8))
                        .expect(400)
                        .errors())
                .containsExactly(
                        "line 1 line: has more than one JSON object",
                        "line 2 : must be an object with userId, itemId and behavior");
        nothingStored();
    }

    @Test
    void badLinesAreLeftOutWhereThatIsAskedFor() {
        String csv = "userId,itemId,behavior\nu1,i1,view\nu1,i1,wish\nu2,i2,view\n";
        Api.Answer answer = api.importBytes("?onError=skip", "text/csv", csv.getBytes(StandardCharsets.UTF_8))
                .expect(200);
        assertThat(answer.json().path("accepted").asInt()).isEqualTo(2);
        assertThat(answer.json().path("rejected").asInt()).isEqualTo(1);
        assertThat(answer.errors())
                .containsExactly("line 3 behavior: 'wish' is unknown; known are [view, cart, purchase]");
        assertThat(api.importBytes("?onError=ignore", "text/csv", csv.getBytes(StandardCharsets.UTF_8))
                        .expect(400)
                        .errors())
                .containsExactly("onError: must be abort or skip");
        assertThat(count("event")).isEqualTo(2);
    }

    @Test
    void taobaosFileIsReadAsPublished() {
        String lines = """
                1,2268318,2520377,pv,1511544070
                1,2333346,2520771,fav,1511561733
                1,4973305,15881,buy,1512258741
                100,2576651,149192,cart,1511572885
                """;
        byte[] body = lines.getBytes(StandardCharsets.UTF_8);
        Api.Answer answer = api.importBytes("?format=taobao", "text/csv", body).expect(200);
        assertThat(answer.json().toString())
                .isEqualTo("{\"accepted\":3,\"duplicates\":0,\"rejected\":0,\"ignored\":1,\"errors\":[]}");
        assertThat(api.get("/api/v1/users/1/events").json().at("/events/0").toString())
                .isEqualTo("{\"userId\":\"1\",\"itemId\":\"4973305\",\"behavior\":\"purchase\","
                        + "\"occurredAt\":\"2017-12-02T23:52:21Z\"}");
        byte[] bad = "1,2,3,pv,tomorrow\n1,2,pv,5\n1,2,3,wish,5\n1,2,3,pv,-1\n".getBytes(StandardCharsets.UTF_8);
        assertThat(api.importBytes("?format=taobao", "text/csv", bad)
                        .expect(400)
                        .errors())
                .containsExactly(
                        "line 1 occurredAt: must be whole seconds since 1970",
                        "line 2 line: has 4 columns; expected 5: user,item,category,behavior,seconds",
                        "line 3 behavior: must be one of [pv, cart, fav, buy]",
                        "line 4 occurredAt: is before 1970");
        assertThat(api.importBytes("?format=excel", "text/csv", body)
                        .expect(400)
                        .errors())
                .hasSize(1);
    }

    @Test
    void aMonthThatIsWorthItGetsAPartition() {
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int i = 0; i < 12_000; i++) {
            csv.append("u%d,i%d,view,2019-0%d-15T10:00:00Z\n".formatted(i, i % 100, i % 10 == 0 ? 4 : 3));
        }
        api.post(
                        "/api/v1/events",
                        "{\"userId\":\"u\",\"itemId\":\"i\",\"behavior\":\"view\","
                                + "\"occurredAt\":\"2019-03-31T23:59:59Z\"}")
                .expect(200);
        api.importCsv(csv.toString()).expect(200);
        assertThat(count("event_2019_03")).as("with what was there before").isEqualTo(10_801);
        assertThat(count("event_default")).isEqualTo(1_200);
        assertThat(api.importCsv(csv.toString())
                        .expect(200)
                        .json()
                        .path("duplicates")
                        .asInt())
                .isEqualTo(12_000);
    }

    @Test
    void onlyTheFirstHundredBadLinesAreListed() {
        Api.Answer answer = api.importCsv("userId,itemId,behavior\n" + ",i,view\n".repeat(5_000))
                .expect(400);
        assertThat(answer.errors()).hasSize(100).first().isEqualTo("line 2 userId: must not be empty");
        assertThat(answer.json().path("detail").asString("")).startsWith("5000 bad line(s)");
    }

    @Test
    void brokenFilesAreRefused() throws IOException {
        assertThat(api.importCsv("userId,behavior\nu,view\n")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("line 1 header: has no column itemId");
        assertThat(api.importCsv("userId,itemId,behavior,price\nu,i,view,1\n")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("line 1 header: has an unknown or repeated column");
        assertThat(api.importCsv("").expect(400).errors().get(0)).startsWith("line 1 header:");
        byte[] gzip = gzip(CSV.repeat(1000));
        assertThat(api.importBytes("application/gzip", Arrays.copyOf(gzip, gzip.length - 9))
                        .expect(400)
                        .errors())
                .containsExactly("body: is not a whole gzip stream");
        gzip[gzip.length / 2] ^= 0x55;
        api.importBytes("application/gzip", gzip).expect(400);
        byte[] latin1 = "userId,itemId,behavior\nü,i,view\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(api.importBytes("text/csv", latin1).expect(400).errors().get(0))
                .startsWith("body: is not UTF-8");
        assertThat(api.importCsv("userId,itemId,behavior\nu,\"i,view\nu,i,view\n")
                        .status())
                .isEqualTo(400);
        String longLine = "userId,itemId,behavior\nu," + "i".repeat(1 << 20) + ",view\n";
        assertThat(api.importCsv(longLine).expect(400).errors().get(0)).startsWith("body: has a line of more than");
        api.importBytes("multipart/form-data; boundary=x", "--x--".getBytes(StandardCharsets.UTF_8))
                .expect(415);
        nothingStored();
    }

    @Test
    void slowClientsDoNotTakeEveryConnection() throws Exception {
        List<PipedOutputStream> uploads = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            PipedOutputStream upload = new PipedOutputStream();
            PipedInputStream body = new PipedInputStream(upload, 1 << 16);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + port + "/api/v1/events/import"))
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body))
                    .build();
            answers.add(HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString()));
            upload.write("userId,itemId,behavior\n".getBytes(StandardCharsets.UTF_8));
            upload.write(("slow" + i + ",x,view\n").repeat(4_000).getBytes(StandardCharsets.UTF_8));
            upload.flush();
            uploads.add(upload);
        }
        Api.Answer third = await().atMost(Duration.ofSeconds(10))
                .until(() -> api.importCsv("userId,itemId,behavior\n"), answer -> answer.status() != 200);
        assertThat(third.json().path("code").asString("")).isEqualTo("importsBusy");
        assertThat(third.response().headers().firstValue("Retry-After")).isPresent();
        api.post("/api/v1/events", GOOD).expect(200);
        for (PipedOutputStream upload : uploads) {
            upload.close();
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        api.importCsv("userId,itemId,behavior\nlate,x,view\n").expect(200);
    }
}
