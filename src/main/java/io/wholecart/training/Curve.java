package io.wholecart.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** What each run had reached after every iteration, as rows beside it. */
@Component
class Curve {

    private final JdbcTemplate jdbc;

    Curve(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Where a run stood after an iteration.
     *
     * @param metric the gate's metric over a sample of the held-out items; null where nothing is held out
     */
    record Point(
            int iteration,
            double loss,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double metric) {}

    /**
     * Keeps points one after the other, if this worker still has the run; what could not be kept stays in the queue. With a
     * first iteration the curve begins anew: a card may have failed in the middle of the run.
     */
    synchronized void keep(long run, UUID worker, Queue<Point> points) {
        for (Point point = points.peek(); point != null; point = points.peek()) {
            if (point.iteration == 1) {
                jdbc.update(
                        "DELETE FROM training_iteration WHERE run_id = (SELECT id FROM training_run"
                                + " WHERE id = ? AND worker = ? AND status = 'RUNNING')",
                        run,
                        worker);
            }
            jdbc.update(
                    "INSERT INTO training_iteration (run_id, iteration, loss, metric) SELECT id, ?, ?, ? FROM training_run"
                            + " WHERE id = ? AND worker = ? AND status = 'RUNNING'"
                            + " ON CONFLICT (run_id, iteration) DO UPDATE SET loss = excluded.loss, metric = excluded.metric",
                    point.iteration,
                    point.loss,
                    point.metric,
                    run,
                    worker);
            points.remove();
        }
    }

    /** Forgets those of a worker that died with the run. */
    void clear(long run) {
        jdbc.update("DELETE FROM training_iteration WHERE run_id = ?", run);
    }

    List<Point> of(long run) {
        return jdbc.query(
                "SELECT iteration, loss, metric FROM training_iteration WHERE run_id = ? ORDER BY iteration",
                (row, number) -> new Point(row.getInt(1), row.getDouble(2), row.getObject(3, Double.class)),
                run);
    }
}
