-- The live sessions of some participants, as `node/session`.
-- KEYS: the participants.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = {}
for _, key in ipairs(KEYS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf')) do
    if member ~= 'left' then found[#found + 1] = member end
  end
end
return found
