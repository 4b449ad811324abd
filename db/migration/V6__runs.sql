-- How long a run's phases took, and why its model was held back, where it was.
ALTER TABLE training_run ADD COLUMN timings jsonb NOT NULL DEFAULT '{}';
ALTER TABLE training_run ADD COLUMN gate text;
ALTER TABLE training_run DROP CONSTRAINT training_run_trigger_check;
ALTER TABLE training_run ADD CONSTRAINT training_run_trigger_check
    CHECK (trigger IN ('MANUAL', 'SCHEDULE', 'EVENTS', 'DEMO'));

-- A run's way, for curves: the loss after every iteration, and how a sample of the held-out items was ranked then.
CREATE TABLE training_iteration (
    run_id    bigint  NOT NULL REFERENCES training_run ON DELETE CASCADE,
    iteration integer NOT NULL,
    loss      double precision NOT NULL,
    metric    double precision,
    PRIMARY KEY (run_id, iteration)
);
