package io.wholecart.training;

import io.wholecart.experiment.Trial;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** The trials of tuning runs, as rows beside them. */
@Component
class Trials {

    private final JdbcTemplate jdbc;
    private final JsonMapper json;

    Trials(JdbcTemplate jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** Keeps a trial, if this worker still has the run. */
    void add(long run, UUID worker, Trial trial) {
        jdbc.update(
                "INSERT INTO training_trial (run_id, number, trial) SELECT id, ?, ?::jsonb FROM training_run"
                        + " WHERE id = ? AND worker = ? AND status = 'RUNNING'",
                trial.number(),
                json.writeValueAsString(trial),
                run,
                worker);
    }

    /** Forgets those of a worker that died with the run. */
    void clear(long run) {
        jdbc.update("DELETE FROM training_trial WHERE run_id = ?", run);
    }

    List<Trial> of(long run) {
        return jdbc.query(
                "SELECT trial FROM training_trial WHERE run_id = ? ORDER BY number",
                (row, number) -> json.readValue(row.getString(1), Trial.class),
                run);
    }
}
