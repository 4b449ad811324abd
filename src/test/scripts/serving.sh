#!/usr/bin/env bash
# Recommendations under load, with models swapped, and with the database stopped. Needs wrk and PostgreSQL's server tools.
#   src/test/scripts/serving.sh DATA [SECONDS] [SECONDS AWAY]
# DATA is a folder with cart.csv.gz and purchase.csv.gz of lines user,item (numbers). Build the jar first.
set -euo pipefail
data=$1
seconds=${2:-600}
away=${3:-300}
root=$(cd "$(dirname "$0")/../../.." && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
work=$(mktemp -d)
chmod 755 "$work"
port=5599
base=http://localhost:8199
owner=$([ "$(id -u)" = 0 ] && echo postgres || id -un)
as() { if [ "$(id -u)" = 0 ]; then su "$owner" -s /bin/sh -c "$*"; else sh -c "$*"; fi; }
pg="$work/pg"
install -d -o "$owner" "$pg"
as "$bin/initdb -D $pg -A trust -U postgres" >/dev/null
pg_start() { as "$bin/pg_ctl -D $pg -w -o '-p $port -c unix_socket_directories=$pg' -l $pg/log start" >/dev/null; }
pg_start
java --add-modules jdk.incubator.vector -Xmx1g -jar "$root/target/wholecart.jar" --server.port=8199 \
  --spring.datasource.url=jdbc:postgresql://localhost:$port/postgres --spring.datasource.username=postgres \
  --wholecart.keys.admin=k --wholecart.training.schedule=- >"$work/service.log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null; as "$bin/pg_ctl -D $pg -m immediate stop" >/dev/null 2>&1; echo "log: $work/service.log"' EXIT
until curl -sf $base/actuator/health/readiness >/dev/null; do sleep 0.5; done
(echo userId,itemId,behavior
 for behavior in cart purchase; do
   zcat "$data/$behavior.csv.gz" | tail -n +2 | awk -F, -v b=$behavior '{print "u"$1",i"$2","b}'
 done) | curl -sf -H 'X-API-Key: k' -H 'Content-Type: text/csv' --data-binary @- $base/api/v1/events/import
echo
train() {
  at=$(curl -sf -XPOST -H 'X-API-Key: k' -D - -o /dev/null $base/api/v1/admin/training-runs | tr -d '\r' | awk 'tolower($1)=="location:"{print $2}')
  case $at in http*) ;; *) at=$base$at ;; esac
  until curl -sf -H 'X-API-Key: k' "$at" | grep -qE '"status":"(SUCCEEDED|FAILED)"'; do sleep 1; done
}
train
train
heap() {
  jcmd $service GC.run >/dev/null
  curl -sf $base/actuator/prometheus | awk '/^jvm_memory_used_bytes.*area="heap"/{s+=$NF} END{printf "heap after a collection: %.0f MiB\n", s/1048576}'
}
load() { wrk -t1 -c"$1" -d"$2"s -s "$root/src/test/scripts/serving.lua" $base | grep -E 'answers|Requests/sec'; }
echo "warming up"
load 8 60
heap
echo "$seconds s of load, five swaps of the model"
(for version in 1 2 1 2 1; do
   sleep $((seconds / 6))
   curl -sf -o /dev/null -XPOST -H 'X-API-Key: k' $base/api/v1/admin/models/$version/activate
 done) &
load 2 "$seconds"
heap
echo "the database stopped for $away s"
as "$bin/pg_ctl -D $pg -m immediate stop" >/dev/null
load 2 "$away"
pg_start
started=$(date +%s%N)
while curl -s -D - -o /dev/null "$base/api/v1/users/u1/recommendations" | grep -qi degraded; do sleep 0.1; done
echo "full answers $(( ($(date +%s%N) - started) / 1000000 )) ms after it was started again"
load 2 10
heap
