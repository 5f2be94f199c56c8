-- Stores entries, each between two copies of its time of creation on this clock, and tells the tags' versions.
-- KEYS: the entries' keys, then the tags' keys. ARGV: the number of entries, then for each its age in µs, its time of
-- creation as the writer estimates it (0 = it cannot; the earlier one counts, as this call may run late), for how many
-- ms to keep it, and its payload.
-- With counts: the month's key last in KEYS, and what to add last in ARGV.
-- Returns: the clock in µs, then each tag's version (0 where there is none), then `-`, as decimal text; then what `finish`
-- appends.
local time = call('TIME')
local clock = time[1] * 1000000 + time[2]
local entries = tonumber(ARGV[1])
for i = 1, entries do
  local age, estimate = tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])
  local created = math.max(clock - age, 0)
  if estimate > 0 then created = math.min(created, estimate) end
  created = string.format('%016.0f', created)
  call('SET', KEYS[i], created .. ARGV[4 * i + 1] .. created, 'PX', ARGV[4 * i])
end
local reply = { decimal(clock) }
local counts = ARGV[4 * entries + 2]
local last = counts and #KEYS - 1 or #KEYS
if last > entries then
  local tags = {}
  for i = entries + 1, last do tags[#tags + 1] = KEYS[i] end
  for i, stored in ipairs(call('MGET', unpack(tags))) do
    reply[i + 1] = stored or '0'
  end
end
reply[#reply + 1] = '-'
return finish(reply, time[1] + 0, KEYS[last + 1], counts)
