#!/bin/bash
# Runs the service once, on the demo shop, and records what a start loads and links: /app/wholecart.aot (JEP 483, 514).
# The embedded PostgreSQL stands in a process of its own, since the cache holds for one class path only.
set -euo pipefail
ready() { # the process, its management port
  until /app/health "$2" 2>/dev/null; do
    kill -0 "$1"
    sleep 0.2
  done
}
get() { # a path of the API; its answer in one line
  exec 4<>/dev/tcp/127.0.0.1/8080
  printf 'GET /api/v1%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&4
  tr -d '\n' <&4
  exec 4>&-
}

java -cp '/app/wholecart.jar:/embedded/lib/*' io.wholecart.WholecartApplication --wholecart.embedded-database=true \
  --wholecart.data-directory=/tmp/data --wholecart.database-port=5432 --wholecart.roles=api --server.port=8081 \
  --management.server.port=9091 &
database=$!
ready $database 9091

java -XX:AOTCacheOutput=/app/wholecart.aot @/app/java.options -jar /app/wholecart.jar \
  --spring.datasource.url=jdbc:postgresql://localhost:5432/postgres --spring.datasource.username=postgres \
  --wholecart.demo=true &
service=$!
ready $service 9090
until get '/users/shopper-0042/recommendations?limit=5' | grep -q '"source":"trained"'; do
  kill -0 $service
  sleep 0.5
done
get /items/popular >/dev/null
get /users/somebody-new/recommendations >/dev/null
kill $service
wait $service || true # 143: the signal
kill $database
wait $database || true
rm -rf /tmp/data
test -s /app/wholecart.aot
