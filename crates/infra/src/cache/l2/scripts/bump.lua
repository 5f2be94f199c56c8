-- Invalidates tags: each gets the next version, and the bus is told.
-- KEYS: the tags' keys. ARGV: channel, origin, then for each tag its name and the version the caller knows.
-- Returns: the clock in µs, then each tag's version, then how many connections heard of it, as decimal text.
-- A version is up to 16 digits and at most a day ahead of this clock; anything else counts as none.
local function version_of(text, clock)
  local version = type(text) == 'string' and #text <= 16 and string.match(text, '^%d+$') and tonumber(text) or 0
  return version <= clock + 86400000000 and version or 0
end
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply, members = { string.format('%.0f', clock) }, {}
for i, key in ipairs(KEYS) do
  local stored = version_of(redis.pcall('GET', key), clock)
  local known = version_of(ARGV[2 * i + 2], clock)
  local version = string.format('%.0f', math.max(stored + 1, known + 1, clock))
  redis.call('SET', key, version)
  reply[i + 1] = version
  members[i] = ARGV[2 * i + 1] .. '=' .. version
end
local heard = redis.call('PUBLISH', ARGV[1], ARGV[2] .. ';' .. table.concat(members, ','))
reply[#reply + 1] = string.format('%.0f', heard)
return reply
