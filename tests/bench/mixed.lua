-- What wrk sends to fill an audit log: requests of many tools, users and sessions, of which some are blocked. Ends with
-- the line of figures that preflight.lua ends with.
dofile((os.getenv("AIS_BENCH_HERE") or "tests/bench") .. "/preflight.lua")

local tools = { "python_exec", "bash", "get_weather", "search", "read_file", "write_file", "http_get", "sql_query" }
local sent = 0

function request()
  sent = sent + 1
  local tool = sent % 997 == 0 and "rare_tool" or tools[sent % #tools + 1]
  local note = sent % 4999 == 0 and "Xylophone \\u0062eads" or "an ordinary note about what is being done here"
  local body = string.format(
    '{"tool_name":"%s","tool_args":{"command":"ls -la /srv/data/%d","note":"%s\\nand a second line"},' ..
    '"context":"one of many calls","metadata":{"user_id":"user%d","session_id":"session-%d"}}',
    tool, sent, note, sent % 200, sent % 20000)
  return wrk.format("POST", "/api/v1/preflight", nil, body)
end
