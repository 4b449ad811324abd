-- The time at which events are received and users erased is the database's, but never before a moment up to which a
-- snapshot has seen everything: so that "received since" stays true where the clock is set back.
CREATE TABLE received_floor (at timestamptz NOT NULL);
INSERT INTO received_floor
SELECT greatest(now(), (SELECT max(snapshot_at) FROM model), (SELECT max(snapshot_at) FROM training_run));

-- Not before the transaction's start either: see EventScan.settledUntil.
CREATE FUNCTION received_now() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT greatest(clock_timestamp(), now(), (SELECT at FROM received_floor))
$$;

-- A moment after all those before: what is received once this is committed is received at it or later.
CREATE FUNCTION received_mark() RETURNS timestamptz LANGUAGE sql AS $$
    UPDATE received_floor SET at = greatest(clock_timestamp(), at + interval '1 microsecond') RETURNING at
$$;

-- For nodes of an earlier release: ours ask once for a batch.
ALTER TABLE event ALTER COLUMN received_at SET DEFAULT received_now();

CREATE OR REPLACE FUNCTION store_events(
    known bigint, users integer[], items integer[], behaviors smallint[], micros bigint[])
RETURNS TABLE (stored_behavior smallint, stored bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(removal_lock());
    -- A month that moves out of the default partition must not do so between planning and inserting. The move keeps readers
    -- out of the whole table, which they lock first; and so do writers, lest they and a move wait for each other.
    LOCK TABLE ONLY event IN ROW EXCLUSIVE MODE;
    IF (SELECT counter FROM removal) <> known THEN
        RETURN QUERY SELECT NULL::smallint, 0::bigint;
        RETURN;
    END IF;
    RETURN QUERY
    WITH fresh AS (
        INSERT INTO event (user_number, item_number, behavior, occurred_at, received_at)
        SELECT u, i, b, timestamptz 'epoch' + t * interval '1 microsecond', (SELECT received_now())
        FROM unnest(users, items, behaviors, micros) AS e (u, i, b, t)
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING
        RETURNING behavior)
    SELECT behavior, count(*) FROM fresh GROUP BY behavior;
END $$;
