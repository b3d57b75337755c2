"""What venues of the dialect do differently: each difference on a venue that has them all."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from exchange_clients.paper.rules import PostOnlyMode
from tests.venue_simulators.aster.aster_stage import QUIET, move, stop
from tests.venue_simulators.fapi.fapi_stage import SOL, at_market, limit, refusal, row, rows
from venue_simulators.aster import listing
from venue_simulators.fapi.account_book import Words
from venue_simulators.fapi.authentication import ApiKey, HmacGate
from venue_simulators.fapi.calls import PathKey, Route, Security
from venue_simulators.fapi.hub import StreamRules
from venue_simulators.fapi.order_entry import EntryRules
from venue_simulators.fapi.order_words import OrderWords
from venue_simulators.fapi.orders import CONDITIONAL, FillRecord, OrderRecord
from venue_simulators.fapi.rate_limits import Limits
from venue_simulators.fapi.trading import TradingRules
from venue_simulators.fapi.venue import Desks, Dialect, FapiVenue
from venue_simulators.fapi.wording import Row
from venue_simulators.options import SimulatorOptions, build_world
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

NS = 1_000_000_000
START_NS = 1_795_204_800 * NS
KEY, SECRET = "key" * 10, "secret"
ROOTS: Mapping[str, Sequence[str] | None] = {
    "public": ("bookTicker", "depth", "top"),
    "market": ("aggTrade", "markPrice"),
    "private": ("private",),
}


class TerseWords(OrderWords):
    """Tells fills a second time, in few words, and no average price."""

    def row(self, record: OrderRecord) -> Row:
        """Return an order without its average price."""
        told = super().row(record)
        del told["avgPrice"]
        return told

    def events(
        self, record: OrderRecord, execution: str, filled: FillRecord | None
    ) -> Sequence[tuple[str, Row]]:
        """Return the usual event, and for a fill a short one before it."""
        usual = super().events(record, execution, filled)
        return usual if filled is None else [("TRADE_LITE", {"i": record.info.order_id}), *usual]


def routes(desks: Desks) -> Mapping[PathKey, Route]:
    """Return a few paths; listen keys need no signature."""
    return {
        ("GET", "/time"): Route(desks.public.time, 1, Security.NONE),
        ("POST", "/order"): Route(desks.trading.place, 0, orders=1),
        ("PUT", "/order"): Route(desks.trading.amend),
        ("DELETE", "/all"): Route(desks.trading.cancel_all),
        ("GET", "/open"): Route(desks.trading.open_orders),
        ("POST", "/listenKey"): Route(desks.keys.take, 1, Security.KEY),
    }


def stage(limits: Limits | None = None) -> FapiVenue:
    """Return the venue, a second after its opening."""
    source = QUIET.source([move(3, 2, [(179.98, 10.0)], [])])
    options = SimulatorOptions(symbols=("BTC", "SOL"), source=source)
    world = build_world(options, listing.MARKETS, listing.paper_config(PostOnlyMode.REJECT))
    markets = world.markets.values()
    entry = EntryRules(
        refused_types=dict.fromkeys(CONDITIONAL, -4120),
        self_trade_parameter="selfTradePreventionMode",
    )
    dialect = Dialect(
        filters={
            one.contract_id: replace(listing.filters_of(one), max_conditional=None)
            for one in markets
        },
        brackets={one.contract_id: listing.brackets_of(one) for one in markets},
        symbol_row=listing.symbol_row,
        limits=limits or Limits(tells_retry_after=True, tells_ten_seconds=True),
        trading=TradingRules(entry, amend_needs_side=True),
        streams=StreamRules(roots=ROOTS),
        words=Words(orders=TerseWords()),
    )
    gate = HmacGate({KEY: ApiKey("main", SECRET)})
    venue = FapiVenue(world, ("main",), dialect, gate, routes)
    venue.advance(START_NS + NS)
    return venue


def ask(venue: FapiVenue, method: str, path: str, **params: object) -> HttpResponse:
    """Send a signed request."""
    words = {**params, "timestamp": venue.world.now_ns // 1_000_000}
    text = urlencode({name: str(value) for name, value in words.items()})
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    query = f"{text}&signature={signature}"
    return venue.handle(HttpRequest("rest", method, path, query, {"x-mbx-apikey": KEY}))


class Line:
    """One WebSocket connection, as its client sees it."""

    def __init__(self, path: str, query: str = "", number: int = 1) -> None:
        self.number = number
        self.request = HttpRequest("ws", "GET", path, query)
        self.frames: list[Any] = []  # JSON of many shapes

    def send(self, frame: Frame) -> None:
        """Take a frame from the venue."""
        self.frames.append(json.loads(frame))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Take the end of the connection from the venue."""
        raise AssertionError(f"closed with {code} {reason}")


