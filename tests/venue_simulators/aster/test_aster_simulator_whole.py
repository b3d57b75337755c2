"""The venue as a whole: what it is called, how time passes, and that nothing breaks it."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import Trader, Wire, public, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, limit, row, rows
from venue_simulators.aster.simulator import build
from venue_simulators.evm.signatures import address_of
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest

URLS = {"rest": "http://127.0.0.1:1", "ws": "ws://127.0.0.1:2"}
VENUE = stage()
"""Where anything may arrive; no case depends on what came before."""
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def test_the_environment_names_what_users_have() -> None:
    venue = build(SimulatorOptions())
    member = venue.members["main"]
    assert venue.environment(URLS) == {
        "ASTER_USER_ADDRESS": member.user,
        "ASTER_SIGNER_ADDRESS": member.signer,
        "ASTER_SIGNER_PRIVATE_KEY": member.private_key,
        "PERP_ASTER_REST_URL": "http://127.0.0.1:1",
        "PERP_ASTER_WS_URL": "ws://127.0.0.1:2",
    }
    assert address_of(member.private_key) == member.signer != member.user


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "aster"
    assert [service.name for service in venue.services] == ["rest", "ws"]


def test_without_a_choice_it_lists_everything_it_has() -> None:
    venue = build(SimulatorOptions())
    passes(venue, 1)
    listed = [one["symbol"] for one in row(public(venue, "exchangeInfo"))["symbols"]]
    assert listed == ["BTCUSDT", "ETHUSDT", "SOLUSDT", "1000PEPEUSDT"]
    assert [one["symbol"] for one in rows(public(venue, "ticker/price"))] == listed


def test_accounts_have_credentials_of_their_own_that_the_seed_draws() -> None:
    names = ("main", "other")
    one, two = (build(SimulatorOptions(seed=seed, accounts=names)) for seed in (1, 2))
    keys = [member.private_key for venue in (one, two) for member in venue.members.values()]
    assert len(set(keys)) == 4
    again = build(SimulatorOptions(seed=1, accounts=names))
    assert again.members["main"] == one.members["main"]
    assert one.members["main"].private_key not in repr(one.members["main"])


def told(step_ns: int) -> list[str]:
    """Return every frame of a short session, time passing in steps."""
    venue = build(SimulatorOptions(symbols=("SOL",), signatures=SignatureDepth.DIGEST))
    passes(venue, 1)
    trader = Trader(venue)
    streams = "solusdt@depth@100ms/solusdt@bookTicker/solusdt@kline_1m/!ticker@arr"
    heard = Wire(venue, "/stream", f"streams={streams}"), trader.listen()
    best = row(public(venue, "ticker/bookTicker", symbol=SOL))["bidPrice"]
    row(trader.place(price=best, newClientOrderId="x"))
    row(trader.ask("POST", "countdownCancelAll", symbol=SOL, countdownTime=5000))
    passes(venue, 10, step_ns)
    return [str(frame) for wire in heard for frame in wire.frames]


def test_nothing_depends_on_how_often_the_clock_is_told() -> None:
    assert told(10 * NS) == told(137_000_000)
    assert len(told(10 * NS)) > 50


def test_the_next_instant_is_where_something_happens() -> None:
    venue = stage()
    assert venue.next_ns() > venue.world.now_ns
    Wire(venue, "/ws/solusdt@markPrice@1s")
    assert venue.next_ns() == (venue.world.now_ns // NS + 1) * NS


@pytest.mark.parametrize("name", ["order", "batchOrders", "leverage", "listenKey", "marginType"])
@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    params=st.dictionaries(
        st.sampled_from([*limit(), "orderId", "orderIdList", "batchOrders", "leverage", "limit"]),
        st.one_of(TEXTS, st.sampled_from(["[{}]", "[[1]]", "0", "1", "SOLUSDT", "true"])),
    ),
)
def test_whatever_is_signed_is_answered(name: str, method: str, params: dict[str, str]) -> None:
    trader = Trader(VENUE)
    answer = trader.ask(method, name, **params)
    assert answer.status in (200, 400, 401, 404, 418, 429)
    assert answer.body


@settings(deadline=None, derandomize=True, max_examples=60)
@given(query=TEXTS, body=st.binary(max_size=30), method=st.sampled_from(["GET", "POST"]))
def test_whatever_arrives_is_answered(query: str, body: bytes, method: str) -> None:
    for path in ("/fapi/v3/order", "/fapi/v1/order", "/fapi/v3/depth"):
        request = HttpRequest("rest", method, path, urlencode({"symbol": query}), {}, body)
        assert 400 <= VENUE.handle(request).status < 500


@settings(deadline=None, derandomize=True, max_examples=60)
@given(frame=st.one_of(TEXTS, st.binary(max_size=20)))
def test_whatever_is_said_on_a_stream_is_answered(frame: str | bytes) -> None:
    wire = Wire(VENUE)
    VENUE.on_frame(wire, frame)
    (answer,) = wire.take()
    assert answer["code"] == 2
    VENUE.on_close(wire)
