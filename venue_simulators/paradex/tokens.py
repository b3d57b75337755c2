"""Bearer tokens: they last five minutes, cannot be extended, and say so in themselves.

A token names no rights that the venue does not remember: it is looked up, never believed.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from exchange_clients.base_models import NS
from venue_simulators.paradex.errors import TokenRefused
from venue_simulators.paradex.members import Member

KEPT_MAX = 10_000
"""Tokens that are remembered, expired ones among them; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who a token stands for, and what it allows."""

    member: Member
    expires_ns: int
    interactive: bool = False
    """Whether its orders are those of a person in front of a screen: slowed down, without fees."""
    read_only: bool = False
    lookup_id: str = ""
    """Under which a long-lived token is deleted."""


class Tokens:
    """All tokens of the venue.

    Args:
        lifetime_ns: How long a token of a login stands.
    """

    def __init__(self, lifetime_ns: int) -> None:
        self.lifetime_ns = lifetime_ns
        self._sessions: dict[str, Session] = {}
        self._issued = 0

    def log_in(self, member: Member, now_ns: int, *, interactive: bool) -> str:
        """Return a new token."""
        return self.issue(Session(member, now_ns + self.lifetime_ns, interactive), now_ns)

    def issue(self, session: Session, now_ns: int) -> str:
        """Return a new token for a session."""
        self._issued += 1
        claims = {
            "type": "account",
            "sub": session.member.account,
            "token_usage": "interactive" if session.interactive else "",
            "iss": "Paradex",
            "exp": session.expires_ns // NS,
            "iat": now_ns // NS,
            "jti": str(self._issued),
        }
        body = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        seal = sha256(f"{session.member.main.private_key}/{body}".encode()).digest()
        token = f"{body}.{_base64(seal)}"
        self._sessions[token] = session
        while len(self._sessions) > KEPT_MAX:
            del self._sessions[next(iter(self._sessions))]
        return token

    def of_headers(self, headers: Mapping[str, str], now_ns: int) -> Session:
        """Return the session of a request.

        Raises:
            TokenRefused: there is no token, or it stands no longer.
        """
        word, _, token = headers.get("authorization", "").partition(" ")
        if word.lower() != "bearer" or not well_formed(token):
            raise TokenRefused("token contains an invalid number of segments")
        return self.require(token, now_ns)

    def require(self, token: str, now_ns: int) -> Session:
        """Return the session of a token.

        Raises:
            TokenRefused: the token is not one of ours, or stands no longer.
        """
        session = self._sessions.get(token)
        if session is None:
            raise TokenRefused("signature is invalid")
        if now_ns >= session.expires_ns:
            late_s = (now_ns - session.expires_ns) / NS
            raise TokenRefused(f"token is expired by {late_s:g}s")
        return session

    def revoke(self) -> None:
        """End every token at once, long before what it says."""
        self._sessions.clear()

    def delete(self, member: Member, lookup_id: str) -> bool:
        """Forget a long-lived token; False where there is none."""
        for token, session in self._sessions.items():
            if session.member is member and session.lookup_id == lookup_id != "":
                del self._sessions[token]
                return True
        return False

    def long_lived(self, member: Member) -> list[Session]:
        """Return the sessions that can be deleted by their lookup id."""
        return [
            each for each in self._sessions.values() if each.member is member and each.lookup_id
        ]


def well_formed(token: str) -> bool:
    """Say whether a text has the three parts of a token."""
    parts = token.split(".")
    return len(parts) == 3 and all(parts)


def _part(words: Mapping[str, object]) -> str:
    return _base64(json.dumps(words, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