def kinds(line: Line) -> list[str]:
    """Return the names of the events that came."""
    return [frame["e"] for frame in line.frames if "e" in frame]


def test_types_that_belong_elsewhere_are_refused_with_their_code() -> None:
    venue = stage()
    assert refusal(ask(venue, "POST", "/order", **limit(**stop("SELL", "170.00")))) == (400, -4120)
    assert row(ask(venue, "POST", "/order", **limit()))["status"] == "NEW"


def test_self_trade_prevention_has_a_name_of_its_own() -> None:
    venue = stage()
    other = limit(selfTradePreventionMode="EXPIRE_MAKER")
    assert refusal(ask(venue, "POST", "/order", **other)) == (400, -1130)
    same = limit(selfTradePreventionMode="EXPIRE_TAKER", stpMode="EXPIRE_MAKER")
    assert row(ask(venue, "POST", "/order", **same))["status"] == "NEW"


def test_amendments_may_need_the_side() -> None:
    venue = stage()
    order_id = row(ask(venue, "POST", "/order", **limit()))["orderId"]
    change = {"symbol": SOL, "orderId": order_id, "quantity": "2", "price": "177.00"}
    assert refusal(ask(venue, "PUT", "/order", **change)) == (400, -1102)
    assert row(ask(venue, "PUT", "/order", **change, side="BUY"))["origQty"] == "2.00"


def test_a_whole_cancellation_may_be_answered_with_a_number() -> None:
    venue = stage()
    assert row(ask(venue, "DELETE", "/all", symbol=SOL)) == {"code": 200, "msg": "success"}


def test_a_venue_words_its_orders_and_adds_events() -> None:
    venue = stage()
    headers = {"x-mbx-apikey": KEY}
    key = row(venue.handle(HttpRequest("rest", "POST", "/listenKey", "", headers)))["listenKey"]
    line = Line("/private/ws", f"listenKey={key}")
    assert venue.on_open(line) is None
    placed = row(ask(venue, "POST", "/order", **limit(**at_market("BUY", "1"))))
    assert placed["status"] == "NEW"
    assert kinds(line) == [
        "ORDER_TRADE_UPDATE",
        "ACCOUNT_UPDATE",
        "TRADE_LITE",
        "ORDER_TRADE_UPDATE",
    ]
    row(ask(venue, "POST", "/order", **limit()))
    (resting,) = rows(ask(venue, "GET", "/open"))
    assert "avgPrice" not in resting


def test_an_algo_filter_may_be_missing() -> None:
    (first, *_) = stage().dialect.filters.values()
    assert "MAX_NUM_ALGO_ORDERS" not in [one["filterType"] for one in first.rows()]


# Limits -------------------------------------------------------------------------------------------


def test_a_refusal_may_say_when_to_return() -> None:
    venue = stage(Limits(weight_a_minute=1, tells_retry_after=True))
    request = HttpRequest("rest", "GET", "/time")
    assert venue.handle(request).status == 200
    refused = venue.handle(request)
    assert (refused.status, refused.headers["retry-after"]) == (429, "59")


def test_orders_of_ten_seconds_may_be_told_too() -> None:
    headers = ask(stage(), "POST", "/order", **limit()).headers
    assert headers["x-mbx-order-count-10s"] == headers["x-mbx-order-count-1m"] == "1"


# Roots of streams ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "heard"), [("/public/ws", True), ("/market/ws", False), ("/private/ws", False)]
)
def test_a_stream_speaks_below_its_own_root_alone(path: str, heard: bool) -> None:
    venue = stage()
    line = Line(path)
    assert venue.on_open(line) is None
    words = {"method": "SUBSCRIBE", "params": ["solusdt@depth@100ms"], "id": 7}
    venue.on_frame(line, json.dumps(words))
    venue.advance(START_NS + 5 * NS)
    # Wherever it does not speak, the subscription is acknowledged all the same.
    assert line.frames[0] == {"result": None, "id": 7}
    assert kinds(line) == (["depthUpdate"] if heard else [])


def test_a_root_takes_streams_by_path_too() -> None:
    venue = stage()
    line = Line("/public/stream", "streams=solusdt@depth@100ms/solusdt@bookTicker")
    assert venue.on_open(line) is None
    venue.advance(START_NS + 5 * NS)
    told = [frame["stream"] for frame in line.frames]
    assert sorted(told) == ["solusdt@bookTicker", "solusdt@depth@100ms"]


@pytest.mark.parametrize("path", ["/ws", "/ws/solusdt@depth", "/stream", "/other/ws"])
def test_paths_without_a_root_are_gone(path: str) -> None:
    answer = stage().on_open(Line(path))
    assert answer is not None
    assert answer.status == 404
