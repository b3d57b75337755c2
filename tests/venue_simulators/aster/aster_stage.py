"""An Aster of quiet markets, and a trader who signs with a curve library of his own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack
from urllib.parse import urlencode

from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.main import KeyAPI

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, QuietMarkets, Wanted
from tests.venue_simulators.fapi.fapi_stage import (
    BTC,
    SOL,
    FapiWire,
    limit,
    row,
)
from venue_simulators.aster.authentication import Member
from venue_simulators.aster.listing import MARKETS
from venue_simulators.aster.signatures import message_digest
from venue_simulators.aster.simulator import AsterSimulator, build
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.evm.signatures import tag
from venue_simulators.wire import HttpRequest, HttpResponse

START_NS = 1_795_204_800 * NS
"""2026-11-20 20:00 UTC."""
START_MS = START_NS // 1_000_000
OPENED_MS = START_MS + 100
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((179.98, 40.0), (179.97, 60.0)), ((180.02, 40.0), (180.03, 60.0))),
    BTC: (((90000.1, 2.0), (90000.0, 3.0)), ((90000.3, 2.0), (90000.4, 3.0))),
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
_KEYS = KeyAPI(NativeECCBackend)


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS)
move, printed, fall = QUIET.move, QUIET.printed, QUIET.fall


def stage(
    *script: SourceEvent, terms: AsterTerms | None = None, **wanted: Unpack[Wanted]
) -> AsterSimulator:
    """Return a venue with the BTC and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms))


def public(simulator: AsterSimulator, name: str, **params: object) -> HttpResponse:
    """Ask for something public."""
    query = urlencode({key: str(value) for key, value in params.items()})
    return simulator.handle(HttpRequest("rest", "GET", f"/fapi/v3/{name}", query))


@dataclass
class Trader:
    """An agent of an account; builds what is signed from the documents, not from the venue."""

    simulator: AsterSimulator
    account: str = "main"
    full: bool = False
    """Whether he signs with the curve rather than with the tag."""
    nonces: int = 0

    @property
    def member(self) -> Member:
        """His account's credentials."""
        return self.simulator.members[self.account]

    def nonce(self) -> str:
        """Return a nonce that he has not used."""
        self.nonces += 1
        return str(self.simulator.world.now_ns // 1000 + self.nonces)

    def text(self, params: Mapping[str, object], **identity: str) -> str:
        """Return parameters with nonce, user and signer, as they are signed."""
        known = {
            "nonce": identity.get("nonce") or self.nonce(),
            "user": identity.get("user", self.member.user),
            "signer": identity.get("signer", self.member.signer),
        }
        words = {name: str(value) for name, value in params.items()}
        return urlencode({**words, **{name: word for name, word in known.items() if word}})

    def signature(self, text: str, chain_id: int = 1666) -> str:
        """Return the signature of a text."""
        digest = message_digest(text, chain_id)
        if not self.full:
            r, s = tag(digest)
            return "0x" + (r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x1b").hex()
        key = _KEYS.PrivateKey(bytes.fromhex(self.member.private_key[2:]))
        made = _KEYS.ecdsa_sign(digest, key)
        raw: bytes = made.r.to_bytes(32, "big") + made.s.to_bytes(32, "big")
        return f"0x{raw.hex()}{made.v + 27:02x}"

    def ask(self, method: str, name: str, **params: object) -> HttpResponse:
        """Send a signed request."""
        text = self.text(params)
        return self.send(method, name, f"{text}&signature={self.signature(text)}")

    def send(self, method: str, name: str, payload: str) -> HttpResponse:
        """Send parameters as they are: in the query of a GET, else in the body."""
        path = f"/fapi/v3/{name}"
        if method == "GET":
            return self.simulator.handle(HttpRequest("rest", "GET", path, payload))
        request = HttpRequest("rest", method, path, "", FORM, payload.encode())
        return self.simulator.handle(request)

    def legacy(self, method: str, path: str, **params: object) -> HttpResponse:
        """Send a request of the older kind, signed with the API key's secret."""
        now_ms = self.simulator.world.now_ns // 1_000_000
        words = {"timestamp": now_ms, **params}
        text = urlencode({name: str(value) for name, value in words.items()})
        secret = self.member.secret_key.encode()
        signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        headers = {"x-mbx-apikey": self.member.api_key}
        query = f"{text}&signature={signature}"
        return self.simulator.handle(HttpRequest("rest", method, path, query, headers))

    def place(self, **changes: object) -> HttpResponse:
        """Place an order; changes are those to a limit bid of 1 SOL at 178.00."""
        return self.ask("POST", "order", **limit(**changes))

    def cancel(self, **names: object) -> HttpResponse:
        """Cancel a SOL order by the names given."""
        return self.ask("DELETE", "order", **{"symbol": SOL, **names})

    def order(self, **names: object) -> HttpResponse:
        """Look a SOL order up."""
        return self.ask("GET", "order", **{"symbol": SOL, **names})

    def listen(self, number: int = 90) -> Wire:
        """Return a connection that hears this account."""
        key = row(self.ask("POST", "listenKey"))["listenKey"]
        return Wire(self.simulator, f"/ws/{key}", number=number)


def stop(side: str, trigger: str, **changes: object) -> dict[str, object]:
    """Return changes that make a stop at the market of a limit order."""
    return {
        "side": side,
        "type": "STOP_MARKET",
        "stopPrice": trigger,
        "price": None,
        "timeInForce": None,
        **changes,
    }


@dataclass
class Wire(FapiWire):
    """One WebSocket connection, as its client sees it."""

    service = "ws"
    path: str = "/ws"
