-- A session ended. If it was the last one, `left` holds its participant for the grace.
-- KEYS: the participant. ARGV: `node/session`, grace (ms, 0 for none), time to keep the key (ms).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local removed = redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if removed == 1 and tonumber(ARGV[2]) > 0 and redis.call('ZCARD', KEYS[1]) == 0 then
  redis.call('ZADD', KEYS[1], now + ARGV[2], 'left')
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return removed
