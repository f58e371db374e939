"""The scripts that Redis runs: each does to the directory what one call does, at once.

Keys, all below the prefix of the cluster:

- ``claim:CODE``: ``EPOCH NODE`` of the newest claim. Its time to live is what remains of the lease and of the time for
  which a lapsed claim is remembered, so that renewing is one `PEXPIRE`.
- ``node:NAME``: a hash of ``instance``, ``summary`` and ``row``, and ``nodes``: a sorted set of the names, by the time
  at which each was published last.
- ``summaries``: those of all nodes, made at most twice a second however many ask.
- ``history:CHANNEL``: a list, the newest message first. ``blob:KEY``: the match of a move. ``name:FORM``: who has a
  nickname.

The first argument of each is the time, in milliseconds of the clock of Redis, after which the call must have no effect:
its caller has gone on. The first value of each answer is that clock.
"""

from __future__ import annotations

from typing import Final

from game_server.cluster.directory import HISTORY, HOLD_FOR, LEASE, REMEMBERED, ROW_TTL

_KEEP: Final = int((LEASE + REMEMBERED) * 1000)
_REMEMBER: Final = int(REMEMBERED * 1000)
_HISTORY_TTL: Final = 24 * 3600
"""Seconds: nobody reads on what was said a day ago."""

_BEGIN: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then return {now, 'late'} end
local function parsed(value) return string.match(value, '^(%d+) (.*)$') end
"""

CLAIM: Final = (
    _BEGIN
    + f"""
local node, journalled = ARGV[2], tonumber(ARGV[3])
local value, last = redis.call('GET', KEYS[1]), 0
if value then
  local epoch, owner = parsed(value)
  local lapsed = redis.call('PTTL', KEYS[1]) <= {_REMEMBER}
  if journalled < 0 or (owner ~= node and not (lapsed and tonumber(epoch) <= journalled)) then
    return {{now, 'taken', value}}
  end
  last = tonumber(epoch)
end
local epoch = math.max(last, journalled, 0) + 1
redis.call('SET', KEYS[1], epoch .. ' ' .. node, 'PX', {_KEEP})
return {{now, 'done', epoch}}
"""
)
"""``KEYS``: of the claim. ``ARGV``: until, node, epoch of the journal or -1."""

RENEW: Final = (
    _BEGIN
    + f"""
local lost = {{}}
for i, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  if value == ARGV[i + 1] then
    redis.call('PEXPIRE', key, {_KEEP})
  elseif value then
    lost[#lost + 1] = i - 1
  else
    redis.call('SET', key, ARGV[i + 1], 'PX', {_KEEP})
  end
end
return {{now, 'done', lost}}
"""
)
"""``KEYS``: of the claims. ``ARGV``: until, and the value of each; answers with the numbers of those that are lost."""

TRANSFER: Final = (
    _BEGIN
    + f"""
local value = redis.call('GET', KEYS[1])
if value ~= ARGV[2] then return {{now, 'taken', value or ''}} end
redis.call('SET', KEYS[1], ARGV[3], 'PX', {_KEEP})
return {{now, 'done'}}
"""
)
"""``KEYS``: of the claim. ``ARGV``: until, old value, new value."""

RELEASE: Final = (
    _BEGIN
    + f"""
local value = redis.call('GET', KEYS[1])
if not value or value == ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'PX', {_REMEMBER}) end
return {{now, 'done'}}
"""
)
"""``KEYS``: of the claim. ``ARGV``: until, value."""

OWNER: Final = _BEGIN + "return {now, 'done', redis.call('GET', KEYS[1])}"
"""``KEYS``: of the claim. ``ARGV``: until."""

PUBLISH: Final = (
    _BEGIN
    + f"""
local instance = redis.call('HGET', KEYS[1], 'instance')
if instance and instance ~= ARGV[3] then return {{now, 'name', ARGV[2]}} end
redis.call('HSET', KEYS[1], 'instance', ARGV[3], 'summary', ARGV[4], 'row', ARGV[5])
redis.call('PEXPIRE', KEYS[1], {int(ROW_TTL * 1000)})
redis.call('ZADD', KEYS[2], now, ARGV[2])
return {{now, 'done'}}
"""
)
"""``KEYS``: of the node, of all nodes. ``ARGV``: until, name, instance, summary, row."""

WITHDRAW: Final = (
    _BEGIN
    + """
if redis.call('HGET', KEYS[1], 'instance') == ARGV[3] then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[3])
end
return {now, 'done'}
"""
)
"""``KEYS``: of the node, of all nodes, of the summaries. ``ARGV``: until, name, instance."""

NODES: Final = (
    _BEGIN
    + f"""
local all = redis.call('GET', KEYS[2])
if not all then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - {int(ROW_TTL * 1000)})
  local found = {{}}
  for _, name in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], '-', '+')) do
    local summary = redis.call('HGET', ARGV[2] .. name, 'summary')
    if summary then found[#found + 1] = summary end
  end
  all = cmsgpack.pack(found)
  redis.call('SET', KEYS[2], all, 'PX', math.min(#found + 1, 500))
end
return {{now, 'done', all}}
"""
)
"""``KEYS``: of all nodes, of the summaries. ``ARGV``: until, what the keys of nodes begin with.

The summaries stay for a millisecond a node, at most half a second: to put a thousand together takes one millisecond.
"""

ROWS: Final = (
    _BEGIN
    + """
local found = {}
for _, key in ipairs(KEYS) do
  local row = redis.call('HGET', key, 'row')
  if row then found[#found + 1] = row end
end
return {now, 'done', found}
"""
)
"""``KEYS``: of the nodes. ``ARGV``: until."""

SAY: Final = (
    _BEGIN
    + f"""
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, {HISTORY - 1})
redis.call('EXPIRE', KEYS[1], {_HISTORY_TTL})
redis.call('PUBLISH', ARGV[2], ARGV[3])
return {{now, 'done'}}
"""
)
"""``KEYS``: of the history. ``ARGV``: until, channel, message."""

HISTORY_OF: Final = _BEGIN + f"return {{now, 'done', redis.call('LRANGE', KEYS[1], 0, {HISTORY - 1})}}"
"""``KEYS``: of the history. ``ARGV``: until."""

HOLD: Final = (
    _BEGIN
    + f"""
for _, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder and holder ~= ARGV[2] then return {{now, 'done', 0}} end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2], 'PX', {int(HOLD_FOR * 1000)}) end
return {{now, 'done', 1}}
"""
)
"""``KEYS``: of the names. ``ARGV``: until, holder; answers with 1 if they are held."""

FREE: Final = (
    _BEGIN
    + """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[2] then redis.call('DEL', key) end
end
return {now, 'done'}
"""
)
"""``KEYS``: of the names. ``ARGV``: until, holder."""

PUT: Final = _BEGIN + "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return {now, 'done'}"
"""``KEYS``: of the blob. ``ARGV``: until, data, milliseconds."""

TAKE: Final = _BEGIN + "return {now, 'done', redis.call('GETDEL', KEYS[1])}"
"""``KEYS``: of the blob. ``ARGV``: until."""
