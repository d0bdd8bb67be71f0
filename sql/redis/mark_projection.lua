-- Ends a rebuild and records the offsets of the projection. A marker that is already further ahead is kept.
-- KEYS[1] hash of the group's projection: see project.lua
-- ARGV[1] the rebuild's token; ARGV[2] the database's id;
--         then for each partition ARGV[i] partition, ARGV[i+1] epoch, ARGV[i+2] offset
-- => 'ok'; 'fenced' (another rebuild has begun, or Redis lost a part of this one: nothing was written)

if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 'fenced' end
redis.call('HDEL', KEYS[1], 'rebuild')
redis.call('HSET', KEYS[1], 'database', ARGV[2])
for i = 3, #ARGV, 3 do
  local marker = redis.call('HGET', KEYS[1], ARGV[i]) or '0:0'
  local epoch, offset = string.match(marker, '^(%d+):(%d+)$')
  local older = tonumber(epoch) < tonumber(ARGV[i + 1])
  local same = tonumber(epoch) == tonumber(ARGV[i + 1])
  if older or (same and tonumber(offset) < tonumber(ARGV[i + 2])) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ':' .. ARGV[i + 2])
  end
end
return 'ok'
