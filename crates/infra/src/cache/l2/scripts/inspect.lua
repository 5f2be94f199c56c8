-- Shows what lies under some keys, all at one moment; for the operator's console. Writes nothing.
-- KEYS: the keys.
-- Returns: the clock in µs as decimal text, then for each key its type, its remaining time in ms (-1: without end, -2:
-- no such key) and, where it is a string, its value.
local time = redis.call('TIME')
local reply = { string.format('%.0f', time[1] * 1000000 + time[2]) }
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  reply[i + 1] = { kind, redis.call('PTTL', key), kind == 'string' and redis.call('GET', key) or false }
end
return reply
