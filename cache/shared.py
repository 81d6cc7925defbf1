"""A store that several hosts share: Valkey, or Redis, through redis-py (an optional extra).

Every change is one Lua script, so it happens at once or not at all. All keys carry one hash tag
and live on one node of a cluster. Run the server with `maxmemory-policy noeviction`: it must not
throw away the sets that say which entries carry a tag.

A server that is down is a miss for reading, and is not asked again for `retry_s` seconds.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from goeswith.cache.errors import StoreBusyError, StoreDownError, StoreError, StoreFullError
from goeswith.cache.memory import QUARANTINE_KEPT, check_item
from goeswith.cache.store import Drops, Item, StoreStats

_LOG = logging.getLogger("goeswith.cache")
_INSTALL = 'The shared cache needs redis-py. Install it with: pip install "goeswith[shared]"'
_DROPPED_KEPT = 200_000

_COMMON = """
local p = ARGV[1]
local function forget(key)
  local length = redis.call('HGET', p..'sizes', key)
  if not length then return 0 end
  for _, tag in ipairs(redis.call('SMEMBERS', p..'k:'..key)) do
    redis.call('SREM', p..'t:'..tag, key)
  end
  redis.call('DEL', p..'v:'..key, p..'k:'..key)
  redis.call('HDEL', p..'sizes', key)
  redis.call('ZREM', p..'expire', key)
  redis.call('DECRBY', p..'bytes', length)
  return 1
