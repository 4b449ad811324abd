package io.wholecart.event;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Posts batches over four connections for some time, then some of them once more, and tells rate, p50 and p99. */
public final class IntakeLoad {

    private static final int CONNECTIONS = 4;
    private static final int BATCH = 500;
    private static final int USERS = 200_000;
    private static final int ITEMS = 50_000;
    private static final int AGAIN = 20;

    private final URI uri;
    private final List<String> first = Collections.synchronizedList(new ArrayList<>());

    private IntakeLoad(String url) {
        this.uri = URI.create(url + "/events");
    }

    /** Arguments: the API's URL, seconds. */
    public static void main(String[] args) throws Exception {
        new IntakeLoad(args[0]).run(Long.parseLong(args[1]));
    }

    private void run(long seconds) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        long started = System.nanoTime();
        List<Callable<List<Long>>> callers = new ArrayList<>();
        for (int c = 0; c < CONNECTIONS; c++) {
            int seed = c;
            callers.add(() -> post(seed, end));
        }
        List<Long> times = new ArrayList<>();
        for (Future<List<Long>> caller : threads.invokeAll(callers)) {
            times.addAll(caller.get());
        }
        double took = (System.nanoTime() - started) / 1e9;
        threads.shutdown();
        Collections.sort(times);
        System.out.printf(
                "%d events/s, %d batches, p50 %.1f ms, p99 %.1f ms%n",
                (long) (times.size() * BATCH / took),
                times.size(),
                times.get(times.size() / 2) / 1e6,
                times.get(times.size() * 99 / 100) / 1e6);
        for (String body : List.copyOf(first)) {
            HttpResponse<String> answer = send(HttpClient.newHttpClient(), body);
            if (!answer.body().startsWith("{\"accepted\":0,")) {
                throw new IllegalStateException("stored twice: " + answer.body());
            }
        }
        System.out.println(first.size() + " batches sent once more: nothing stored twice");
    }

    private List<Long> post(int seed, long end) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        Random random = new Random(seed);
        List<Long> times = new ArrayList<>();
        while (System.nanoTime() < end) {
            String body = body(random);
            long started = System.nanoTime();
            HttpResponse<String> answer = send(client, body);
            times.add(System.nanoTime() - started);
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.statusCode() + " " + answer.body());
            }
            if (times.size() <= AGAIN / CONNECTIONS) {
                first.add(body);
            }
        }
        return times;
    }

    private HttpResponse<String> send(HttpClient client, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String body(Random random) {
        StringBuilder body = new StringBuilder("[");
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        for (int i = 0; i < BATCH; i++) {
            double user = random.nextDouble();
            double item = random.nextDouble();
            body.append(i == 0 ? "" : ",")
                    .append("{\"userId\":\"user")
                    .append((int) (user * user * USERS))
                    .append("\",\"itemId\":\"item")
                    .append((int) (item * item * ITEMS))
                    .append("\",\"behavior\":\"view\",\"occurredAt\":\"")
                    .append(now.minus(random.nextInt(60 * 86_400), ChronoUnit.SECONDS))
                    .append("\"}");
        }
        return body.append(']').toString();
    }
}
