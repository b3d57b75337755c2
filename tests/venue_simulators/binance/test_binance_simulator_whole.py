"""The venue as a whole: what it is called, how time passes, and that nothing breaks it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, Wire, public, stage, stop
from tests.venue_simulators.fapi.fapi_stage import SOL, limit, row, rows
from venue_simulators.binance.simulator import build
from venue_simulators.binance.terms import BinanceTerms, KeyKind
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest

NAMES = ("rest", "ws_public", "ws_market", "ws_private", "ws_api")
URLS = {name: f"ws://127.0.0.1:{number}" for number, name in enumerate(NAMES)}
VENUE = stage()
"""Where anything may arrive; no case depends on what came before."""
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def test_the_environment_names_what_users_have() -> None:
    venue = build(SimulatorOptions())
    member = venue.members["main"]
    assert venue.environment(URLS) == {
        "BINANCE_API_KEY": member.api_key,
        "BINANCE_API_SECRET": member.secret,
        "PERP_BINANCE_REST_URL": "ws://127.0.0.1:0",
        "PERP_BINANCE_WS_PUBLIC_URL": "ws://127.0.0.1:1/public",
        "PERP_BINANCE_WS_MARKET_URL": "ws://127.0.0.1:2/market",
        "PERP_BINANCE_WS_PRIVATE_URL": "ws://127.0.0.1:3/private",
        "PERP_BINANCE_WS_API_URL": "ws://127.0.0.1:4/ws-fapi/v1",
    }


def test_it_may_hand_out_the_private_key_instead() -> None:
    venue = build(SimulatorOptions(), BinanceTerms(key_kind=KeyKind.ED25519))
    told = venue.environment(URLS)
    assert told["BINANCE_API_SECRET"].startswith("-----BEGIN PRIVATE KEY-----")
    assert told["BINANCE_API_KEY"] == venue.members["main"].curve_api_key


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "binance"
    assert tuple(service.name for service in venue.services) == NAMES
    assert [service.websocket for service in venue.services] == [False, True, True, True, True]


def test_without_a_choice_it_lists_everything_it_has() -> None:
    venue = build(SimulatorOptions())
    passes(venue, 1)
    listed = [one["symbol"] for one in rows(public(venue, "ticker/price"))]
    assert listed == ["BTCUSDT", "ETHUSDT", "SOLUSDT", "1000PEPEUSDT", "币安人生USDT"]


def told(step_ns: int) -> list[str]:
    """Return every frame of a short session, time passing in steps."""
    venue = build(SimulatorOptions(symbols=("SOL",)))
    passes(venue, 1)
    trader = Trader(venue)
    streams = "solusdt@depth@100ms/solusdt@bookTicker/solusdt@trade/!bookTicker"
    heard = (
        Wire(venue, "/public/stream", f"streams={streams}", number=1),
        Wire(venue, "/market/ws/solusdt@kline_1m/!ticker@arr", number=2),
        trader.listen(),
    )
    best = row(public(venue, "ticker/bookTicker", symbol=SOL))
    row(trader.place(price=best["bidPrice"], newClientOrderId="x"))
    mark = float(row(public(venue, "premiumIndex", symbol=SOL))["markPrice"])
    terms = {"side": "BUY", "workingType": "MARK_PRICE", "clientAlgoId": "a"}
    row(trader.algo(triggerPrice=f"{mark + 0.01:.2f}", **terms))
    row(trader.ask("POST", "countdownCancelAll", symbol=SOL, countdownTime=5000))
    passes(venue, 20, step_ns)
    assert trader.algo_order(clientAlgoId="a")["algoStatus"] == "FINISHED"
    return [str(frame) for wire in heard for frame in wire.frames]


def test_nothing_depends_on_how_often_the_clock_is_told() -> None:
    assert told(20 * NS) == told(137_000_000)
    assert len(told(20 * NS)) > 50


def test_the_next_instant_is_where_something_happens() -> None:
    venue = stage()
    Wire(venue, "/market/ws/solusdt@markPrice@1s")
    assert venue.next_ns() == (venue.world.now_ns // NS + 1) * NS


@pytest.mark.parametrize("name", ["order", "batchOrders", "algoOrder", "leverage", "allAlgoOrders"])
@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    params=st.dictionaries(
        st.sampled_from([*limit(), *stop(), "orderId", "orderIdList", "batchOrders", "priceMatch"]),
        st.one_of(TEXTS, st.sampled_from(["[{}]", "[[1]]", "0", "1", "SOLUSDT", "true", "QUEUE"])),
    ),
)
def test_whatever_is_signed_is_answered(name: str, method: str, params: dict[str, str]) -> None:
    answer = Trader(VENUE).ask(method, name, **params)
    assert answer.status in (200, 400, 401, 404, 418, 429)
    assert answer.body


@settings(deadline=None, derandomize=True, max_examples=60)
@given(query=TEXTS, body=st.binary(max_size=30), method=st.sampled_from(["GET", "POST"]))
def test_whatever_arrives_is_answered(query: str, body: bytes, method: str) -> None:
    for path in ("/fapi/v1/order", "/fapi/v9/order", "/fapi/v1/depth"):
        request = HttpRequest("rest", method, path, urlencode({"symbol": query}), {}, body)
        assert 400 <= VENUE.handle(request).status < 500


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    frame=st.one_of(TEXTS, st.binary(max_size=20)),
    path=st.sampled_from(["/ws-fapi/v1", "/public/ws"]),
)
def test_whatever_is_said_is_answered(frame: str | bytes, path: str) -> None:
    venue = stage()
    wire = Wire(venue, path)
    venue.on_frame(wire, frame)
    (answer,) = wire.take()
    assert "code" in answer or "error" in answer