end
"""

_SET = """
local since, now = tonumber(ARGV[2]), tonumber(ARGV[3])
local old = redis.call('ZRANGEBYSCORE', p..'expire', '-inf', '('..now, 'LIMIT', 0, 20)
for _, key in ipairs(old) do forget(key) end
local all = tonumber(redis.call('GET', p..'all') or 0)
local written = 0
local at = 4
while at <= #ARGV do
  local key, blob, expire, first = ARGV[at], ARGV[at + 1], ARGV[at + 2], at + 4
  local last = at + 3 + ARGV[at + 3]
  at = last + 1
  local fresh = since < 0 or all <= since
  if fresh and since >= 0 then
    for number = first, last do
      local score = redis.call('ZSCORE', p..'dropped', ARGV[number])
      if tonumber(score or 0) > since then fresh = false end
    end
  end
  if fresh then
    forget(key)
    redis.call('SET', p..'v:'..key, blob)
    redis.call('HSET', p..'sizes', key, #blob)
    redis.call('INCRBY', p..'bytes', #blob)
    for number = first, last do
      redis.call('SADD', p..'t:'..ARGV[number], key)
      redis.call('SADD', p..'k:'..key, ARGV[number])
    end
    if expire ~= '' then redis.call('ZADD', p..'expire', expire, key) end
    written = written + 1
  end
end
return written
"""

_DELETE = """
local gone = 0
for number = 2, #ARGV do gone = gone + forget(ARGV[number]) end
return gone
"""

_DROP = """
local generation = redis.call('INCR', p..'generation')
local gone = {}
for number = 3, #ARGV do
  local tag = ARGV[number]
  redis.call('ZADD', p..'dropped', generation, tag)
  for _, key in ipairs(redis.call('SMEMBERS', p..'t:'..tag)) do
    if forget(key) == 1 then gone[#gone + 1] = key end
  end
end
local extra = redis.call('ZCARD', p..'dropped') - tonumber(ARGV[2])
if extra > 0 then
  local cut = redis.call('ZRANGE', p..'dropped', extra - 1, extra - 1, 'WITHSCORES')[2]
  redis.call('ZREMRANGEBYSCORE', p..'dropped', '-inf', cut)
  redis.call('SET', p..'all', cut)
end
return gone
"""

_CLEAR = """
local gone = 0
for _, key in ipairs(redis.call('HKEYS', p..'sizes')) do gone = gone + forget(key) end
redis.call('SET', p..'all', redis.call('INCR', p..'generation'))
redis.call('DEL', p..'dropped')
return gone
"""

_QUARANTINE = """
if redis.call('GET', p..'v:'..ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('LPUSH', p..'quarantine', ARGV[2]..' '..ARGV[4]..' '..ARGV[3])
redis.call('LTRIM', p..'quarantine', 0, tonumber(ARGV[5]) - 1)
return forget(ARGV[2])
"""


class SharedStore:
    """A `Remote` store on a Valkey or Redis server."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "goeswith",
        timeout: float = 0.5,
        retry_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Name the server; nothing is sent before the first call.

        Args:
            url: Such as "redis://host:6379/0".
            prefix: Stores with different prefixes are apart.
            timeout: Seconds for connecting and for each answer.
            retry_s: Seconds to leave a server alone that did not answer.
            clock: Gives Unix seconds; what expired by it is forgotten as others are written.

        Raises:
            StoreDownError: redis-py is not installed, or the URL cannot be read.
        """
        try:
            import redis
        except ImportError:
            raise StoreDownError(_INSTALL) from None
        try:
            self._client: Any = redis.Redis.from_url(
                url, socket_timeout=timeout, socket_connect_timeout=timeout
            )
        except ValueError:
            # The error may quote a part of the address, and that may be a password.
            raise StoreDownError(
                "The address of the shared cache cannot be read. Write redis://HOST:PORT/0."
            ) from None
        self._errors = redis.exceptions
        self._prefix = f"{{{prefix}}}:"
        self._clock = clock
        self._retry_s = retry_s
        self._down_until = 0.0
        self._quarantined = 0
        self._scripts = {
            name: self._client.register_script(_COMMON + body)
            for name, body in (
                ("set", _SET),
                ("delete", _DELETE),
                ("drop", _DROP),
                ("clear", _CLEAR),
                ("quarantine", _QUARANTINE),
            )
        }

    def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        value = self._read("GET", f"{self._prefix}v:{key}")
        return value if type(value) is bytes else None

    def set(
        self, key: str, blob: bytes, *, tags: Iterable[str] = (), expire: float | None = None
    ) -> None:
        """See `Store.set`."""
        self.set_many((Item(key, blob, tuple(tags), expire),))

    def set_many(self, items: Iterable[Item], *, since: int | None = None) -> int:
        """See `Store.set_many`."""
        rows: list[str | bytes | int] = []
        for item in items:
            check_item(item)
            expire = "" if item.expire is None else repr(item.expire)
            tags = sorted({_tag(tag) for tag in item.tags})
            rows += (item.key, item.blob, expire, len(tags), *tags)
        return int(self._run("set", -1 if since is None else since, self._clock(), *rows))

    def delete(self, keys: Iterable[str]) -> int:
        """See `Store.delete`."""
        return int(self._run("delete", *keys))

    def scan_tag(self, tag: str) -> Iterator[str]:
        """See `Store.scan_tag`."""
        found = self._read("SMEMBERS", f"{self._prefix}t:".encode() + _tag(tag))
        return iter(sorted(key.decode() for key in found or ()))

    def get_tag(self, tag: str) -> list[tuple[str, bytes]]:
        """See `Store.get_tag`."""
        keys = list(self.scan_tag(tag))
        values = self._read("MGET", *(f"{self._prefix}v:{key}" for key in keys)) if keys else ()
        return [(k, v) for k, v in zip(keys, values or (), strict=False) if type(v) is bytes]

    def count_tag(self, tag: str) -> int:
        """See `Store.count_tag`."""
        return int(self._read("SCARD", f"{self._prefix}t:".encode() + _tag(tag)) or 0)

    def drop_tags(self, tags: Iterable[str]) -> list[str]:
        """See `Store.drop_tags`."""
        labels = [_tag(tag) for tag in tags]
        if not labels:
            return []
        return sorted(key.decode() for key in self._run("drop", _DROPPED_KEPT, *labels))

    def generation(self) -> int:
        """See `Store.generation`. 0 when the server is down."""
        return int(self._read("GET", f"{self._prefix}generation") or 0)

    def dropped_since(self, generation: int) -> Drops:
        """See `Remote.dropped_since`."""
        with self._asking():
            pipe = self._client.pipeline(transaction=True)
            pipe.mget(f"{self._prefix}generation", f"{self._prefix}all")
            pipe.zrangebyscore(f"{self._prefix}dropped", f"({generation}", "+inf")
            numbers, tags = pipe.execute()
        newest, everything = (int(number or 0) for number in numbers)
        if everything > generation or newest < generation:
            return Drops(newest, None)
        return Drops(newest, sorted(tag.decode("utf-8", "surrogatepass") for tag in tags))

    def quarantine(self, key: str, blob: bytes, reason: str) -> None:
        """See `Store.quarantine`."""
        self._quarantined += 1
        with contextlib.suppress(StoreError):
            self._run("quarantine", key, blob, reason, QUARANTINE_KEPT)

    def clear(self) -> int:
        """See `Store.clear`."""
        return int(self._run("clear"))

    def stats(self) -> StoreStats:
        """See `Store.stats`."""
        entries = self._read("HLEN", f"{self._prefix}sizes")
        size = self._read("GET", f"{self._prefix}bytes")
        up = time.monotonic() >= self._down_until
        return StoreStats(int(entries or 0), int(size or 0), 0, self._quarantined, up)

    def close(self) -> None:
        """See `Store.close`."""
        self._client.close()

    def _read(self, command: str, *arguments: str | bytes) -> Any:  # noqa: ANN401
        try:
            with self._asking():
                return self._client.execute_command(command, *arguments)
        except StoreError:
            return None

    def _run(self, script: str, *arguments: str | bytes | float) -> Any:  # noqa: ANN401
        with self._asking():
            return self._scripts[script](keys=[self._prefix], args=[self._prefix, *arguments])

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise StoreDownError("The shared cache did not answer a moment ago.")
        errors = self._errors
        try:
            yield
        except (errors.ConnectionError, errors.TimeoutError) as error:
            self._down_until = time.monotonic() + self._retry_s
            _LOG.warning("The shared cache does not answer: %s", error)
            raise StoreDownError(f"The shared cache does not answer: {error}") from error
        except errors.OutOfMemoryError as error:
            raise StoreFullError(f"The shared cache is full: {error}") from error
        except errors.BusyLoadingError as error:
            raise StoreBusyError(f"The shared cache is starting: {error}") from error
        except errors.RedisError as error:
            raise StoreError(f"The shared cache refused: {error}") from error


def _tag(tag: str) -> bytes:
    return tag.encode("utf-8", "surrogatepass")
