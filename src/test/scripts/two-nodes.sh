#!/usr/bin/env bash
# Two nodes on one database take the same 100,000 new users and items at once: one row for each, and no error.
# usage: ./mvnw -DskipTests package && src/test/scripts/two-nodes.sh
# Needs psql.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d /tmp/wholecart-nodes.XXXXXX)
pgport=15433
options="--wholecart.keys.admin=secret --wholecart.training.schedule=-"
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null || true; rm -rf "$work"' EXIT
sql() { psql -qAtX -v ON_ERROR_STOP=1 "host=localhost port=$pgport user=postgres dbname=postgres" "$@"; }
ready() { until curl -fs "http://localhost:$1/actuator/health/readiness" >/dev/null; do sleep 0.5; done; }

java -jar target/wholecart.jar --server.port=18082 --wholecart.data-directory="$work/data" \
    --wholecart.database-port=$pgport $options >"$work/a.log" 2>&1 &
ready 18082
java -jar target/wholecart.jar --server.port=18083 --wholecart.roles=api --spring.datasource.username=postgres \
    --spring.datasource.url=jdbc:postgresql://localhost:$pgport/postgres $options >"$work/b.log" 2>&1 &
ready 18083

mkdir "$work/batches"
seq 100000 | shuf | awk -v dir="$work/batches" '{
    file = dir "/" int((NR - 1) / 500)
    printf "%s{\"userId\":\"u%d\",\"itemId\":\"i%d\",\"behavior\":\"view\",\"occurredAt\":\"2026-05-04T10:00:00Z\"}",
        ((NR - 1) % 500 ? "," : "["), $1, $1 > file
    if (NR % 500 == 0) { printf "]" > file; close(file) }
}'
send() { # every batch to this node, four at a time; prints the statuses
    ls "$work"/batches/* | xargs -P 4 -I{} curl -s -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' \
        -d @{} "http://localhost:$1/api/v1/events" | sort | uniq -c
}
send 18082 >"$work/a" & first=$!
send 18083 >"$work/b"
wait $first
echo "node A answered:" $(cat "$work/a")", node B:" $(cat "$work/b")
counts=$(sql -c "SELECT (SELECT count(*) FROM app_user), (SELECT count(*) FROM item), (SELECT count(*) FROM event)")
echo "users|items|events: $counts; errors in the logs: $(cat "$work"/*.log | grep -c ' ERROR ' || true)"
[ "$counts" = "100000|100000|100000" ] && [ "$(cat "$work/a" "$work/b" | awk '$2 != 200' | wc -l)" = 0 ]
