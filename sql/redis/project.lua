-- Writes the absolute values of one batch, or of one page of a rebuild or repair, to the projection.
-- KEYS[1] hash of the group's projection: `database`; one field per partition with `epoch:next_offset`;
--         `rebuild`, the token of a rebuild that has begun and not ended; `repair`, the token of a portion
--         of a repair, until the next batch or rebuild
-- ARGV[1] JSON of the writer, all strings: {batch: {database, partition, epoch, logEpoch, from, to}} for the
--         effects of a batch; or {fence: {field, from, to}} for a rebuild or repair, whose token this advances
-- ARGV[2] JSON {gone: [key, ...], hashes: [{key, expireAt, values: [field, value, ...], gone: [field, ...]}],
--               sets: [{key, expireAt, current, currentUntil, values: [score, member, ...], gone: [member, ...]}]}
--         gone: what to delete, optional; expireAt: epoch milliseconds, '' for never; current: the
--         set that shows the current window, '' if this is not the current window; numbers are strings,
--         because Lua prints a double with 14 digits
-- ARGV[3] how far the clock of these times is ahead of the server's clock, in milliseconds
-- => 'ok'; 'behind' (Redis lacks earlier writes: nothing was written); 'fenced' (nothing was written:
--    a newer owner has written, or the token does not match)

local writer = cjson.decode(ARGV[1])
local batch, fence = writer.batch, writer.fence
if batch then
  if redis.call('HGET', KEYS[1], 'database') ~= batch.database then return 'behind' end
  -- A partition without a marker has had no batch yet. If the log was recreated, an older marker does not
  -- apply to it.
  local marker = redis.call('HGET', KEYS[1], batch.partition) or '0:0'
  local epoch, offset = string.match(marker, '^(%d+):(%d+)$')
  if tonumber(epoch) > tonumber(batch.epoch) then return 'fenced' end
  if tonumber(offset) < tonumber(batch.from) then return 'behind' end
  if tonumber(epoch) < tonumber(batch.logEpoch) then return 'behind' end
end
if fence and redis.call('HGET', KEYS[1], fence.field) ~= fence.from then return 'fenced' end

local function write(command, key, values)
  for first = 1, #values, 1000 do
    redis.call(command, key, unpack(values, first, math.min(first + 999, #values)))
  end
end

local time = redis.call('TIME')
local ahead = tonumber(ARGV[3])
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + ahead

-- Printed in full: Lua prints a double with 14 digits.
local function expire(key, at)
  redis.call('PEXPIREAT', key, string.format('%.0f', tonumber(at) - ahead))
end

local writes = cjson.decode(ARGV[2])
for _, key in ipairs(writes.gone or {}) do redis.call('UNLINK', key) end
for _, hash in ipairs(writes.hashes) do
  write('HSET', hash.key, hash.values)
  write('HDEL', hash.key, hash.gone or {})
  if hash.expireAt ~= '' then expire(hash.key, hash.expireAt) end
end
for _, set in ipairs(writes.sets) do
  write('ZADD', set.key, set.values)
  write('ZREM', set.key, set.gone or {})
  -- The batch may have been prepared before a window ended and be written after that, or by a slow clock.
  -- The set's expiry, to the second, therefore identifies the window that it shows.
  local left = set.current ~= '' and tonumber(set.currentUntil) - now or 0
  if left > 0 then
    local shown = redis.call('PTTL', set.current)
    if shown >= 0 and math.abs(shown - left) < 1000 then
      write('ZADD', set.current, set.values)
    elseif shown < left then
      redis.call('ZUNIONSTORE', set.current, 1, set.key)
      expire(set.current, set.currentUntil)
    end
  end
  if set.expireAt ~= '' then expire(set.key, set.expireAt) end
end

if batch then
  redis.call('HSET', KEYS[1], batch.partition, batch.epoch .. ':' .. batch.to)
  -- Batches wait for a repair, so if this batch runs, the repair has lost its locks.
  redis.call('HDEL', KEYS[1], 'repair')
end
if fence then redis.call('HSET', KEYS[1], fence.field, fence.to) end
return 'ok'
