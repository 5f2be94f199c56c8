-- Invalidates tags: each gets the next version, and the bus is told.
-- KEYS: the tags' keys. ARGV: channel, origin, then for each tag its name and the version the caller knows.
-- Returns: the clock in µs, then each tag's version, as decimal text.
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply, members = { string.format('%.0f', clock) }, {}
for i, key in ipairs(KEYS) do
  local stored = redis.pcall('GET', key)
  stored = type(stored) == 'string' and tonumber(stored) or 0
  if stored > clock + 86400000000 then stored = 0 end
  local known = tonumber(ARGV[2 * i + 2])
  local version = string.format('%.0f', math.max(stored + 1, known + 1, clock))
  redis.call('SET', key, version)
  reply[i + 1] = version
  members[i] = ARGV[2 * i + 1] .. '=' .. version
end
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ';' .. table.concat(members, ','))
return reply
