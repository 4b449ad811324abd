package io.wholecart.recommendation;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.catalog.Catalog;
import io.wholecart.event.EventHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
    private final EventHistory history;
    private final Catalog catalog;
    private final MeterRegistry meters;

    Recommender(LiveModel live, EventHistory history, Catalog catalog, MeterRegistry meters) {
        this.live = live;
        this.history = history;
        this.catalog = catalog;
        this.meters = meters;
    }

    /**
     * An answer and what it lacks.
     *
     * @param degraded true when the user's own history could not be read, so that nothing of it is left out
     */
    record Answer(Recommendations recommendations, boolean degraded) {}

    Answer recommend(RecommendationQuery query) {
        long started = System.nanoTime();
        LiveIndex index = live.index();
        if (index == null) {
            countFallback("noModel");
            return new Answer(
                    new Recommendations(query.userId(), null, Recommendations.Source.popular, List.of()), false);
        }
        BitSet excluded = new BitSet(index.items());
        EventHistory.@Nullable Past past = past(query, index);
        if (past != null) {
            index.mark(past.items(), excluded);
        }
        index.mark(live.unavailable(), excluded);
        index.mark(query.excludeItems(), excluded);
        keepCategories(query, index, excluded);
        boolean erased = past == null ? live.erased(query.userId()) : past.erased();
        Recommendations answer = answer(query, index, erased, excluded);
        meters.timer("wholecart.recommendation", "source", answer.source().name())
                .record(Duration.ofNanos(System.nanoTime() - started));
        return new Answer(answer, past == null);
    }

    /** Null when the database did not answer: better a page with a bought item on it than no page. */
    private EventHistory.@Nullable Past past(RecommendationQuery query, LiveIndex index) {
        try {
            return history.past(query.userId(), query.exclude(), index.snapshotAt());
        } catch (DataAccessException | TransactionException e) {
            log.debug("Answering without the user's history", e);
            countFallback("historyUnavailable");
            return null;
        }
    }

    private void keepCategories(RecommendationQuery query, LiveIndex index, BitSet excluded) {
        if (!query.categories().isEmpty()) {
            BitSet others = new BitSet(index.items());
            index.mark(catalog.inAnyOf(query.categories()), others);
            others.flip(0, index.items());
            excluded.or(others);
        }
    }

    private Recommendations answer(RecommendationQuery query, LiveIndex index, boolean erased, BitSet excluded) {
        Integer user = erased ? null : index.userRow(query.userId());
        int behavior = index.artifact().behaviors().indexOf(query.behavior());
        int wanted = query.offset() + query.limit();
        if (user == null || behavior < 0) {
            countFallback(index.version() == null ? "noModel" : user == null ? "unknownUser" : "behaviorNotTrained");
            return page(query, index, Recommendations.Source.popular, index.popular(excluded, wanted));
        }
        TopN.Ranked best = index.best(user, behavior, excluded, Math.min(wanted, Math.max(1, index.items())));
        return page(query, index, Recommendations.Source.trained, best);
    }

    private static Recommendations page(
            RecommendationQuery query, LiveIndex index, Recommendations.Source source, TopN.Ranked ranked) {
        List<Recommendations.ScoredItem> items = new ArrayList<>();
        for (int i = query.offset(); i < ranked.rows().length; i++) {
            items.add(new Recommendations.ScoredItem(index.itemId(ranked.rows()[i]), ranked.scores()[i]));
        }
        return new Recommendations(query.userId(), index.version(), source, items);
    }

    private void countFallback(String reason) {
        meters.counter("wholecart.fallback", "reason", reason).increment();
    }
}
