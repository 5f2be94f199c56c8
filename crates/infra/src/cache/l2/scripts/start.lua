-- Gives a version to each tag that has none, or one below what the caller knows; leaves the others as they are.
-- KEYS: the tags' keys. ARGV: for each tag the version the caller knows.
-- Returns: the clock in µs, then each tag's version, as decimal text.
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply = { string.format('%.0f', clock) }
for i, key in ipairs(KEYS) do
  local stored = redis.pcall('GET', key)
  stored = type(stored) == 'string' and tonumber(stored) or 0
  local known = tonumber(ARGV[i])
  if stored <= 0 or stored < known or stored > clock + 86400000000 then
    if stored > clock + 86400000000 then stored = 0 end
    stored = math.max(stored + 1, known + 1, clock)
    redis.call('SET', key, string.format('%.0f', stored))
  end
  reply[i + 1] = string.format('%.0f', stored)
end
return reply
