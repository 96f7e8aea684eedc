-- Calls of one kind for wrk: `-- KIND RUN`, where no two calls of a run are the same.
-- KIND: read and write of protocol 2026-07-28, whose headers tell a proxy what the body asks for; legacy is a read of 2025-11-25.

local MODERN, LEGACY = "2026-07-28", "2025-11-25"
local CLIENT = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},'
  .. '"io.modelcontextprotocol/clientInfo":{"name":"load","version":"0"}}'
local READ = '{"name":"akamai_papi_get_property","arguments":{"propertyId":"prp_%s","contractId":"ctr_1","groupId":"grp_1"}}'
local WRITE = '{"name":"akamai_netlists_post_network_lists","arguments":{"body":{"name":"%s","type":"IP","list":["192.0.2.7"]}}}'

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("id", #threads)
end

function init(args)
  kind, run = args[1], args[2]
  number, answered, refused, broken = 0, 0, 0, 0
  tool = kind == "write" and "akamai_write" or "akamai_read"
  headers = {
    ["Content-Type"] = "application/json",
    ["Accept"] = "application/json, text/event-stream",
    ["MCP-Protocol-Version"] = kind == "legacy" and LEGACY or MODERN,
  }
  if kind ~= "legacy" then
    headers["Mcp-Method"], headers["Mcp-Name"] = "tools/call", tool
  end
end

function request()
  number = number + 1
  local unique = string.format("%s-%d-%d", run, id, number)
  local arguments = string.format(kind == "write" and WRITE or READ, unique)
  local meta = kind == "legacy" and "" or "," .. CLIENT
  local params = string.format('{"name":"%s","arguments":%s%s}', tool, arguments, meta)
  local body = string.format('{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}', number, params)
  return wrk.format("POST", nil, headers, body)
end

-- An answer of Akamai, or no success: a status of the proxy's, or a failure that a tool tells.
function response(status, _, body)
  if status ~= 200 then
    broken = broken + 1
  elseif body:find('"structuredContent":{"status":20', 1, true) then
    answered = answered + 1
  else
    refused = refused + 1
  end
end

local function total(name)
  local sum = 0
  for _, thread in ipairs(threads) do
    sum = sum + thread:get(name)
  end
  return sum
end

function done(summary, latency)
  local lost = summary.errors
  print(string.format(
    '{"answered":%d,"refused":%d,"broken":%d,"cut_off":%d,"seconds":%.3f,"p50_ms":%.2f,"p99_ms":%.2f}',
    total("answered"), total("refused"), total("broken"), lost.connect + lost.read + lost.write + lost.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
