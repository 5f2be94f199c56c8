-- Stands before the scripts that make versions.
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
