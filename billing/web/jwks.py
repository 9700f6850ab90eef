"""The keys of the tokens' issuer: read from an address or a file, kept fresh, never asked for more than is due."""

import asyncio
import ssl
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, NoReturn, Protocol

import httpx
import structlog

from billing.web.signing_keys import PublicKey, SigningKey, read_keys

BYTES_MAX: Final = 65_536
FETCH_SECONDS_MAX: Final = 3.0

_log = structlog.get_logger(__name__)


class Source(Protocol):
    """Where a JWK set stands. Raises httpx.HTTPError, OSError or ValueError where it cannot be read."""

    async def read(self) -> bytes: ...


@dataclass(frozen=True)
class Address:
    """An https address; redirects are not followed, and an answer that is too long is not read to its end."""

    url: str

    def __str__(self) -> str:
        return self.url

    async def read(self) -> bytes:
        headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
        async with self._client() as client, client.stream("GET", self.url, headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"answered {answer.status_code}")
            read = bytearray()
            async for part in answer.aiter_raw():
                read += part
                _refuse_long(len(read))
            return bytes(read)

    def _client(self) -> httpx.AsyncClient:
        # The machine's proxies hold for the world outside; http is for this machine only, which has none to itself.
        secure = self.url.startswith("https:")
        return httpx.AsyncClient(verify=self._trusted if secure else False, trust_env=secure, timeout=FETCH_SECONDS_MAX)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """The authorities that the machine trusts, an organisation's own among them."""
        return ssl.create_default_context()


@dataclass(frozen=True)
class File:
    """A file; it may be replaced while the service runs."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    async def read(self) -> bytes:
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        with self.path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
        _refuse_long(len(content))
        return content


def source_of(jwks: str) -> Source:
    return Address(jwks) if "://" in jwks else File(Path(jwks))


@dataclass
class Jwks:
    """The issuer's public keys. What was read once is used until something else is read.

    They are read at the start and every `fresh_seconds`, after a failure every `retry_seconds`; beyond that a token
    whose key is not known has them read once in `unknown_seconds`, however many such tokens come.
    """

    source: Source
    algorithms: Collection[str]
    fresh_seconds: float = 900
    retry_seconds: float = 60
    unknown_seconds: float = 300
    clock: Callable[[], float] = time.monotonic
    generation: int = field(default=0, init=False)
    """Counts the sets of keys; what was verified with an earlier one is to be verified anew."""
    _keys: tuple[SigningKey, ...] = field(default=(), init=False)
    _reading: asyncio.Task[bool] | None = field(default=None, init=False)
    _asked_at: float = field(default=float("-inf"), init=False)

    async def find(self, algorithm: str, kid: str | None) -> PublicKey | None:
        """The only key that fits."""
        found = self._fitting(algorithm, kid)
        if not found and self._may_ask():
            await asyncio.shield(self._read_once())
            found = self._fitting(algorithm, kid)
        return found[0].key if len(found) == 1 else None

    async def keep_fresh(self) -> NoReturn:
        """Until it is cancelled."""
        try:
            while True:
                was_read = await asyncio.shield(self._read_once())
                await asyncio.sleep(self.fresh_seconds if was_read else self.retry_seconds)
        finally:
            if self._reading is not None:
                self._reading.cancel()

    def _fitting(self, algorithm: str, kid: str | None) -> list[SigningKey]:
        return [key for key in self._keys if key.fits(algorithm, kid)]

    def _may_ask(self) -> bool:
        """Waiting for what is being read anyway is always allowed."""
        if self._is_reading:
            return True
        if self.clock() - self._asked_at < self.unknown_seconds:
            return False
        self._asked_at = self.clock()
        return True

    @property
    def _is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    def _read_once(self) -> asyncio.Task[bool]:
        """One reading for all who want it."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> bool:
        """Whether it could be read; the time-out is that of the whole, since a slow sender can drip for ever."""
        try:
            async with asyncio.timeout(FETCH_SECONDS_MAX):
                document = await self.source.read()
            keys = read_keys(document, self.algorithms)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            cause = str(error)[:200] or type(error).__name__
            _log.warning("signing keys not read", source=str(self.source), cause=cause, keys_known=len(self._keys))
            return False
        if [_identity(key) for key in keys] != [_identity(key) for key in self._keys]:
            self._keys = keys
            self.generation += 1
            _log.info("signing keys read", kids=[key.kid for key in keys])
        return True


def _identity(key: SigningKey) -> tuple[str | None, str, str]:
    return key.kid, key.algorithm, key.key.thumbprint()


def _refuse_long(length: int) -> None:
    if length > BYTES_MAX:
        raise ValueError(f"is longer than {BYTES_MAX} bytes")
