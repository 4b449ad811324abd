package io.wholecart.reliability;

import io.wholecart.reliability.Shopper.Event;
import io.wholecart.reliability.Timeline.Span;
import io.wholecart.support.Api;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads from both nodes and holds every answer against what the callers know. */
final class Witness {

    /** Within a second a node serves what is active, once it is loaded; on a machine that does much else, later. */
    private static final long SWAPPED = Duration.ofSeconds(10).toNanos();

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What the shop told of an item. */
    record Item(boolean available, Set<String> categories, boolean deleted) {}

    private record Seen(int version, Span span) {}

    private final List<Api> nodes;
    private final Tally tally;
    final Map<String, Shopper> users = new ConcurrentHashMap<>();
    final Map<String, Timeline<Item>> items = new ConcurrentHashMap<>();
    /** Versions that were made active; 0 as long as a run has not told which. */
    final Timeline<AtomicInteger> activations = new Timeline<>();

    private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> byTag = new ConcurrentHashMap<>();
    private final AtomicLong degraded = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();

    Witness(List<Api> nodes, Tally tally) {
        this.nodes = nodes;
        this.tally = tally;
    }

    Shopper user(String id) {
        return users.computeIfAbsent(id, any -> new Shopper());
    }

    Timeline<Item> item(String id) {
        return items.computeIfAbsent(id, any -> new Timeline<>());
    }

    private record Read(Api.Answer answer, Span span) {}

    private static Read read(int node, Supplier<Api.Answer> request) {
        long from = System.nanoTime();
        Api.Answer answer = request.get();
        return new Read(answer, new Span(node, from, System.nanoTime()));
    }

    private void promise(boolean kept, String what) {
        tally.promise(kept, what);
    }

    /** Whether there is something to look at. */
    private boolean is(Read read, int... allowed) {
        int status = read.answer.status();
        answers.incrementAndGet();
        promise(
                status == 200 || IntStream.of(allowed).anyMatch(each -> each == status),
                read.answer.response().uri() + " answered " + status + " "
                        + read.answer.response().body());
        return status == 200;
    }

    void recommendations(int node, String user, Random random) {
        boolean all = random.nextBoolean();
        boolean bought = random.nextInt(4) == 0;
        Set<String> categories = random.nextInt(3) == 0 ? Set.of("c" + random.nextInt(4), "c4") : Set.of();
        String behavior = random.nextInt(4) == 0 ? "view" : "purchase";
        String query = "?limit=" + (all ? 1000 : 10) + "&behavior=" + behavior + (bought ? "&exclude=" : "")
                + categories.stream().map(category -> "&category=" + category).collect(Collectors.joining());
        Read read = read(node, () -> nodes.get(node).get("/api/v1/users/" + user + "/recommendations" + query));
        if (is(read)) {
            JsonNode json = read.answer.json();
            checkFor(user, json, read.span, categories, behavior, !bought);
            if (all && categories.isEmpty() && !bought && !isPopular(json)) {
                checkComplete(user, json, read.span, behavior);
            }
        }
    }

    private static boolean isPopular(JsonNode json) {
        return json.path("source").asString("").equals("popular");
    }

    /** False where the database seemed to be away, of which the answer itself tells. */
    private boolean isWhole(JsonNode json) {
        if (json.has("degraded")) {
            degraded.incrementAndGet();
            return false;
        }
        return true;
    }

    private void checkFor(
            String id, JsonNode json, Span span, Set<String> categories, String behavior, boolean excludesBought) {
        if (!isWhole(json)) {
            return;
        }
        Shopper user = user(id);
        String what = id + " on node " + span.node() + ": " + json;
        checkItems(json, span, categories, what);
        if (user.erased(span)) {
            promise(isPopular(json), "erased, but answered from events: " + what);
        }
        Map<String, String> scores = scores(json);
        if (excludesBought) {
            for (Event event : user.present(span)) {
                if (event.behavior().equals("purchase")) {
                    promise(!scores.containsKey(event.item()), event + " was bought, but is recommended to " + what);
                }
            }
        }
        if (!isPopular(json)) {
            String from = json.path("modelVersion").asInt(0) + " " + behavior;
            String differs = user.differs(span, from, scores);
            promise(differs == null, differs + " for " + what);
        }
    }

    private static Map<String, String> scores(JsonNode json) {
        Map<String, String> scores = new HashMap<>();
        json.path("items")
                .forEach(item -> scores.put(
                        item.path("itemId").asString(""), item.path("score").toString()));
        return scores;
    }

