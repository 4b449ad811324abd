-- What a process remembers of users and items is good for one value of this: it is another one when something was taken away,
-- after each start of a server, and where the tables were made anew. A standby that takes its primary's place, and a backup, may
-- lack what was committed and seen.
CREATE FUNCTION removals() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT counter + (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint
        + 1000000000 * 'removal'::regclass::oid::bigint
    FROM removal
$$;

CREATE OR REPLACE FUNCTION store_events(
    known bigint, users integer[], items integer[], behaviors smallint[], micros bigint[])
RETURNS TABLE (stored_behavior smallint, stored bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(removal_lock());
    -- A month that moves out of the default partition must not do so between planning and inserting. The move keeps readers
    -- out of the whole table, which they lock first; and so do writers, lest they and a move wait for each other.
    LOCK TABLE ONLY event IN ROW EXCLUSIVE MODE;
    -- Nodes of an earlier release know the counter alone.
    IF known <> removals() AND known <> (SELECT counter FROM removal) THEN
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
