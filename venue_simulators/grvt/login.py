"""Logins: an API key is exchanged for a cookie that expires, and every private call shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from exchange_clients.base_models import NS
from venue_simulators.evm.signatures import address_of
from venue_simulators.grvt.body import parse_request
from venue_simulators.grvt.errors import NOT_FOUND, NOT_LOGGED_IN, GrvtError
from venue_simulators.grvt.replies import reply
from venue_simulators.wire import HttpRequest, HttpResponse

LOGIN_PATH = "/auth/api_key/login"
ACCOUNT_HEADER = "x-grvt-account-id"
ACCOUNT_PARAMETER = "x_grvt_account_id"
COOKIE = "gravity"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Member:
    """One account with its credentials."""

    name: str
    """The world's name of it."""
    sub_account_id: str
    api_key: str
    private_key: str
    signer: str
    """The address of the private key: the only one whose signatures count."""
    main_account: str
    """The funding account, an address."""
    may_trade: bool = True
    """What the API key is allowed; reading always is."""

    def __repr__(self) -> str:
        return f"Member({self.name!r}, sub_account_id={self.sub_account_id!r})"


def invent_member(name: str, seed: int) -> Member:
    """Return an account's credentials, equal for equal name and seed."""
    root = f"grvt:{seed}:{name}"
    private_key = "0x" + _digest(f"{root}:key")
    return Member(
        name,
        sub_account_id=str(10**15 + int(_digest(f"{root}:sub"), 16) % (9 * 10**15)),
        api_key=_digest(f"{root}:api")[:27],
        private_key=private_key,
        signer=address_of(private_key),
        main_account="0x" + _digest(f"{root}:main")[:40],
    )


@dataclass(slots=True)
class _Session:
    member: Member
    expires_ns: int


class Logins:
    """Who is logged in, and until when."""

    def __init__(self, members: Mapping[str, Member], lifetime_ns: int) -> None:
        self.members = members
        self.lifetime_ns = lifetime_ns
        self.region_blocked = False
        """Whether every login fails the way it does for a forbidden region."""
        self._sessions: dict[str, _Session] = {}
        self._logins = 0

    def handle(self, request: HttpRequest, now_ns: int) -> HttpResponse:
        """Answer a request to the login host."""
        if request.path != LOGIN_PATH:
            raise GrvtError(NOT_FOUND)
        key = parse_request(request).text("api_key", "")
        member = next((each for each in self.members.values() if each.api_key == key), None)
        if member is None or self.region_blocked:
            # The venue answers 200 all the same: only the missing cookie tells. The documents add a
            # cookie "rm=true" to a login, but the official SDK logs in without it.
            return reply({"status": "failure", "error": "login failed"})
        return self._welcome(member, now_ns)

    def require(self, request: HttpRequest, now_ns: int) -> Member:
        """Return whose cookie and account id a request shows.

        Raises:
            GrvtError: 1000, there is none, it has expired or it is another account's.
        """
        session = self._sessions.get(_cookie(request, COOKIE))
        account = request.headers.get(ACCOUNT_HEADER) or dict(parse_qsl(request.query)).get(
            ACCOUNT_PARAMETER
        )
        if session is None or now_ns >= session.expires_ns:
            raise GrvtError(NOT_LOGGED_IN)
        if account != session.member.sub_account_id:
            raise GrvtError(NOT_LOGGED_IN)
        return session.member

    def valid(self, request: HttpRequest, now_ns: int) -> bool:
        """Say whether the login that a request shows still stands."""
        try:
            self.require(request, now_ns)
        except GrvtError:
            return False
        return True

    def revoke(self) -> None:
        """End every login at once, long before what its cookie says."""
        self._sessions.clear()

    def _welcome(self, member: Member, now_ns: int) -> HttpResponse:
        self._logins += 1
        token = _digest(f"{member.private_key}:{self._logins}")
        # Cookies tell whole seconds.
        expires_ns = (now_ns + self.lifetime_ns) // NS * NS
        self._sessions[token] = _Session(member, expires_ns)
        words = {
            "status": "success",
            "location": "",
            "funding_account_address": member.main_account,
            "sub_account_id": member.sub_account_id,
        }
        cookie = f"{COOKIE}={token}; Path=/; Expires={http_date(expires_ns)}; HttpOnly; Secure"
        headers = {"set-cookie": cookie, ACCOUNT_HEADER: member.sub_account_id}
        return reply(words, headers)


def http_date(at_ns: int) -> str:
    """Return an instant as headers state it: ``"Sun, 06 Nov 1994 08:49:37 GMT"``."""
    at = datetime.fromtimestamp(at_ns // NS, UTC)
    day, month = DAYS[at.weekday()], MONTHS[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"


def _cookie(request: HttpRequest, name: str) -> str:
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    morsel = cookies.get(name)
    return morsel.value if morsel else ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
