-- Invalidates tags: each gets the next version, and the bus is told.
-- KEYS: the tags' keys. ARGV: channel, origin, then for each tag its name and the version the caller knows.
-- With counts: the month's key last in KEYS, and what to add last in ARGV.
-- Returns: the clock in µs, then each tag's version, then how many connections heard of it, as decimal text; then what
-- `finish` appends.
-- A version is up to 16 digits and at most a day ahead of this clock; anything else counts as none.
local function version_of(text, clock)
  local version = type(text) == 'string' and #text <= 16 and string.match(text, '^%d+$') and tonumber(text) or 0
  return version <= clock + 86400000000 and version or 0
end
-- Where memory is full a SET is refused, unless the script has written already; and without its version a tag would be in
-- doubt for everybody. Whatever lies under the key is about to be replaced, so deleting it first is safe in any case.
local function set(key, version)
  local answer = try('SET', key, version)
  if type(answer) == 'table' and answer.err then
    if string.find(answer.err, 'OOM', 1, true) then try('DEL', key) end
    call('SET', key, version)
  end
end
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
