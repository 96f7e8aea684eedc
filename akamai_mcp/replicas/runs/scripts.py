"""Scripts that Redis runs over the hash of one run, each as a whole. `until` is the end of the holder's lease, in milliseconds.

A hash has `run`, `status`, `stop`, `holder`, `until`, for each change `c:N` and its state `s:N`, and the `bytes` of its content.
"""

from __future__ import annotations

from typing import Final

_NOW: Final = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function held() return (tonumber(redis.call('HGET', KEYS[1], 'until') or '0')) > now end
local function mine(who) return redis.call('HGET', KEYS[1], 'holder') == who and held() end
local function mark_unknown()
  for _, f in ipairs(redis.call('HKEYS', KEYS[1])) do
    if f:sub(1, 2) == 's:' and redis.call('HGET', KEYS[1], f) == 'intended' then redis.call('HSET', KEYS[1], f, 'unknown') end
  end
end
local function put(f, v)
  redis.call('HINCRBY', KEYS[1], 'bytes', #v - redis.call('HSTRLEN', KEYS[1], f))
  redis.call('HSET', KEYS[1], f, v)
end
local function is_over(s) return s == 'ended' or s == 'failed' or s == 'stopped' end
local function obey_stop()
  local s = redis.call('HGET', KEYS[1], 'status')
  if redis.call('HGET', KEYS[1], 'stop') == '1' and (s == 'asks' or s == 'paused') then
    redis.call('HSET', KEYS[1], 'status', 'stopped')
  end
end
"""
# who, lease, keep, run, status
BEGIN: Final = (
    _NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('HGET', KEYS[1], 'run') == ARGV[4] and 1 or 0 end
put('run', ARGV[4])
redis.call('HSET', KEYS[1], 'status', ARGV[5], 'stop', '0', 'holder', ARGV[1], 'until', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
)
SAVE: Final = (
    _NOW
    + """
if not mine(ARGV[1]) then return 0 end
put('run', ARGV[4])
redis.call('HSET', KEYS[1], 'status', ARGV[5], 'until', ARGV[5] == 'running' and now + ARGV[2] or 0)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
obey_stop()
return 1
"""
)
# who, lease
CLAIM: Final = (
    _NOW
    + """
local s = redis.call('HGET', KEYS[1], 'status')
if not s then return 0 end
if is_over(s) then return 1 end
if held() then return 2 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', now + ARGV[2])
mark_unknown()
return 1
"""
)
# who, lease, number, change
INTEND: Final = (
    _NOW
    + """
if not mine(ARGV[1]) or redis.call('HGET', KEYS[1], 'stop') == '1' then return 0 end
put('c:' .. ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], 's:' .. ARGV[3], 'intended', 'until', now + ARGV[2])
return 1
"""
)
# number, change, state
SETTLE: Final = (
    _NOW
    + """
put('c:' .. ARGV[1], ARGV[2])
return redis.call('HSET', KEYS[1], 's:' .. ARGV[1], ARGV[3])
"""
)
# who, lease
RENEW: Final = _NOW + "if mine(ARGV[1]) then redis.call('HSET', KEYS[1], 'until', now + ARGV[2]) return 1 end return 0"
# who
ABANDON: Final = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
mark_unknown()
redis.call('HSET', KEYS[1], 'until', 0)
if redis.call('HGET', KEYS[1], 'status') == 'running' then redis.call('HSET', KEYS[1], 'status', 'paused') end
obey_stop()
return 1
"""
)
STOP: Final = (
    _NOW
    + """
local s = redis.call('HGET', KEYS[1], 'status')
if not s then return 0 end
if is_over(s) then return 1 end
redis.call('HSET', KEYS[1], 'stop', '1')
if not held() then redis.call('HSET', KEYS[1], 'status', 'stopped') end
return 1
"""
)
LEFT: Final = _NOW + "if held() then return 1 end return 0"
# Whether a run is over, held or free, and its bytes; nothing of one that expired.
ROOM: Final = (
    _NOW
    + """
local s = redis.call('HGET', KEYS[1], 'status')
if not s then return {} end
return {is_over(s) and 'over' or (held() and 'held' or 'free'), tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0')}
"""
)
# A run that a replica took meanwhile stays.
DROP: Final = (
    _NOW
    + """
local s = redis.call('HGET', KEYS[1], 'status')
if s and not is_over(s) and held() then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""
)
