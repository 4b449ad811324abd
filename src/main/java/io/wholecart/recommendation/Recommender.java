package io.wholecart.recommendation;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.wholecart.catalog.Catalog;
import io.wholecart.event.EventHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionException;

/** Answers queries from the live index. */
@Service
class Recommender {

    private static final Logger log = LoggerFactory.getLogger(Recommender.class);

    private final LiveModel live;
    private final CatalogView catalogView;
    private final PopularItems popular;
    private final EventHistory history;
    private final Catalog catalog;
    private final MeterRegistry meters;
    /** Kept: looking a meter up takes longer than a part of the answer. */
    private final Map<Recommendations.Source, Timer> timers = new EnumMap<>(Recommendations.Source.class);

    Recommender(
            LiveModel live,
            CatalogView catalogView,
            PopularItems popular,
            EventHistory history,
            Catalog catalog,
            MeterRegistry meters) {
        this.live = live;
        this.catalogView = catalogView;
        this.popular = popular;
        this.history = history;
        this.catalog = catalog;
        this.meters = meters;
        for (Recommendations.Source source : Recommendations.Source.values()) {
            timers.put(source, meters.timer("wholecart.recommendation", "source", source.name()));
        }
    }

    /** Factors to score by, and where they are from. */
    private record Taste(Recommendations.Source source, float[] factors) {}

    /** A state of the catalog, and whether it is as new as the request. */
    private record Items(CatalogView.State state, boolean current) {

        @Nullable String lacking() {
            return current ? null : Recommendations.CATALOG;
        }
    }

    /** For a user of the shop, known or not. */
    Recommendations recommend(String userId, RecommendationQuery query) {
        return recommend(userId, query, live.index());
    }

    /** The same for one user after the other, all from the model that is live now. */
    Function<String, Recommendations> forMany(RecommendationQuery query) {
        LiveIndex index = live.index();
        return userId -> recommend(userId, query, index);
    }

    private Recommendations recommend(String userId, RecommendationQuery query, @Nullable LiveIndex index) {
        long started = System.nanoTime();
        Instant snapshotAt = index == null ? Instant.EPOCH : index.snapshotAt();
        EventHistory.@Nullable Past past = ask(() -> history.past(userId, snapshotAt));
        Items items = past == null ? new Items(catalogView.state(), false) : latest();
        Set<Integer> seen = new HashSet<>();
        for (EventHistory.Touch touch : past == null ? List.<EventHistory.Touch>of() : past.touched()) {
            if (query.exclude().contains(touch.behavior())) {
                seen.add(touch.item());
            }
        }
        ItemFilter filter = ItemFilter.of(items.state, seen, query.excludeItems(), query.categories());
        Taste taste = index == null ? null : taste(userId, past, index);
        String lacking = past == null ? Recommendations.HISTORY : items.lacking();
        return record(answer(userId, query, index, taste, filter, lacking), started);
    }

    /** For somebody of whom only some events are known, and those are not kept. */
    Recommendations recommend(List<Basket.Touch> events, RecommendationQuery query) {
        long started = System.nanoTime();
        LiveIndex index = live.index();
        Items items = latest();
        Set<String> excluded = new HashSet<>(query.excludeItems());
        for (Basket.Touch touch : events) {
            if (query.exclude().contains(touch.behavior())) {
                excluded.add(touch.itemId());
            }
        }
        ItemFilter filter = ItemFilter.of(items.state, Set.of(), excluded, query.categories());
        Taste taste = index == null ? null : folded(index, Basket.rows(events, index));
        return record(answer(null, query, index, taste, filter, items.lacking()), started);
    }

    private interface Question<T> {
        @Nullable T ask();
    }

    /** Null when the database does not answer: better a page with a bought item on it than no page. */
    private <T> @Nullable T ask(Question<T> question) {
        if (live.databaseIsAway()) {
            countFallback("historyUnavailable");
            return null;
        }
        try {
            return question.ask();
        } catch (DataAccessException | TransactionException e) {
            log.debug("Answering without the database", e);
            live.databaseFailed();
            countFallback("historyUnavailable");
            return null;
        }
    }

    private Items atLeast(long change) {
        CatalogView.State state = ask(() -> catalogView.atLeast(change));
        return state == null ? new Items(catalogView.state(), false) : new Items(state, true);
    }

    private Items latest() {
        Long change = ask(catalog::lastChange);
        return change == null ? new Items(catalogView.state(), false) : atLeast(change);
    }

