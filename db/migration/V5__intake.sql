-- Raised whenever users, items or events are taken away: what a process remembers of them is good for one value of it.
CREATE SEQUENCE removal MINVALUE 0 START 0;
SELECT nextval('removal');

-- Users that asked to be forgotten, by the SHA-256 of their id: models that had learned them before must not know them.
CREATE TABLE erased_user (
    id_hash   bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- Events that a model has not seen were received at or after this time.
ALTER TABLE model ADD COLUMN snapshot_at timestamptz;
UPDATE model SET snapshot_at = coalesce(
    (SELECT r.snapshot_at FROM training_run r WHERE r.id = model.run_id), model.created_at);
ALTER TABLE model ALTER COLUMN snapshot_at SET NOT NULL;


-- Held by who writes events (shared) and by who takes users away (alone).
CREATE FUNCTION removal_lock() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 7234018283807667300 $$;

-- Stores a batch in one round trip and counts what is new of it by behavior. One row without a behavior where the
-- numbers were looked up before something was taken away. Inserts in the order of the key, so that two batches with the
-- same events wait for each other instead of deadlocking.
CREATE FUNCTION store_events(
    known bigint, users integer[], items integer[], behaviors smallint[], micros bigint[])
RETURNS TABLE (stored_behavior smallint, stored bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(removal_lock());
    IF (SELECT last_value FROM removal) <> known THEN
        RETURN QUERY SELECT NULL::smallint, 0::bigint;
        RETURN;
    END IF;
    RETURN QUERY
    WITH fresh AS (
        INSERT INTO event (user_number, item_number, behavior, occurred_at)
        SELECT u, i, b, timestamptz 'epoch' + t * interval '1 microsecond'
        FROM unnest(users, items, behaviors, micros) AS e (u, i, b, t)
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING
        RETURNING behavior)
    SELECT behavior, count(*) FROM fresh GROUP BY behavior;
END $$;
