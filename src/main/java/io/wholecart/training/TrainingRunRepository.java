package io.wholecart.training;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

interface TrainingRunRepository extends JpaRepository<TrainingRun, Long> {

    List<TrainingRun> findTop100ByOrderByIdDesc();

    Optional<TrainingRun> findFirstByStatusIn(Collection<TrainingRun.Status> statuses);

    /**
     * A run that waits, or whose worker gave no sign of life for half a minute; locked for the caller alone. A sign of life
     * that is still to come is from before the database's clock was set back.
     */
    @Query(
            nativeQuery = true,
            value = "SELECT * FROM training_run WHERE status = 'QUEUED'"
                    + " OR (status = 'RUNNING' AND heartbeat_at NOT BETWEEN"
                    + " now() - interval '30 seconds' AND now() + interval '30 seconds')"
                    + " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
    Optional<TrainingRun> claimable();

    /** The run, locked, if this worker still has it. */
    @Query(
            nativeQuery = true,
            value = "SELECT * FROM training_run WHERE id = :id AND worker = :worker AND status = 'RUNNING' FOR UPDATE")
    Optional<TrainingRun> owned(long id, UUID worker);

    @Query(nativeQuery = true, value = "SELECT * FROM training_run WHERE id = :id FOR UPDATE")
    Optional<TrainingRun> locked(long id);

    @Query(
            nativeQuery = true,
            value = "SELECT * FROM training_run WHERE status = 'SUCCEEDED' AND winner IS NOT NULL AND gate IS NULL"
                    + " ORDER BY id DESC LIMIT 1")
    Optional<TrainingRun> lastTuned();

    /** How many runs in a row have gone on from the model before. */
    @Query(
            nativeQuery = true,
            value = "SELECT count(*) FROM training_run WHERE status = 'SUCCEEDED'"
                    + " AND (parameters ->> 'warmStart')::boolean AND id > coalesce((SELECT max(id) FROM training_run"
                    + " WHERE status = 'SUCCEEDED' AND NOT (parameters ->> 'warmStart')::boolean), 0)")
    int warmInARow();

    @Query("SELECT max(r.snapshotAt) FROM TrainingRun r WHERE r.status = 'SUCCEEDED'")
    Optional<Instant> lastSnapshot();

    @Query("SELECT max(r.snapshotAt) FROM TrainingRun r WHERE r.status = 'SUCCEEDED' AND r.winner IS NOT NULL")
    Optional<Instant> lastTunedSnapshot();

    /** Up to when events have had their run, whatever became of it. */
    @Query("SELECT max(coalesce(r.startedAt, r.createdAt)) FROM TrainingRun r")
    Optional<Instant> lastAttempt();
}
