"""Listen keys: whoever holds one hears an account's stream, for an hour after the last renewal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from exchange_clients.base_models import NS
from venue_simulators.fapi.errors import UNKNOWN_LISTEN_KEY, FapiError
from venue_simulators.world import NEVER_NS

LIFETIME_NS = 3600 * NS


@dataclass(slots=True)
class _Held:
    key: str
    expires_ns: int


class ListenKeys:
    """At most one key of each account.

    Args:
        seed: What keys are drawn from.
        on_end: Told of a key that is valid no more.
    """

    def __init__(self, seed: str, on_end: Callable[[str], None]) -> None:
        self._seed = seed
        self._on_end = on_end
        self._held: dict[str, _Held] = {}
        self._accounts: dict[str, str] = {}
        self._drawn = 0

    def account_of(self, key: str) -> str | None:
        """Return whose key it is, None where it is not, or no longer, valid."""
        return self._accounts.get(key)

    def key_of(self, account: str) -> str | None:
        """Return the valid key of an account, None without one."""
        held = self._held.get(account)
        return None if held is None else held.key

    def take(self, account: str, now_ns: int) -> str:
        """Return the account's key, a new one if it has none, valid for an hour from now."""
        held = self._held.get(account)
        if held is None:
            self._drawn += 1
            words = f"{self._seed}:{account}:{self._drawn}:{now_ns}"
            key = sha256(words.encode()).hexdigest()
            held = self._held[account] = _Held(key, 0)
            self._accounts[key] = account
        held.expires_ns = now_ns + LIFETIME_NS
        return held.key

    def renew(self, account: str, now_ns: int) -> str:
        """Return the account's key, valid for an hour from now.

        Raises:
            FapiError: it has none.
        """
        if account not in self._held:
            raise FapiError(UNKNOWN_LISTEN_KEY)
        return self.take(account, now_ns)

    def drop(self, account: str) -> None:
        """End the account's key for everyone who uses it.

        Raises:
            FapiError: it has none.
        """
        if account not in self._held:
            raise FapiError(UNKNOWN_LISTEN_KEY)
        self._end(account)

    def next_ns(self) -> int:
        """Return when the next key expires."""
        return min((held.expires_ns for held in self._held.values()), default=NEVER_NS)

    def expire(self, now_ns: int) -> None:
        """End the keys whose time is up."""
        for account, held in list(self._held.items()):
            if held.expires_ns <= now_ns:
                self._end(account)

    def _end(self, account: str) -> None:
        key = self._held.pop(account).key
        del self._accounts[key]
        self._on_end(key)