    /** Items that were recommended before, from the same version and events, are so again if they are available. */
    private void checkComplete(String id, JsonNode json, Span span, String behavior) {
        Map<String, String> known =
                user(id).known(span, json.path("modelVersion").asInt(0) + " " + behavior);
        if (known == null || !isWhole(json)) {
            return;
        }
        Set<String> answered = scores(json).keySet();
        Set<String> bought = user(id).possible(span).stream()
                .filter(event -> event.behavior().equals("purchase"))
                .map(Event::item)
                .collect(Collectors.toSet());
        for (String item : known.keySet()) {
            if (!bought.contains(item)
                    && item(item).certain(span).map(Item::available).orElse(false)) {
                promise(answered.contains(item), item + " is missing for " + id + ": " + json);
            }
        }
    }

    private void checkItems(JsonNode json, Span span, Set<String> categories, String what) {
        if (json.path("modelVersion").isNumber()) {
            seen.add(new Seen(json.path("modelVersion").asInt(0), span));
        }
        for (String id : Api.ids(json)) {
            item(id).certain(span).ifPresent(item -> {
                promise(item.available(), id + " is not available: " + what);
                promise(
                        categories.isEmpty() || !Collections.disjoint(categories, item.categories()),
                        id + " is in none of " + categories + ": " + what);
            });
        }
    }

    void batch(int node, List<String> ids) {
        String body = ids.stream().map(id -> '"' + id + '"').collect(Collectors.joining(",", "{\"userIds\":[", "]}"));
        Read read = read(node, () -> nodes.get(node).post("/api/v1/recommendations/batch", body));
        if (is(read, 503)) {
            List<JsonNode> lines =
                    read.answer.response().body().lines().map(JSON::readTree).toList();
            promise(lines.size() == ids.size(), ids + " got " + lines.size() + " answers");
            for (int i = 0; i < lines.size(); i++) {
                promise(lines.get(i).path("userId").asString("").equals(ids.get(i)), "not in order: " + lines.get(i));
                checkFor(ids.get(i), lines.get(i), read.span, Set.of(), "purchase", true);
            }
            Set<Integer> versions = lines.stream()
                    .map(line -> line.path("modelVersion").asInt(0))
                    .collect(Collectors.toSet());
            promise(versions.size() == 1, "one batch from several versions: " + versions);
        }
    }

    void anonymous(int node, String bought, String viewed, String category) {
        String body = "{\"events\":[{\"itemId\":\"" + bought + "\",\"behavior\":\"purchase\"},{\"itemId\":\"" + viewed
                + "\",\"behavior\":\"view\"}],\"category\":[\"" + category + "\"],\"limit\":1000}";
        Read read = read(node, () -> nodes.get(node).post("/api/v1/recommendations", body));
        if (is(read) && isWhole(read.answer.json())) {
            JsonNode json = read.answer.json();
            checkItems(json, read.span, Set.of(category), body + " got " + json);
            promise(!Api.ids(json).contains(bought), bought + " was bought, but is recommended: " + json);
            if (!isPopular(json)) {
                String from = bought + " " + viewed + " " + json.path("modelVersion");
                String differs = user("anonymous").differs(new Span(node, 0, 0), from, scores(json));
                promise(differs == null, differs + " for " + body);
            }
        }
    }

    /** Popular or similar items, and the same again with the tag that came with them. */
    void shared(int node, String path) {
        Read first = read(node, () -> nodes.get(node).get(path));
        if (!is(first) || !isWhole(first.answer.json())) {
            return;
        }
        String tag = first.answer.response().headers().firstValue("ETag").orElse("");
        promise(!tag.isEmpty(), path + " has no tag");
        checkShared(path, first, tag);
        Read again = read(node, () -> nodes.get(node).get(path, "If-None-Match", tag));
        if (again.answer.status() == 304) {
            // As good as that answer, at this time.
            checkItems(
                    first.answer.json(),
                    again.span,
                    Set.of(),
                    path + " is said to be unchanged: " + first.answer.json());
        } else if (is(again) && isWhole(again.answer.json())) {
            String other = again.answer.response().headers().firstValue("ETag").orElse("");
            promise(!other.equals(tag), path + " was sent again with the same tag " + tag);
            checkShared(path, again, other);
        }
    }

    private void checkShared(String path, Read read, String tag) {
        String body = read.answer.response().body();
        checkItems(read.answer.json(), read.span, Set.of(), path + ": " + body);
        String before = byTag.putIfAbsent(path + " " + tag, body);
        promise(before == null || before.equals(body), path + " has one tag for " + body + " and " + before);
    }

