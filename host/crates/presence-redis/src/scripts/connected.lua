-- For each participant 1 when a session lives or its grace lasts, else 0.
-- KEYS: the participants.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = math.min(redis.call('ZCOUNT', key, '(' .. now, '+inf'), 1)
end
return found
