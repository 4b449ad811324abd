-- wrk: recommendations for users drawn at random; counts what was answered, and what without the database.
math.randomseed(os.time())
local users = tonumber(os.getenv("USERS") or "48749")
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  answered, failed, degraded = 0, 0, 0
end

function request()
  return wrk.format("GET", "/api/v1/users/u" .. math.random(0, users - 1) .. "/recommendations")
end

function response(status, headers, body)
  answered = answered + 1
  if status ~= 200 then failed = failed + 1 end
  if headers["X-Wholecart-Degraded"] then degraded = degraded + 1 end
end

function done(summary, latency, requests)
  local a, f, d = 0, 0, 0
  for _, thread in ipairs(threads) do
    a, f, d = a + thread:get("answered"), f + thread:get("failed"), d + thread:get("degraded")
  end
  local e = summary.errors
  io.write(string.format("%d answers, %d not 200, %d degraded, %d without an answer; p50 %.1f ms, p99 %.1f ms, longest %.1f ms\n",
    a, f, d, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
