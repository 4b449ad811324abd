-- Raised in every transaction that takes users, items or events away: what a process remembers of them is good for one
-- value of it.
CREATE TABLE removal (counter bigint NOT NULL);
INSERT INTO removal VALUES (0);

-- Users that asked to be forgotten, by the SHA-256 of their id: models that had learned them before must not know them.
CREATE TABLE erased_user (
    id_hash   bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erased_user_at ON erased_user (erased_at);

-- Events that a model has not seen were received at or after this time. The default is for trainers of an earlier release.
ALTER TABLE model ADD COLUMN snapshot_at timestamptz NOT NULL DEFAULT 'epoch';
UPDATE model SET snapshot_at = coalesce(
    (SELECT r.snapshot_at FROM training_run r WHERE r.id = model.run_id), model.created_at);

-- So far all events are in the default partition: months that are worth it get their own, in one pass. Later ones come
-- from the service.
DO $$
DECLARE
    month date;
BEGIN
    ALTER TABLE event DETACH PARTITION event_default;
    ALTER TABLE event_default RENAME TO event_before;
    CREATE TABLE event_default PARTITION OF event DEFAULT;
    FOR month IN
        SELECT date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date FROM event_before
        GROUP BY 1 HAVING count(*) >= 10000
    LOOP
        EXECUTE format(
            'CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
            to_char(month, 'YYYY_MM'), month || ' 00:00:00Z', (month + interval '1 month')::date || ' 00:00:00Z');
    END LOOP;
    INSERT INTO event SELECT * FROM event_before;
    DROP TABLE event_before;
END $$;

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
    -- A month that moves out of the default partition must not do so between planning and inserting.
    LOCK TABLE event_default IN ROW EXCLUSIVE MODE;
    IF (SELECT counter FROM removal) <> known THEN
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
