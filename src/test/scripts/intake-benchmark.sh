#!/usr/bin/env bash
# How fast events go in and come out, beside plain psql and pgbench on the same server, in the same run.
# usage: as docs/performance.md says it
# Needs psql and pgbench. Works in a directory of its own and leaves nothing running.
set -euo pipefail
cd "$(dirname "$0")/../../.."
events=${1:-5000000}
work=$(mktemp -d /tmp/wholecart-bench.XXXXXX)
port=18080 pgport=15432
url=http://localhost:$port/api/v1
db="host=localhost port=$pgport user=postgres dbname=postgres"

java -Xmx256m --add-modules jdk.incubator.vector -jar target/wholecart.jar --server.port=$port \
    --wholecart.data-directory="$work/data" --wholecart.database-port=$pgport --wholecart.keys.admin=secret \
    --wholecart.training.schedule=- >"$work/log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null; wait $service 2>/dev/null || true; rm -rf "$work"' EXIT
until curl -fs http://localhost:$port/actuator/health/readiness >/dev/null; do
    kill -0 $service 2>/dev/null || { tail -20 "$work/log"; exit 1; }
    sleep 0.5
done

sql() { psql -qAtX -v ON_ERROR_STOP=1 "$db" "$@"; }
empty() { sql -c "TRUNCATE event, app_user, item" -c "UPDATE removal SET counter = counter + 1" -c CHECKPOINT >/dev/null; }
now() { date +%s.%N; }
since() { awk -v a="$(now)" -v b="$1" 'BEGIN { print a - b }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
per_second() { awk -v n="$1" -v s="$2" 'BEGIN { printf "%d", n / s }'; }

echo "== $events generated events, heap 256 MB"
sql -c "SELECT setseed(0.5)" -c "COPY (SELECT 'user' || (random() ^ 2 * 200000)::int AS \"userId\",
    'item' || (random() ^ 2 * 50000)::int AS \"itemId\",
    (ARRAY['view', 'view', 'view', 'cart', 'purchase'])[1 + floor(random() * 5)::int] AS behavior,
    to_char(now() AT TIME ZONE 'UTC' - random() * interval '60 days', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS \"occurredAt\"
    FROM generate_series(1, $events)) TO STDOUT (FORMAT csv, HEADER)" | tail -n +2 >"$work/events.csv"

by_hand() {
    psql -qX -v ON_ERROR_STOP=1 "$db" >/dev/null <<SQL
BEGIN;
CREATE TEMPORARY TABLE staged ("userId" text COLLATE "C", "itemId" text COLLATE "C", behavior text, "occurredAt" timestamptz) ON COMMIT DROP;
\copy staged FROM '$work/events.csv' (FORMAT csv, HEADER)
ANALYZE staged;
INSERT INTO app_user (external_id) SELECT DISTINCT "userId" FROM staged ON CONFLICT DO NOTHING;
INSERT INTO item (external_id) SELECT DISTINCT "itemId" FROM staged ON CONFLICT DO NOTHING;
INSERT INTO event (user_number, item_number, behavior, occurred_at)
SELECT u.number, i.number, b.number, s."occurredAt" FROM staged s JOIN app_user u ON u.external_id = s."userId"
JOIN item i ON i.external_id = s."itemId" JOIN behavior b ON b.name = s.behavior ON CONFLICT DO NOTHING;
COMMIT;
SQL
}

echo "== import"
for round in 1 2; do
    empty; start=$(now)
    curl -fsS -H 'Content-Type: text/csv' --data-binary @"$work/events.csv" $url/events/import; echo
    ours=$(since "$start")
    empty; start=$(now); by_hand
    theirs=$(since "$start")
    echo "import $(per_second "$events" "$ours") rows/s, COPY and merge by hand $(per_second "$events" "$theirs") rows/s: $(ratio "$theirs" "$ours")"
done

echo "== snapshot"
for round in 1 2 3; do
    start=$(now); sql -c "COPY (SELECT user_number, item_number, behavior, occurred_at FROM event) TO STDOUT (FORMAT binary)" >/dev/null
    theirs=$(since "$start")
    curl -fs -X DELETE -H 'X-API-Key: secret' $url/users/nobody-$round # so that the kept snapshot is not used
    run=$(curl -fsS -H 'X-API-Key: secret' -H 'Content-Type: application/json' $url/admin/training-runs \
        -d '{"factors":8,"iterations":1,"holdout":false}' | sed 's/.*"id":\([0-9]*\).*/\1/')
    until curl -fs -H 'X-API-Key: secret' $url/admin/training-runs/"$run" | grep -qE 'SUCCEEDED|FAILED'; do sleep 0.5; done
    ours=$(grep -o 'phase snapshot took [0-9]*' "$work/log" | tail -1 | awk '{ print $4 / 1000 }')
    echo "snapshot $(per_second "$events" "$ours") rows/s, COPY to nowhere $(per_second "$events" "$theirs") rows/s: $(ratio "$theirs" "$ours")"
done

echo "== batches of 500 over 4 connections"
cat >"$work/insert.sql" <<'SQL'
INSERT INTO event (user_number, item_number, behavior, occurred_at)
SELECT (random() ^ 2 * 200000)::int, (random() ^ 2 * 50000)::int, 1, now() - random() * interval '60 days'
FROM generate_series(1, 500) ON CONFLICT DO NOTHING;
SQL
classes=target/test-classes:target/classes:$(cat target/classpath)
post() { java -cp "$classes" io.wholecart.event.IntakeLoad $url "$1"; }
empty; post 15 >/dev/null # users and items are known from here on, as in a shop, and the JIT compiler is warm
for round in 1 2; do
    sql -c "TRUNCATE event" -c CHECKPOINT
    tps=$(PGPASSWORD='' pgbench -n -M prepared -c 4 -j 2 -T 15 -f "$work/insert.sql" -h localhost -p $pgport -U postgres postgres 2>/dev/null |
        sed -n 's/^tps = \([0-9.]*\).*/\1/p' | tail -1)
    theirs=$(awk -v t="$tps" 'BEGIN { print t * 500 }')
    sql -c "TRUNCATE event" -c CHECKPOINT
    post 15 >"$work/load"; cat "$work/load"
    ours=$(sed -n 's/^\([0-9]*\) events\/s.*/\1/p' "$work/load")
    echo "POST $ours rows/s, pgbench ${theirs%.*} rows/s: $(ratio "$ours" "$theirs")"
done
