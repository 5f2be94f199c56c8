-- Gives a version to each tag that has none, or one below what the caller knows; leaves the others as they are.
-- KEYS: the tags' keys. ARGV: for each tag the version the caller knows.
-- Returns: the clock in µs, then each tag's version, as decimal text.
-- A version is up to 16 digits and at most a day ahead of this clock; anything else counts as none.
local function version_of(text, clock)
  local version = type(text) == 'string' and #text <= 16 and string.match(text, '^%d+$') and tonumber(text) or 0
  return version <= clock + 86400000000 and version or 0
end
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply = { string.format('%.0f', clock) }
for i, key in ipairs(KEYS) do
  local stored = version_of(redis.pcall('GET', key), clock)
  local known = version_of(ARGV[i], clock)
  if stored == 0 or stored < known then
    stored = math.max(known + 1, clock)
    redis.call('SET', key, string.format('%.0f', stored))
  end
  reply[i + 1] = string.format('%.0f', stored)
end
return reply