    /** Recommendations, and why the first of them is one. */
    void explanation(int node, String user) {
        Read read = read(node, () -> nodes.get(node).get("/api/v1/users/" + user + "/recommendations?limit=1"));
        if (!is(read)
                || isPopular(read.answer.json())
                || Api.ids(read.answer.json()).isEmpty()) {
            return;
        }
        String item = Api.ids(read.answer.json()).get(0);
        Read why = read(
                node, () -> nodes.get(node).get("/api/v1/users/" + user + "/recommendations/" + item + "/explanation"));
        // Another version may have taken over that does not know the item.
        if (!is(why, 404)) {
            return;
        }
        JsonNode json = why.answer.json();
        double score = json.path("score").asDouble(Double.NaN);
        double sum = 0;
        for (JsonNode part : json.path("events")) {
            sum += part.path("contribution").asDouble(Double.NaN);
        }
        promise(Math.abs(sum - score) < 1e-9, "does not add up to its score: " + json);
        Shopper shopper = user(user);
        if (shopper.erased(why.span)) {
            promise(json.path("events").isEmpty(), "erased, but explained: " + json);
        }
        Map<String, String> known =
                shopper.known(why.span, json.path("modelVersion").asInt(0) + " purchase");
        String recommended = known == null ? null : known.get(item);
        if (recommended != null) {
            promise(
                    Math.abs(Double.parseDouble(recommended) - score) < 1e-4,
                    item + " scored " + recommended + " for " + user + ", but is explained by " + json);
        }
    }

    void history(int node, String user) {
        Read read = read(node, () -> nodes.get(node).get("/api/v1/users/" + user + "/events?limit=1000"));
        if (!is(read)) {
            return;
        }
        Span span = new Span(Timeline.DATABASE, read.span.from(), read.span.to());
        Set<Event> there = new HashSet<>();
        read.answer
                .json()
                .path("events")
                .forEach(event -> there.add(new Event(
                        user,
                        event.path("itemId").asString(""),
                        event.path("behavior").asString(""),
                        Instant.parse(event.path("occurredAt").asString("")))));
        checkHistory(user, there, span, !read.answer.json().has("next"));
    }

    /** What is stored of a user, or the newest of it. */
    void checkHistory(String id, Set<Event> there, Span span, boolean whole) {
        Shopper user = user(id);
        Set<Event> possible = user.possible(span);
        for (Event event : there) {
            promise(possible.contains(event), event + " is there, but was erased or never sent");
        }
        if (whole) {
            for (Event event : user.present(span)) {
                promise(there.contains(event), event + " was acknowledged, but is not there");
            }
        }
    }

    /** Of what was posted together all is there or nothing. */
    void checkWhole(String id, Set<Event> there) {
        for (Set<Event> post : user(id).whole()) {
            long count = post.stream().filter(there::contains).count();
            promise(count == 0 || count == post.size(), "in part: " + count + " of " + post.size() + " " + post);
        }
    }

    void details(int node, String id) {
        Read read = read(node, () -> nodes.get(node).get("/api/v1/items/" + id));
        boolean found = is(read, 404);
        Span span = new Span(Timeline.DATABASE, read.span.from(), read.span.to());
        item(id).certain(span).ifPresent(item -> {
            JsonNode json = read.answer.json();
            promise(found == !item.deleted(), id + " should be " + item + ": " + json);
            if (found) {
                Set<String> categories = new HashSet<>();
                json.path("categories").forEach(category -> categories.add(category.asString("")));
                promise(
                        categories.equals(item.categories())
                                && json.path("available").asBoolean(false) == item.available(),
                        id + " should be " + item + ": " + json);
            }
        });
    }

    void models(int node) {
        Read read = read(node, () -> nodes.get(node).get("/api/v1/admin/models"));
        if (is(read)) {
            long active = Stream.of(read.answer.json())
                    .flatMap(list -> IntStream.range(0, list.size()).mapToObj(list::get))
                    .filter(model -> model.path("active").asBoolean(false))
                    .count();
            promise(active == 1, active + " active models: " + read.answer.json());
        }
    }

    /** Afterwards, when it is known which version came from which run: each answer's was active when it was made. */
    void checkVersions() {
        List<Timeline.Change<AtomicInteger>> all = activations.changes();
        for (Seen answer : List.copyOf(seen)) {
            boolean was = all.stream()
                    .filter(change -> change.what.get() == answer.version && !change.after(answer.span))
                    .anyMatch(change ->
                            all.stream().noneMatch(other -> change.before(other) && other.binds(answer.span, SWAPPED)));
            promise(was, "version " + answer.version + " was not active when " + answer.span + " was answered");
        }
        promise(
                degraded.get() * 100 <= answers.get(),
                degraded.get() + " of " + answers.get() + " answers were degraded although the database was there");
    }

    long answers() {
        return answers.get();
    }
}