    /** Null when nothing is known. */
    private @Nullable Taste taste(String userId, EventHistory.@Nullable Past past, LiveIndex index) {
        boolean erased = index.erased(userId) || (past != null && past.erased());
        Integer row = erased ? null : index.userRow(userId);
        if (past != null && (row == null || past.newer())) {
            Taste folded = folded(index, Basket.rows(past.touched(), index));
            if (folded != null) {
                return folded;
            }
        }
        return row == null ? null : new Taste(Recommendations.Source.trained, index.userFactors(row));
    }

    private static @Nullable Taste folded(LiveIndex index, int[][] positives) {
        if (index.foldIn() == null) {
            return null;
        }
        float[] factors = index.foldIn().vector(positives);
        for (float factor : factors) {
            if (factor != 0) {
                return new Taste(Recommendations.Source.foldedIn, factors);
            }
        }
        return null;
    }

    private Recommendations answer(
            @Nullable String userId,
            RecommendationQuery query,
            @Nullable LiveIndex index,
            @Nullable Taste taste,
            ItemFilter filter,
            @Nullable String lacking) {
        Integer version = index == null ? null : index.version();
        if (index == null || taste == null || index.behavior(query.behavior()) < 0) {
            countFallback(index == null ? "noModel" : taste == null ? "unknownUser" : "behaviorNotTrained");
            return new Recommendations(
                    userId, version, Recommendations.Source.popular, popular(popular.count(), query, filter), lacking);
        }
        TopN.Ranked best = index.best(
                taste.factors,
                index.behavior(query.behavior()),
                row -> filter.allows(index.number(row), index.itemId(row)),
                query.offset() + query.limit());
        return new Recommendations(userId, version, taste.source, page(best, query, index), lacking);
    }

    private static List<Recommendations.ScoredItem> page(
            TopN.Ranked ranked, RecommendationQuery query, LiveIndex index) {
        List<Recommendations.ScoredItem> items = new ArrayList<>();
        for (int i = query.offset(); i < ranked.rows().length; i++) {
            items.add(new Recommendations.ScoredItem(index.itemId(ranked.rows()[i]), ranked.scores()[i]));
        }
        return items;
    }

    private static List<Recommendations.ScoredItem> popular(
            PopularItems.Count count, RecommendationQuery query, ItemFilter filter) {
        return count.items().stream()
                .filter(item -> filter.allows(item.item(), item.itemId()))
                .skip(query.offset())
                .limit(query.limit())
                .map(item -> new Recommendations.ScoredItem(item.itemId(), (float) item.score()))
                .toList();
    }

    /**
     * The same for everybody who asks the same.
     *
     * @param tag of all that it was made from; null when something was missing
     */
    record Shared<T>(T answer, @Nullable String tag) {}

    /** What most users touch. */
    Shared<Recommendations> popular(RecommendationQuery query) {
        LiveIndex index = live.index();
        Items items = latest();
        ItemFilter filter = ItemFilter.of(items.state, Set.of(), query.excludeItems(), query.categories());
        PopularItems.Count count = popular.count();
        Integer version = index == null ? null : index.version();
        Recommendations answer = new Recommendations(
                null, version, Recommendations.Source.popular, popular(count, query, filter), items.lacking());
        return new Shared<>(answer, items.current ? count.tag() + "-" + version + "-" + items.state.change() : null);
    }

    /**
     * Items that are liked by the same users as this one.
     *
     * @param modelVersion null before the first training
     * @param items the most similar first, with the cosine
     * @param degraded as in {@link Recommendations}
     */
    record Similar(
            String itemId,
            @Nullable Integer modelVersion,
            List<Recommendations.ScoredItem> items,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String degraded) {}

    Shared<Similar> similar(String itemId, RecommendationQuery query) {
        LiveIndex index = live.index();
        Items items = latest();
        Similar answer = similar(itemId, query, index, items);
        return new Shared<>(answer, items.current ? answer.modelVersion() + "-" + items.state.change() : null);
    }

    private static Similar similar(String itemId, RecommendationQuery query, @Nullable LiveIndex index, Items items) {
        Integer row = index == null ? null : index.itemRow(itemId);
        if (index == null || row == null) {
            return new Similar(itemId, index == null ? null : index.version(), List.of(), items.lacking());
        }
        ItemFilter filter = ItemFilter.of(items.state, Set.of(), query.excludeItems(), query.categories());
        TopN.Ranked ranked = index.similar(
                row, other -> filter.allows(index.number(other), index.itemId(other)), query.offset() + query.limit());
        return new Similar(itemId, index.version(), page(ranked, query, index), items.lacking());
    }

    private Recommendations record(Recommendations answer, long started) {
        Objects.requireNonNull(timers.get(answer.source())).record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
        return answer;
    }

    private void countFallback(String reason) {
        meters.counter("wholecart.fallback", "reason", reason).increment();
    }
}
