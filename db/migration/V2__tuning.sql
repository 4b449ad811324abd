-- What a search for the best settings found, and each set of parameters that it tried.
ALTER TABLE training_run ADD COLUMN winner jsonb;
CREATE TABLE training_trial (
    run_id bigint  NOT NULL REFERENCES training_run ON DELETE CASCADE,
    number integer NOT NULL,
    trial  jsonb   NOT NULL,
    PRIMARY KEY (run_id, number)
);

-- Parameters of earlier runs, completed with what they meant.
UPDATE training_run
SET parameters = '{"popularityExponent": 0, "tolerance": 0, "warmStart": false,
                   "adagrad": {"learningRate": 0.05, "batchSize": 512, "transferPenalty": 0.0001,
                               "transfer": true, "multiTask": true},
                   "tuning": {"seconds": 600, "metric": "meanHitRatio@100", "factors": []}}'::jsonb || parameters;
