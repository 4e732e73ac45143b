-- Sessions are here, and live from now on.
-- KEYS: one participant per session. ARGV: lifetime, time to keep a key (both ms), then one `node/session` per key.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  redis.call('ZREM', key, 'left')
  redis.call('ZADD', key, now + ARGV[1], ARGV[i + 2])
  redis.call('PEXPIRE', key, ARGV[2])
end
return #KEYS
