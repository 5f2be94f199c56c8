-- Stands before each of the other scripts: it counts the commands that they run, and adds what the caller has counted to
-- the fleet's counts of the month.
local ran = 0
local function call(...)
  ran = ran + 1
  return redis.call(...)
end
local function try(...)
  ran = ran + 1
  return redis.pcall(...)
end
local function decimal(number)
  return string.format('%.0f', number)
end
-- Adds to the hash `key` what `text` says: `BEGINS,ENDS,KEEP;NAME=KNOWN+ADDED,…`, the month's first second and the one after
-- its last, for how many seconds to keep it, then each field's value as the caller knows it and what it adds. A field
-- becomes max(stored, known) + added, so that counts come back after the hash was lost. `inner` gets what this very
-- script runs too, and today's field (`d1` to `d31`) all that is added.
-- Appends to `reply` how many commands the script ran and, where the counts were added, each field's value, in the order
-- of `text`. They are not where it is another month on this clock, or where Redis refuses; nothing else fails for that.
local function finish(reply, seconds, key, text)
  local begins, ends, keep, fields = string.match(text or '', '^(%d+),(%d+),(%d+);(.*)$')
  local at = #reply + 1
  reply[at] = decimal(ran)
  if not begins or seconds < tonumber(begins) or seconds >= tonumber(ends) then return reply end
  local today = 'd' .. decimal(math.floor((seconds - begins) / 86400) + 1)
  local names, known, added, sum = {}, {}, {}, 0
  for name, least, more in string.gmatch(fields, '(%w+)=(%d+)%+(%d+)') do
    names[#names + 1], known[#known + 1], added[#added + 1] = name, tonumber(least), tonumber(more)
    sum = sum + tonumber(more)
  end
  local stored = try('HMGET', key, unpack(names))
  local refused = type(stored) ~= 'table' or stored.err
  local is_new = true
  for i = 1, #names do
    local held = not refused and stored[i]
    if held then is_new = false end
    known[i] = { held and #held <= 15 and string.match(held, '^%d+$') and tonumber(held) or 0, known[i] }
  end
  if not refused then
    local own = ran + (is_new and 2 or 1)
    local change = {}
    for i, name in ipairs(names) do
      local more = name == today and sum + own or name == 'inner' and added[i] + own or added[i]
      local value = math.max(known[i][1], known[i][2]) + more
      if value ~= known[i][1] then
        change[#change + 1], change[#change + 2] = name, decimal(value)
      end
      reply[at + i] = decimal(value)
    end
    local done = try('HSET', key, unpack(change))
    refused = type(done) == 'table' and done.err
    if is_new then try('EXPIRE', key, keep) end
  end
  if refused then
    for i = #reply, at + 1, -1 do reply[i] = nil end
  end
  reply[at] = decimal(ran)
  return reply
end
