-- Gives a version to each tag that has none, or one below what the caller knows; leaves the others as they are.
-- KEYS: the tags' keys. ARGV: the number of tags, then for each the version the caller knows.
-- With counts: the month's key last in KEYS, and what to add last in ARGV.
-- Returns: the clock in µs, then each tag's version, then `-`, as decimal text; then what `finish` appends.
local time = call('TIME')
local clock = time[1] * 1000000 + time[2]
local reply = { decimal(clock) }
local tags = tonumber(ARGV[1])
for i = 1, tags do
  local stored = version_of(try('GET', KEYS[i]), clock)
  local known = version_of(ARGV[i + 1], clock)
  if stored == 0 or stored < known then
    stored = math.max(known + 1, clock)
    set(KEYS[i], decimal(stored))
  end
  reply[i + 1] = decimal(stored)
end
reply[#reply + 1] = '-'
return finish(reply, time[1] + 0, KEYS[tags + 1], ARGV[tags + 2])
