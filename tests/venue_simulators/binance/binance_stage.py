"""A Binance of quiet markets, and a trader who signs by the documents."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack
from urllib.parse import urlencode

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, QuietMarkets, Wanted
from tests.venue_simulators.fapi.fapi_stage import (
    BTC,
    SOL,
    FapiWire,
    Words,
    at_market,
    limit,
    row,
)
from venue_simulators.binance.authentication import Member
from venue_simulators.binance.listing import MARKETS
from venue_simulators.binance.simulator import BinanceSimulator, build
from venue_simulators.binance.terms import BinanceTerms
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


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS)
move, printed, fall = QUIET.move, QUIET.printed, QUIET.fall


def stage(
    *script: SourceEvent, terms: BinanceTerms | None = None, **wanted: Unpack[Wanted]
) -> BinanceSimulator:
    """Return a venue with the BTC and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms))


def public(simulator: BinanceSimulator, name: str, **params: object) -> HttpResponse:
    """Ask for something public."""
    query = urlencode({key: str(value) for key, value in params.items()})
    return simulator.handle(HttpRequest("rest", "GET", f"/fapi/v1/{name}", query))


@dataclass
class Trader:
    """A user with an API key; builds what is signed from the documents, not from the venue."""

    simulator: BinanceSimulator
    account: str = "main"

    @property
    def member(self) -> Member:
        """His account's credentials."""
        return self.simulator.members[self.account]

    @property
    def headers(self) -> dict[str, str]:
        """His key, as requests carry it."""
        return {"x-mbx-apikey": self.member.api_key}

    def text(self, params: Mapping[str, object]) -> str:
        """Return parameters with the time, as they are signed."""
        now_ms = self.simulator.world.now_ns // 1_000_000
        words = {name: str(value) for name, value in params.items()}
        return urlencode({"timestamp": str(now_ms), **words})

    def signature(self, text: str) -> str:
        """Return the signature of a text."""
        return hmac.new(self.member.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def ask(self, method: str, name: str, **params: object) -> HttpResponse:
        """Send a signed request."""
        text = self.text(params)
        return self.send(method, name, f"{text}&signature={self.signature(text)}")

    def send(self, method: str, name: str, payload: str) -> HttpResponse:
        """Send parameters as they are: in the query of a GET, else in the body."""
        path = f"/fapi/{name}" if name[:3] in ("v1/", "v2/", "v3/") else f"/fapi/v1/{name}"
        if method == "GET":
            return self.simulator.handle(HttpRequest("rest", "GET", path, payload, self.headers))
        headers = self.headers | FORM
        request = HttpRequest("rest", method, path, "", headers, payload.encode())
        return self.simulator.handle(request)

    def keyed(self, method: str, name: str) -> HttpResponse:
        """Send a request that carries the key alone."""
        return self.simulator.handle(
            HttpRequest("rest", method, f"/fapi/v1/{name}", "", self.headers)
        )

    def place(self, **changes: object) -> HttpResponse:
        """Place an order; changes are those to a limit bid of 1 SOL at 178.00."""
        return self.ask("POST", "order", **limit(**changes))

    def cancel(self, **names: object) -> HttpResponse:
        """Cancel a SOL order by the names given."""
        return self.ask("DELETE", "order", **{"symbol": SOL, **names})

    def order(self, **names: object) -> HttpResponse:
        """Look a SOL order up."""
        return self.ask("GET", "order", **{"symbol": SOL, **names})

    def algo(self, **changes: object) -> HttpResponse:
        """Place a conditional order; changes are those to a stop that sells 1 SOL at 170.00."""
        return self.ask("POST", "algoOrder", **stop(**changes))

    def algo_order(self, **names: object) -> Words:
        """Look a conditional order up."""
        return row(self.ask("GET", "algoOrder", **names))

    def bought(self, quantity: str, **changes: object) -> Words:
        """Return an order that bought at the market."""
        return row(self.place(**at_market("BUY", quantity, newOrderRespType="RESULT", **changes)))

    def sold(self, quantity: str, **changes: object) -> Words:
        """Return an order that sold at the market."""
        return row(self.place(**at_market("SELL", quantity, newOrderRespType="RESULT", **changes)))

    def listen(self, number: int = 90, query: str = "") -> Wire:
        """Return a connection that hears this account."""
        key = row(self.keyed("POST", "listenKey"))["listenKey"]
        return Wire(self.simulator, "/private/ws", f"listenKey={key}{query}", number=number)


def stop(**changes: object) -> dict[str, object]:
    """Return a stop that sells 1 SOL at the market; None leaves a parameter out."""
    order: dict[str, object] = {
        "algoType": "CONDITIONAL",
        "symbol": SOL,
        "side": "SELL",
        "type": "STOP_MARKET",
        "quantity": "1.00",
        "triggerPrice": "170.00",
        **changes,
    }
    return {name: value for name, value in order.items() if value is not None}


@dataclass
class Wire(FapiWire):
    """One WebSocket connection, as its client sees it."""

    service = "ws_public"
    path: str = "/public/ws"
