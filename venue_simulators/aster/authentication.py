"""Who a request is from, the new way: an agent of the account signs every parameter as it is sent.

Signed is the text of query and body up to ``&signature=``, which must come last: its escapes are
signed as they travel. A nonce is the time in microseconds; the last hundred of each agent are kept,
none is taken twice, and none that is below all of them. A request that is refused for its signature
uses up no nonce.

Where the documents disagree the stricter reading holds: a nonce may be ten seconds from the venue's
clock, not sixty, and a signature begins with ``0x``.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from exchange_clients.base_models import NS
from venue_simulators.aster.signatures import decoded, verified
from venue_simulators.evm.signatures import address_of
from venue_simulators.fapi.authentication import ApiKey, HmacGate, Sent, split_signature
from venue_simulators.fapi.errors import INVALID_SIGNATURE, UNAUTHORIZED, FapiError, missing
from venue_simulators.options import SignatureDepth

AGENT_PATH = "/fapi/v3/"
NONCES_KEPT = 100
NONCE_DISTANCE_NS = 10 * NS
NONCE_EXPIRED = -4225
US_NS = 1_000
_NONCE = re.compile("[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Member:
    """One account with both kinds of credentials."""

    name: str
    """The world's name of it."""
    user: str
    """The wallet, an address."""
    signer: str
    """The agent that signs for it, an address."""
    private_key: str = field(repr=False)
    """Of the agent."""
    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)


def invent_member(name: str, seed: int) -> Member:
    """Return an account's credentials, equal for equal name and seed."""
    root = f"aster:{seed}:{name}"
    private_key = "0x" + _digest(f"{root}:agent")
    return Member(
        name,
        user=address_of("0x" + _digest(f"{root}:wallet")),
        signer=address_of(private_key),
        private_key=private_key,
        api_key=_digest(f"{root}:key"),
        secret_key=_digest(f"{root}:secret"),
    )


class Nonces:
    """The last nonces of one agent."""

    def __init__(self) -> None:
        self._kept: list[int] = []

    def take(self, nonce: int) -> None:
        """Use a nonce up.

        Raises:
            FapiError: it was used before, or is smaller than all that are remembered.
        """
        if nonce in self._kept:
            raise FapiError(NONCE_EXPIRED, "Nonce duplicated.")
        if len(self._kept) >= NONCES_KEPT:
            if nonce < self._kept[0]:
                raise FapiError(NONCE_EXPIRED, "Nonce Expired.")
            del self._kept[0]
        insort(self._kept, nonce)


class AsterGate:
    """Knows the agents and, for the older paths, the API keys.

    Args:
        members: The accounts.
        depth: How closely agents' signatures are looked at.
        chain_id: For which chain they sign.
    """

    def __init__(self, members: Mapping[str, Member], depth: SignatureDepth, chain_id: int) -> None:
        self._agents = {member.signer: member for member in members.values()}
        self._nonces = {signer: Nonces() for signer in self._agents}
        self._depth = depth
        self._chain_id = chain_id
        self._legacy = HmacGate(
            {one.api_key: ApiKey(one.name, one.secret_key) for one in members.values()}
        )

    def of_key(self, sent: Sent) -> str:
        """Return whose API key it is."""
        return self._legacy.of_key(sent)

    def of_signature(self, sent: Sent, now_ns: int) -> str:
        """Return who has signed: an agent on the newer paths, an API key on the older.

        Raises:
            FapiError: the signer is unknown, the signature is not his, or the nonce is not right.
        """
        if not sent.http.path.startswith(AGENT_PATH):
            return self._legacy.of_signature(sent, now_ns)
        fields = sent.parameters
        for name in ("nonce", "signer", "signature"):
            if not fields.has(name):
                raise missing(name)
        member = self._agents.get(fields.required("signer").lower())
        if member is None:
            raise FapiError(UNAUTHORIZED)
        user = fields.text("user")
        if user is not None and user.lower() != member.user:
            raise FapiError(UNAUTHORIZED)
        nonce = _read_nonce(fields.required("nonce"), now_ns)
        text, signature = split_signature(sent.payload)
        raw = decoded(signature)
        if raw is None or not verified(self._depth, member.signer, text, raw, self._chain_id):
            raise FapiError(INVALID_SIGNATURE)
        self._nonces[member.signer].take(nonce)
        return member.name


def _read_nonce(text: str, now_ns: int) -> int:
    if _NONCE.fullmatch(text) is None:
        raise missing("nonce")
    nonce = int(text)
    if abs(nonce * US_NS - now_ns) > NONCE_DISTANCE_NS:
        raise FapiError(NONCE_EXPIRED, "Nonce Expired.")
    return nonce


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
