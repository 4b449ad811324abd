#!/usr/bin/env bash
# Two api nodes and two trainers on one PostgreSQL: progress seen on the other node, both serve a new version within two
# seconds and answer all the while; then the trainer that has a run is killed with -9 in each phase in turn, and the
# database is stopped for a minute during a run.
# usage: ./mvnw -DskipTests package && src/test/scripts/runs.sh DATA      (DATA: a folder like ../shared/data/taobao)
# Needs initdb and pg_ctl of a PostgreSQL 15 or later (PGBIN=their folder), and to be root or not to be.
set -euo pipefail
data=$(realpath "$1")
cd "$(dirname "$0")/../../.."
bin=${PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | tail -1)}
work=$(mktemp -d /tmp/wholecart-runs.XXXXXX); chmod 755 "$work"
pgport=15434 a=18084 b=18085
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
database() { as "$bin/pg_ctl" -s -w -D "$work/pg" -o "-p $pgport -k /tmp" -l "$work/pg.log" "$@"; }
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null || true; database -m immediate stop 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/pg"; [ "$(id -u)" != 0 ] || chown postgres "$work/pg" ; touch "$work/pg.log"; chmod 666 "$work/pg.log"
as "$bin/initdb" -D "$work/pg" -A trust -U postgres >/dev/null
database start
sql() { psql -qAtX "host=localhost port=$pgport user=postgres dbname=postgres" "$@"; }

node() { # name, port, role
    java --add-modules jdk.incubator.vector -Xmx1g -jar target/wholecart.jar --server.port="$2" --wholecart.roles="$3" \
        --spring.datasource.url=jdbc:postgresql://localhost:$pgport/postgres --spring.datasource.username=postgres \
        --wholecart.keys.admin=secret --wholecart.training.schedule=- >>"$work/$1.log" 2>&1 &
    echo $! >"$work/$1.pid"
}
ready() { until curl -fs "http://localhost:$1/actuator/health/readiness" >/dev/null; do sleep 0.5; done; }
admin() { curl -fsS -H 'X-API-Key: secret' -H 'Content-Type: application/json' "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" | head -1; }
request() { admin "http://localhost:$a/api/v1/admin/training-runs" -d "$1" | field id; }
run() { admin "http://localhost:$b/api/v1/admin/training-runs/$1"; }
end() { # waits for a run; prints how it ended and after how many claims
    while :; do
        state=$(run "$1" 2>/dev/null | grep -o '"status":"[A-Z]*"' | head -1) || true
        case $state in *SUCCEEDED* | *FAILED* | *CANCELED*) break ;; esac
        sleep 0.3
    done
    echo "run $1: $state, $(sql -c "SELECT attempts FROM training_run WHERE id = $1") claim(s)"
}
version() { curl -fs "http://localhost:$1/api/v1/users/17/recommendations" | field modelVersion; }

node a $a api; ready $a; node b $b api; ready $b
node t1 18086 trainer; node t2 18087 trainer; ready 18086; ready 18087
(echo userId,itemId,behavior; for k in view cart purchase; do
    [ ! -e "$data/$k.csv.gz" ] || zcat "$data/$k.csv.gz" | tail -n +2 | sed "s/$/,$k/"; done) |
    curl -fsS -H 'Content-Type: text/csv' --data-binary @- http://localhost:$a/api/v1/events/import; echo

echo "== a run asked for at A, watched at B, under load on both"
end "$(request '{"iterations":2,"factors":16,"holdout":false}')"
for port in $a $b; do
    (while [ ! -e "$work/stop" ]; do
        curl -s -m 5 -o /dev/null -w '%{http_code}\n' "http://localhost:$port/api/v1/users/17/recommendations"
    done >"$work/load.$port") &
done
id=$(request '{"iterations":20,"holdout":false}')
timeout 120 curl -sN -H 'X-API-Key: secret' "http://localhost:$b/api/v1/admin/training-runs/$id/progress" >"$work/stream"
published=$(date +%s%N); new=$(run "$id" | field modelVersion)
for port in $a $b; do until [ "$(version $port)" = "$new" ]; do sleep 0.05; done; done
echo "run $id: $(grep -c '^event:progress' "$work/stream") events in B's stream; A and B serve version $new $((($(date +%s%N) - published) / 1000000)) ms after the stream's end"
touch "$work/stop"; sleep 1
cat "$work"/load.* | sort | uniq -c | awk '{ print "answers with status " $2 ": " $1 }'

echo "== the trainer that has the run is killed in each phase"
log_of() { grep -l "Training run $1 starts" "$work"/t1.log "$work"/t2.log | head -1; }
since_start() { sed -n "/Training run $1 starts/,\$p" "$2" | grep -q "$3"; }
while read -r phase line; do # a phase has begun when the log has this line
    id=$(request '{"iterations":30,"factors":96}')
    until log=$(log_of "$id") && [ -n "$log" ] && since_start "$id" "$log" "$line"; do :; done
    victim=$(basename "$log" .log)
    kill -9 "$(cat "$work/$victim.pid")"
    echo "killed $victim in phase $phase: run is $(sql -c "SELECT status FROM training_run WHERE id = $id")"
    end "$id"
    if [ "$victim" = t1 ]; then node t1 18086 trainer; ready 18086; else node t2 18087 trainer; ready 18087; fi
done <<'PHASES'
snapshot starts
split phase snapshot took
solve Iteration 10 of
evaluate phase solve took
gate phase evaluate took
publish phase gate took
PHASES
echo "chunks without a model: $(sql -c "SELECT count(*) FROM model_chunk c WHERE NOT EXISTS (SELECT FROM model m WHERE m.version = c.version)"), runs under way: $(sql -c "SELECT count(*) FROM training_run WHERE status IN ('QUEUED', 'RUNNING')")"

echo "== the database is away for a minute during a run"
id=$(request '{"iterations":60,"factors":96}'); sleep 3
database -m immediate stop
for _ in $(seq 20); do # a minute
    curl -s -m 10 -o /dev/null -w '%{http_code}\n' "http://localhost:$a/api/v1/users/17/recommendations"; sleep 3
done | sort | uniq -c | awk '{ print "answers with status " $2 " meanwhile: " $1 }'
database start
end "$id"
