-- Stores entries, each between two copies of its time of creation on this clock, and tells the tags' versions.
-- KEYS: the entries' keys, then the tags' keys. ARGV: the number of entries, then for each its age in µs, for how
-- many ms to keep it, and its payload.
-- Returns: the clock in µs, then each tag's version (0 where there is none), as decimal text.
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local entries = tonumber(ARGV[1])
for i = 1, entries do
  local created = string.format('%016.0f', clock - tonumber(ARGV[3 * i - 1]))
  redis.call('SET', KEYS[i], created .. ARGV[3 * i + 1] .. created, 'PX', ARGV[3 * i])
end
local reply = { string.format('%.0f', clock) }
if #KEYS > entries then
  local tags = {}
  for i = entries + 1, #KEYS do tags[#tags + 1] = KEYS[i] end
  for i, stored in ipairs(redis.call('MGET', unpack(tags))) do
    reply[i + 1] = stored or '0'
  end
end
return reply
