"""Logins: a signed request becomes a token, and who has no account yet gets one.

The signature covers ``POST /v1/auth`` whatever key stands in the path. Without an expiration it
holds for half an hour, which is then what was signed; a week is the most.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from exchange_clients.base_models import NS
from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.errors import VALIDATION, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.members import Member, address_of
from venue_simulators.paradex.signatures import onboarding_hash, request_hash, signed_by
from venue_simulators.paradex.terms import ParadexTerms
from venue_simulators.paradex.tokens import Session, Tokens
from venue_simulators.paradex.wording import Words

EXPIRATION_DEFAULT_S = 1800
EXPIRATION_MAX_S = 7 * 86_400
_NUMBER = re.compile(r"[0-9]{1,100}|0x[0-9a-fA-F]{1,64}")
LONG_LIVED_S = (60, 365 * 86_400)
LONG_LIVED_MAX = 20
"""Long-lived tokens of one account; the venue has a limit and does not say which."""


class LoginDesk:
    """Answers about keys and tokens.

    Args:
        members: Who has an account, by name.
        tokens: Where tokens are kept.
        terms: The chain, and how far clocks may differ.
        depth: How closely signatures are looked at.
    """

    def __init__(
        self,
        members: Mapping[str, Member],
        tokens: Tokens,
        terms: ParadexTerms,
        depth: SignatureDepth,
    ) -> None:
        self._members = members
        self._tokens = tokens
        self._terms = terms
        self._depth = depth

    def auth(
        self, headers: Mapping[str, str], query: Fields, key: str | None, now_ns: int
    ) -> Words:
        """Return a token for a signed request; ``key`` is the public key in the path."""
        member = self._member(headers)
        public_key = member.main.public_key if key is None else _hexadecimal(key)
        if public_key not in member.public_keys:
            raise Refusal("INVALID_SUBKEY", "the key is not registered for the account")
        timestamp_s = _seconds(headers, "paradex-timestamp", None, "INVALID_TIMESTAMP")
        expiration_s = _seconds(
            headers,
            "paradex-signature-expiration",
            timestamp_s + EXPIRATION_DEFAULT_S,
            "INVALID_SIGNATURE_EXPIRATION",
        )
        self._check_times(timestamp_s, expiration_s, now_ns)
        digest = request_hash(self._terms.chain_id, member.address, timestamp_s, expiration_s)
        self._check_signature(headers, public_key, digest)
        usage = query.text("token_usage")
        if usage not in (None, "interactive"):
            raise query.fault("token_usage", "must be interactive")
        token = self._tokens.log_in(member, now_ns, interactive=usage is not None)
        return {"jwt_token": token}

    def onboard(self, headers: Mapping[str, str], body: Fields) -> Words:
        """Take in an account; each that there is was taken in before."""
        public_key = _hexadecimal(body.required("public_key"))
        if not headers.get("paradex-ethereum-account"):
            raise Refusal(VALIDATION, "PARADEX-ETHEREUM-ACCOUNT is required")
        address = _hexadecimal(headers.get("paradex-starknet-account", ""))
        digest = onboarding_hash(self._terms.chain_id, address)
        self._check_signature(headers, public_key, digest)
        member = self._by_address(address)
        if member is None or public_key != member.main.public_key:
            raise Refusal("ACCOUNT_NOT_FOUND", "only the accounts of this venue are taken in")
        return {"address": member.account}

    def onboarding(self, query: Fields) -> Words:
        """Say which account a public key has, and whether it exists."""
        query.choice("account_signer_type", ("starknet",), "starknet")
        public_key = _hexadecimal(query.required("public_key"))
        address = address_of(public_key)
        return {"address": f"{address:#x}", "exists": self._by_address(address) is not None}

    # Long-lived tokens ----------------------------------------------------------------------------

    def new_token(self, session: Session, body: Fields, now_ns: int) -> Words:
        """Return a token that lasts as long as was asked."""
        member = session.member
        name = body.required("name")
        kind = body.required("token_type")
        duration_s = body.whole("expiry_duration")
        shortest, longest = LONG_LIVED_S
        if duration_s is None or not shortest <= duration_s <= longest:
            raise body.fault("expiry_duration", f"must be from {shortest} to {longest} seconds")
        known = self._tokens.long_lived(member)
        if len(known) >= LONG_LIVED_MAX:
            raise Refusal("TOKEN_LIMIT_REACHED")
        lookup_id = f"{member.name}-{now_ns}-{len(known)}"
        expires_ns = now_ns + duration_s * NS
        lasting = Session(
            member, expires_ns, read_only=kind.lower() == "read_only", lookup_id=lookup_id
        )
        return {
            "lookup_id": lookup_id,
            "name": name,
            "token_type": kind,
            "token": self._tokens.issue(lasting, now_ns),
            "expires_at": expires_ns // NS,
        }

    def token_rows(self, session: Session) -> Sequence[Words]:
        """Return the long-lived tokens, without what they are."""
        return [
            {"lookup_id": each.lookup_id, "expires_at": each.expires_ns // NS}
            for each in self._tokens.long_lived(session.member)
        ]

    def delete_token(self, session: Session, lookup_id: str) -> None:
        """End a long-lived token."""
        if not self._tokens.delete(session.member, lookup_id):
            raise Refusal("INVALID_TOKEN", "there is no such token")

    # Checking -------------------------------------------------------------------------------------

    def _member(self, headers: Mapping[str, str]) -> Member:
        text = headers.get("paradex-starknet-account", "")
        if not text:
            raise Refusal(VALIDATION, "PARADEX-STARKNET-ACCOUNT is required")
        member = self._by_address(_hexadecimal(text))
        if member is None:
            raise Refusal("NOT_ONBOARDED", "User has never called /onboarding endpoint")
        return member

    def _by_address(self, address: int) -> Member | None:
        return next((each for each in self._members.values() if each.address == address), None)

    def _check_times(self, timestamp_s: int, expiration_s: int, now_ns: int) -> None:
        if timestamp_s * NS > now_ns + self._terms.timestamp_ahead_ns:
            raise Refusal("INVALID_TIMESTAMP", "the timestamp is in the future")
        if not timestamp_s < expiration_s <= timestamp_s + EXPIRATION_MAX_S:
            raise Refusal("INVALID_SIGNATURE_EXPIRATION", "the expiration is out of range")
        if expiration_s * NS <= now_ns:
            raise Refusal("INVALID_SIGNATURE_EXPIRATION", "the signature has expired")

    def _check_signature(self, headers: Mapping[str, str], public_key: int, digest: int) -> None:
        pair = read_signature(headers.get("paradex-starknet-signature", ""))
        if pair is None:
            raise Refusal("INVALID_STARKNET_SIGNATURE", "the signature is not a pair of numbers")
        if not signed_by(public_key, digest, pair, self._depth):
            raise Refusal("STARKNET_SIGNATURE_VERIFICATION_FAILED")


def read_signature(text: str) -> tuple[int, int] | None:
    """Return r and s of ``["<r>","<s>"]``, None where that is not what the text says.

    The venue documents decimal digits; ccxt sends 0x and hexadecimal ones, which it takes as well.
    """
    try:
        pair = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    if not all(isinstance(each, str) and _NUMBER.fullmatch(each) for each in pair):
        return None
    r, s = (int(each, 16 if each.startswith("0x") else 10) for each in pair)
    return r, s


def _hexadecimal(text: str) -> int:
    try:
        if text.startswith("0x") and len(text) <= 66:
            return int(text, 16)
    except ValueError:
        pass
    raise Refusal("PUBLIC_KEY_INVALID", "keys and addresses are written 0x and hexadecimal digits")


def _seconds(headers: Mapping[str, str], name: str, default: int | None, code: str) -> int:
    text = headers.get(name, "")
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Refusal(code, f"{name} must be seconds since the epoch")
    return int(text)
