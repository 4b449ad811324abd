#!/usr/bin/env bash
# Kills the service with -9 at random moments under load, 25 times, and looks whether every acknowledged event is there, once.
# usage: ./mvnw -DskipTests package && src/test/scripts/kill-intake.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/../../.."
times=${1:-25}
work=$(mktemp -d /tmp/wholecart-kill.XXXXXX)
port=18081
url=http://localhost:$port/api/v1
service=
trap 'kill $service 2>/dev/null; wait 2>/dev/null || true; rm -rf "$work"' EXIT

start() {
    java --add-modules jdk.incubator.vector -jar target/wholecart.jar --server.port=$port \
        --wholecart.data-directory="$work/data" --wholecart.keys.admin=secret --wholecart.training.schedule=- \
        >>"$work/log" 2>&1 &
    service=$!
    until curl -fs http://localhost:$port/actuator/health/readiness >/dev/null; do
        kill -0 $service 2>/dev/null || { tail -20 "$work/log"; exit 1; }
        sleep 0.2
    done
}

# One caller: batches of 50 for a user of its own, the same one again until it is acknowledged; notes what was.
caller() {
    local batch=0 body
    while [ ! -e "$work/stop" ]; do
        body=$(seq $((batch * 50)) $((batch * 50 + 49)) | awk -v u="user$1" 'BEGIN { printf "[" } {
            printf "%s{\"userId\":\"%s\",\"itemId\":\"item%d\",\"behavior\":\"view\",\"occurredAt\":\"2026-05-04T10:00:00Z\"}",
                (NR > 1 ? "," : ""), u, $1 } END { printf "]" }')
        if curl -fs -m 10 -o /dev/null -H 'Content-Type: application/json' -d "$body" $url/events; then
            batch=$((batch + 1))
            echo $batch >"$work/acknowledged.$1"
        else
            sleep 0.05
        fi
    done
}

start
for c in 1 2 3 4; do caller $c & done
for round in $(seq "$times"); do
    sleep "$(awk -v s=$RANDOM 'BEGIN { printf "%.2f", 0.3 + s / 32768 * 2 }')"
    kill -9 $service
    wait $service 2>/dev/null || true
    start
    echo "killed and started again: $round of $times"
done
touch "$work/stop"; sleep 1

failed=0
for c in 1 2 3 4; do
    batches=$(cat "$work/acknowledged.$c")
    cursor= stored=0
    : >"$work/items"
    while :; do
        page=$(curl -fs "$url/users/user$c/events?limit=1000$cursor")
        echo "$page" | grep -o '"itemId":"item[0-9]*"' >>"$work/items" || true
        next=$(echo "$page" | sed -n 's/.*"next":"\([^"]*\)".*/\1/p')
        [ -n "$next" ] || break
        cursor="&cursor=$next"
    done
    stored=$(wc -l <"$work/items")
    distinct=$(sort -u "$work/items" | wc -l)
    missing=$(seq 0 $((batches * 50 - 1)) | sed 's/.*/"itemId":"item&"/' | sort | comm -23 - <(sort -u "$work/items") | wc -l)
    echo "caller $c: $((batches * 50)) acknowledged, $stored stored, $missing missing, $((stored - distinct)) twice"
    [ "$missing" = 0 ] && [ "$stored" = "$distinct" ] || failed=1
done
[ $failed = 0 ] && echo "every acknowledged event is there, none twice"
exit $failed
