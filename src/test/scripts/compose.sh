#!/usr/bin/env bash
# The whole service under docker compose, from nothing: start, the README's tour, a trainer killed in the middle of a run, a
# second api node, a stop under load. Leaves nothing behind but the image.
# usage: src/test/scripts/compose.sh           builds the image as docker compose does
#        SKIP_BUILD=1 src/test/scripts/compose.sh      takes the image wholecart that is there
# Needs docker, docker compose (or docker-compose) and curl.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d /tmp/wholecart-compose.XXXXXX)
export COMPOSE_PROJECT_NAME=wholecart-smoke POSTGRES_PASSWORD=$RANDOM$RANDOM WHOLECART_KEYS_ADMIN=$RANDOM$RANDOM
export WHOLECART_PORTS=18080-18081 WHOLECART_KEYS_INGEST= WHOLECART_KEYS_READ= WHOLECART_DEMO=true WHOLECART_ADDRESS=127.0.0.1
if docker compose version >/dev/null 2>&1; then compose="docker compose"; else compose=docker-compose; fi
trap '$compose logs --no-color >"$work/log" 2>&1 || true; $compose down -v >/dev/null 2>&1; echo "log: $work/log"' EXIT

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
await() { # seconds, what, a command that succeeds one day
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || fail "$what"; sleep 0.3; done
}
id() { $compose ps -q "$1" | sed -n "${2:-1}p"; }
port() { docker port "$(id api "$1")" 8080 | head -1 | sed 's/.*://'; }
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }
millis() { date +%s%3N; }
get() { curl -sf --max-time 30 "$@"; }
admin() { get -H "X-API-Key: $WHOLECART_KEYS_ADMIN" "$@"; }
status() { admin "$W/admin/training-runs/$1" | grep -o '"status":"[A-Z]*"' | cut -d'"' -f4; }
is() { [ "$(status "$1")" = "$2" ]; }

if POSTGRES_PASSWORD= $compose config -q 2>"$work/message"; then fail "started without a password"; fi
tr -d '\n' <"$work/message" | grep -q 'copy .env.example' || fail "no clear word on the missing password"
say "without POSTGRES_PASSWORD: $(grep -o 'is not set.*' "$work/message" | head -1)"

[ -n "${SKIP_BUILD:-}" ] || $compose build >"$work/build" 2>&1 || fail "the build: $work/build"
say "image: $(docker image inspect -f '{{.Size}}' wholecart | awk '{print int($1 / 1e6)}') MB with its base"
docker run --rm --read-only wholecart >"$work/none" 2>&1 && fail "started without a database"
grep -q 'Name a PostgreSQL' "$work/none" || fail "no clear word on the missing database"

begin=$(millis)
$compose up -d >"$work/up" 2>&1 || { cat "$work/up"; fail up; }
await 180 "api is not healthy" healthy "$(id api)"
await 180 "trainer is not healthy" healthy "$(id trainer)"
W=http://localhost:$(port 1)/api/v1
say "up from nothing in $((($(millis) - begin) / 1000)) s; $(docker logs "$(id api)" 2>&1 | grep -o 'Started Wholecart.*')"
[ "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}' "$(id api)")" = "true 10001:10001" ] || fail "not read-only, or root"
curl -s -o /dev/null -w '%{http_code}' "http://localhost:$(port 1)/actuator/prometheus" | grep -q 404 || fail "metrics on the public port"

await 180 "no model" sh -c "curl -sf '$W/users/shopper-0042/recommendations?limit=5' | grep -q '\"source\":\"trained\"'"
say "the tour"
ITEM=$(get "$W/users/shopper-0042/recommendations?limit=1" | grep -o '"itemId":"[^"]*"' | cut -d'"' -f4)
get "$W/users/shopper-0042/events?limit=5" | grep -q '"behavior"' || fail events
get "$W/items/$ITEM" | grep -q categories || fail item
get "$W/users/shopper-0042/recommendations/$ITEM/explanation" | grep -q '"score"' || fail explanation
get "$W/users/shopper-0042/recommendations?limit=3&category=Gaming" | grep -q itemId || fail category
get "$W/users/somebody-new/recommendations?limit=3" | grep -q '"source":"popular"' || fail popular
get "$W/items/$ITEM/similar?limit=3" | grep -q itemId || fail similar
get -H 'Content-Type: application/json' "$W/recommendations" -d '{"events":[{"itemId":"'"$ITEM"'","behavior":"cart"}],"limit":3}' | grep -q foldedIn || fail anonymous
get -H 'Content-Type: application/json' "$W/events" -d '{"userId":"shopper-0042","itemId":"'"$ITEM"'","behavior":"purchase"}' | grep -q '"accepted":1' || fail intake
get "$W/users/shopper-0042/recommendations?limit=5" | grep -q "\"$ITEM\"" && fail "what was bought is still recommended"
[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$W/admin/training-runs")" = 401 ] || fail "a run without a key"

