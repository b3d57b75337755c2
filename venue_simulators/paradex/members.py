"""Whose accounts there are, and the keys that may sign for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from venue_simulators.paradex.signatures import CURVE_ORDER, chain, public_key_of

PROXY_HASH = 0x3530CC4759D78042F1B543BF797F5F3D647CDE0388C33734CF91B7F7B9314A9
ACCOUNT_HASH = 0x41CB0280EBADAA75F996D8D92C6F265F6D040BB3BA442E5F86A554F1765244E
"""The classes of the contracts that accounts are; an address is derived from them."""
_INITIALIZE = 0x79DC0DA7C54B95F10AA182AD0A46400DB63156920ADB65ECA2654C0945A463
_ADDRESS_LIMIT = (1 << 251) - 256


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A Stark key; the repr hides the half that signs."""

    private_key: str
    public_key: int

    def __repr__(self) -> str:
        return f"KeyPair(public_key={self.public_key:#x})"


@dataclass(frozen=True, slots=True)
class Member:
    """One account with its main key and a subkey that may trade but not withdraw."""

    name: str
    l1_address: str
    main: KeyPair
    subkey: KeyPair
    address: int

    @property
    def account(self) -> str:
        """The address as the wire spells it."""
        return f"{self.address:#x}"

    @property
    def public_keys(self) -> tuple[int, int]:
        """The keys whose signatures count."""
        return self.main.public_key, self.subkey.public_key


@lru_cache(maxsize=64)
def invent_member(name: str, seed: int) -> Member:
    """Return the account of a name; the same name and seed give the same keys."""
    main = _key_pair(f"{seed}/{name}/main")
    l1_address = "0x" + sha256(f"{seed}/{name}/l1".encode()).hexdigest()[:40]
    subkey = _key_pair(f"{seed}/{name}/subkey")
    return Member(name, l1_address, main, subkey, address_of(main.public_key))


def address_of(public_key: int) -> int:
    """Return the address of the account whose main key is ``public_key``."""
    calldata = chain([ACCOUNT_HASH, _INITIALIZE, 2, public_key, 0])
    prefix = "STARKNET_CONTRACT_ADDRESS"
    return chain([prefix, 0, public_key, PROXY_HASH, calldata]) % _ADDRESS_LIMIT


def _key_pair(text: str) -> KeyPair:
    private_key = int.from_bytes(sha256(text.encode()).digest(), "big") % (CURVE_ORDER - 1) + 1
    return KeyPair(f"{private_key:#x}", public_key_of(private_key))
