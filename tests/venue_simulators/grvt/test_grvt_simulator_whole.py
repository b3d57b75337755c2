"""The venue as a whole: what it is called, how time passes, and that nothing breaks it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.odd_values import ANY_JSON, ODD_NUMBERS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    JSON_HEADERS,
    SOL,
    Trader,
    Wire,
    quick,
    read,
    stage,
)
from venue_simulators.grvt.simulator import GrvtSimulator, build
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest

URLS = {
    "auth": "http://127.0.0.1:1",
    "trades": "http://127.0.0.1:2",
    "market_data": "http://127.0.0.1:3",
    "trades_ws": "ws://127.0.0.1:4",
    "market_data_ws": "ws://127.0.0.1:5",
}


def test_the_environment_names_what_users_have() -> None:
    venue = build(SimulatorOptions())
    member = venue.logins.members["main"]
    assert venue.environment(URLS) == {
        "GRVT_TRADING_ACCOUNT_ID": member.sub_account_id,
        "GRVT_PRIVATE_KEY": member.private_key,
        "GRVT_API_KEY": member.api_key,
        "GRVT_ENVIRONMENT": "prod",
        "PERP_GRVT_AUTH_URL": "http://127.0.0.1:1",
        "PERP_GRVT_TRADES_URL": "http://127.0.0.1:2",
        "PERP_GRVT_MARKET_DATA_URL": "http://127.0.0.1:3",
        "PERP_GRVT_TRADES_WS_URL": "ws://127.0.0.1:4/ws/full",
        "PERP_GRVT_MARKET_DATA_WS_URL": "ws://127.0.0.1:5/ws/full",
    }


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "grvt"
    assert [service.name for service in venue.services] == list(URLS)


def test_accounts_have_credentials_of_their_own_that_the_seed_draws() -> None:
    names = ("main", "other")
    one, two = (build(SimulatorOptions(seed=seed, accounts=names)) for seed in (1, 2))
    keys = [member.private_key for venue in (one, two) for member in venue.logins.members.values()]
    assert len(set(keys)) == 4
    again = build(SimulatorOptions(seed=1, accounts=names))
    assert again.logins.members["main"].private_key == keys[0]


def told(venue: GrvtSimulator, step_ns: int) -> list[str]:
    """Return every frame of a short session, time passing in steps."""
    trader = Trader(venue)
    public, private = Wire(venue, number=1), Wire(venue, trader, number=2)
    public.subscribe("v1.book.d", f"{SOL}@100")
    public.subscribe("v1.ticker.d", f"{SOL}@500")
    private.subscribe("v1.order", trader.member.sub_account_id)
    trader.create(size="1", limit_price=read_price(venue))
    passes(venue, 10, step_ns)
    return [str(frame) for frame in (*public.frames, *private.frames)]


def read_price(venue: GrvtSimulator) -> str:
    """Return the best ask of SOL."""
    body = json.dumps({"instrument": SOL}).encode()
    request = HttpRequest("market_data", "POST", "/full/v1/mini", "", JSON_HEADERS, body)
    price = read(venue.handle(request))["result"]["best_ask_price"]
    assert isinstance(price, str)
    return price


def lively() -> GrvtSimulator:
    """Return a venue whose market moves."""
    options = SimulatorOptions(symbols=("SOL",), signatures=SignatureDepth.DIGEST)
    venue = build(options, quick())
    passes(venue, 1)
    return venue


@pytest.mark.parametrize("step_ns", [NS // 1000, NS // 7, 10 * NS])
def test_what_is_told_does_not_depend_on_how_time_is_cut(step_ns: int) -> None:
    assert told(lively(), step_ns) == told(lively(), NS // 10)


def test_nothing_happens_before_it_is_said_to() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.state", trader.member.sub_account_id)
    trader.create()
    due_ns = trader.simulator.next_ns()
    trader.simulator.advance(due_ns - 1)
    assert wire.take() == []
    trader.simulator.advance(due_ns)
    assert len(wire.take()) == 1


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every part of a ANY_JSON value, which has any shape."""
    if not isinstance(value, dict | list):
        return []
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    found: list[tuple[str | int, ...]] = []
    for key in keys:
        found += [(*prefix, key), *paths(value[key], (*prefix, key))]
    return found


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_request_is_answered_and_not_fallen_over(data: st.DataObject) -> None:
    trader = Trader(stage())
    requests: dict[str, dict[str, Any]] = {
        "v1/create_order": {"order": trader.order()},
        "v2/bulk_orders": {"orders": [trader.order()], "client_order_i_ds": ["1"]},
        "v1/cancel_order": {"client_order_id": "1", "time_to_live_ms": "100"},
        "v1/set_position_config": trader.position_config(),
        "v1/fill_history": {"kind": ["PERPETUAL"], "limit": 3, "cursor": "", "start_time": "1"},
        "v1/funding_payment_history": {"instrument": SOL, "base": "SOL", "end_time": "1"},
        "v1/set_initial_leverage": {"instrument": SOL, "leverage": "3"},
    }
    name = data.draw(st.sampled_from(sorted(requests)))
    body = requests[name]
    path = data.draw(st.sampled_from(paths(body)))
    part: Any = body
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = data.draw(ANY_JSON | ODD_NUMBERS)
    version, _, endpoint = name.partition("/")
    answer = trader.ask(endpoint, version, **body)
    assert answer.status in (200, 400, 401, 403, 404, 429)
    passes(trader.simulator, 1)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(words=ANY_JSON, stream=st.text(max_size=10) | st.sampled_from(["v1.book.d", "v1.candle"]))
def test_any_frame_is_answered(words: Any, stream: str) -> None:
    wire = Wire(stage())
    for frame in (
        words,
        {"method": words, "params": words, "id": words},
        {"method": "subscribe", "params": {"stream": stream, "selectors": [words]}},
        {"method": "subscribe", "params": {"stream": stream, "selectors": [f"{SOL}@{words}"]}},
    ):
        wire.simulator.on_frame(wire, json.dumps(frame))
    assert len(wire.frames) >= 4
