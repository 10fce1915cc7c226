-- One request again and again: wrk sends a constant without running Lua for it. At the end one line of JSON.
wrk.method = "POST"
wrk.path = "/api/v1/preflight"
wrk.body = os.getenv("AIS_BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("AIS_BENCH_KEY")

-- Milliseconds between an answer and the next request of its connection; without, wrk does not ask.
if os.getenv("AIS_BENCH_PAUSE_MS") then
    function delay()
        return tonumber(os.getenv("AIS_BENCH_PAUSE_MS"))
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"duration_us":%d,"p50_us":%.1f,"p90_us":%.1f,"p99_us":%.1f,"max_us":%.1f,"errors":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
        latency.max, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