say "a trainer is killed"
admin -X POST -H 'Content-Type: application/json' "$W/admin/training-runs" -d '{"solver":"adagrad","iterations":100}' >/dev/null
await 60 "the run does not start" is 2 RUNNING
sleep 2
docker kill "$(id trainer)" >/dev/null
is 2 RUNNING || fail "the run ended before its trainer was killed"
docker start "$(id trainer)" >/dev/null
await 240 "the run is not taken up" sh -c "docker logs $(id trainer) 2>&1 | grep -c 'Training run 2 starts' | grep -q 2"
await 300 "the run does not end" is 2 SUCCEEDED
say "taken up and ended: model $(admin "$W/admin/training-runs/2" | grep -o '"modelVersion":[0-9]*')"

say "a second api node"
$compose up -d --no-recreate --scale api=2 >"$work/up2" 2>&1 || { cat "$work/up2"; fail scale; }
await 120 "the second api node is not healthy" healthy "$(id api 2)"
a=$(port 1) b=$(port 2)
get -H 'Content-Type: application/json' "localhost:$a/api/v1/events" -d '{"userId":"two-nodes","itemId":"'"$ITEM"'","behavior":"purchase"}' >/dev/null
await 10 "the second node does not know of the event" sh -c "curl -sf localhost:$b/api/v1/users/two-nodes/recommendations | grep -q foldedIn"
say "ports $a and $b; an event on one is known to the other"

say "a node stops under load"
load() { # asks one node, and the other when there is no answer; prints whatever is not right in the end
  local n=0 code path
  while [ ! -e "$work/enough" ]; do
    path=api/v1/users/shopper-000$((n % 9))/recommendations
    # Refused, or cut before an answer: Docker's proxy takes connections for a node that refuses them.
    code=$(curl -s -o /dev/null --max-time 20 -w '%{http_code}' "localhost:$b/$path") || {
      case $? in 7 | 52 | 56) ;; *) echo "curl failed otherwise" ;; esac
      code=$(curl -s -o /dev/null --max-time 20 -w '%{http_code}' "localhost:$a/$path") || echo "no node"
      echo retried >>"$work/retried.$1"
    }
    [ "$code" = 200 ] || echo "status $code"
    n=$((n + 1))
    echo $n >"$work/count.$1"
  done
}
slow() { # an import that is under way when the node is told to stop: 200 lines in about eight seconds
  (echo userId,itemId,behavior; for i in $(seq 200); do echo "slow-$i,$ITEM,view"; sleep 0.04; done) |
    curl -s --max-time 60 -H 'Content-Type: text/csv' -X POST -T - "localhost:$b/api/v1/events/import"
}
for i in 1 2 3 4; do load $i >"$work/bad.$i" & done
slow >"$work/slow" &
sleep 4
before=$(millis)
docker stop -t 60 "$(id api 2)" >/dev/null
took=$(($(millis) - before))
sleep 2
touch "$work/enough"
wait
bad=$(cat "$work"/bad.* | sort | uniq -c)
say "stopped in $took ms; $(cat "$work"/count.* | paste -sd+ | bc) requests, $(cat "$work"/retried.* 2>/dev/null | wc -l) of them retried elsewhere; failed: ${bad:-none}"
[ -z "$bad" ] || fail "a client that retries got no answer"
grep -q '"accepted":200' "$work/slow" || fail "the import that was under way was cut off: $(cat "$work/slow")"
say "the import that was under way was taken in: $(cat "$work/slow" | cut -c1-60)"
docker logs "$($compose ps -aq api 2>/dev/null | tail -1)" 2>&1 | grep -q 'Graceful shutdown complete' || fail "no graceful shutdown"

for c in $($compose ps -q); do docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' "$c"; done
say "all well"
