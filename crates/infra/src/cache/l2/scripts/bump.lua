-- Invalidates tags: each gets the next version, and the bus is told.
-- KEYS: the tags' keys. ARGV: channel, origin, then for each tag its name and the version the caller knows.
-- With counts: the month's key last in KEYS, and what to add last in ARGV.
-- Returns: the clock in µs, then each tag's version, then how many connections heard of it, as decimal text; then what
-- `finish` appends.
local time = call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply, members = { decimal(clock) }, {}
local tags = math.floor((#ARGV - 2) / 2)
for i = 1, tags do
  local stored = version_of(try('GET', KEYS[i]), clock)
  local known = version_of(ARGV[2 * i + 2], clock)
  local version = decimal(math.max(stored + 1, known + 1, clock))
  set(KEYS[i], version)
  reply[i + 1] = version
  members[i] = ARGV[2 * i + 1] .. '=' .. version
end
local heard = call('PUBLISH', ARGV[1], ARGV[2] .. ';' .. table.concat(members, ','))
reply[#reply + 1] = decimal(heard)
return finish(reply, time[1] + 0, KEYS[tags + 1], ARGV[2 * tags + 3])
