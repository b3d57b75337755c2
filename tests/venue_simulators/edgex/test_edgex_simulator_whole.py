"""The venue as a whole: what it is called, how time passes, and that nothing breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.odd_values import ANY_JSON, ODD_NUMBERS
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import SOL, Trader, Wire, public, quick, read, stage
from venue_simulators.edgex.simulator import EdgexSimulator, build
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.simulator import VenueSimulator

URLS = {
    "rest": "http://127.0.0.1:1",
    "ws_public": "ws://127.0.0.1:2",
    "ws_private": "ws://127.0.0.1:3",
}


def test_the_environment_names_what_users_have() -> None:
    venue = build(SimulatorOptions())
    member = venue.members["main"]
    assert venue.environment(URLS) == {
        "EDGEX_ACCOUNT_ID": member.account_id,
        "EDGEX_API_KEY": member.api_key,
        "EDGEX_API_SECRET": member.api_secret,
        "EDGEX_API_PASSPHRASE": member.passphrase,
        "EDGEX_SIGNER_PRIVATE_KEY": member.signer_key,
        "PERP_EDGEX_REST_URL": "http://127.0.0.1:1",
        "PERP_EDGEX_WS_PUBLIC_URL": "ws://127.0.0.1:2",
        "PERP_EDGEX_WS_PRIVATE_URL": "ws://127.0.0.1:3",
    }


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "edgex"
    assert [service.name for service in venue.services] == list(URLS)
    assert [service.websocket for service in venue.services] == [False, True, True]


def test_accounts_have_credentials_of_their_own_that_the_seed_draws() -> None:
    names = ("main", "other")
    one, two = (build(SimulatorOptions(seed=seed, accounts=names)) for seed in (1, 2))
    members = [member for venue in (one, two) for member in venue.members.values()]
    for field in ("account_id", "api_key", "api_secret", "passphrase", "signer_key"):
        assert len({getattr(member, field) for member in members}) == 4
    assert build(SimulatorOptions(seed=1, accounts=names)).members == one.members


def test_secrets_are_not_shown() -> None:
    member = build(SimulatorOptions()).members["main"]
    shown = repr(member)
    assert member.api_secret not in shown
    assert member.signer_key not in shown
    assert member.passphrase not in shown


def told(venue: EdgexSimulator, step_ns: int) -> list[str]:
    """Return every frame of a short session, time passing in steps."""
    trader = Trader(venue)
    public_wire, private_wire = Wire(venue, number=1), Wire(venue, trader, number=2)
    for channel in (f"depth.{SOL}.15", "ticker.all.1s", "bookTicker.all.1s", f"trades.{SOL}"):
        public_wire.say(type="subscribe", channel=channel)
    (book,) = read(public(venue, "quote/getDepth", contractId=SOL, level="15"))
    trader.create(price=book["asks"][0]["price"])
    passes(venue, 10, step_ns)
    return [str(frame) for frame in (*public_wire.frames, *private_wire.frames)]


def lively() -> EdgexSimulator:
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
    trader.create()
    wire.take()
    due_ns = trader.simulator.next_ns()
    trader.simulator.advance(due_ns - 1)
    assert wire.take() == []
    trader.simulator.advance(due_ns)
    assert len(wire.take()) == 1


STATUSES = (200, 400, 401, 403, 404, 429)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_request_is_answered_and_not_fallen_over(data: st.DataObject) -> None:
    trader = Trader(stage())
    stop = {"type": "STOP_LIMIT", "triggerPrice": "151"}
    requests: dict[str, dict[str, Any]] = {
        "order/createOrder": trader.order(),
        "order/createOrder ": trader.order(**stop),
        "order/cancelOrderById": {"orderIdList": ["1"]},
        "order/cancelAllOrder": {"filterContractIdList": [SOL], "filterIsPositionTpsl": [True]},
        "order/getMaxCreateOrderSize": {"contractId": SOL, "price": "150"},
        "account/updateLeverageSetting": {"contractId": SOL, "leverage": "3"},
        "account/setMarginMode": {
            "contractId": SOL,
            "marginMode": 1,
            "l2Nonce": "1",
            "l2ExpireTime": str(trader.now_ms + 1),
            "signer": trader.member.signer,
            "l2Signature": "00" * 65,
        },
    }
    name = data.draw(st.sampled_from(sorted(requests)))
    body = requests[name]
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(ANY_JSON | ODD_NUMBERS)
    answer = trader.post(name.strip(), **body)
    assert answer.status in STATUSES
    passes(trader.simulator, 1)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_query_is_answered_and_not_fallen_over(data: st.DataObject) -> None:
    trader = Trader(stage())
    page = {"size": "5", "offsetData": "", "filterContractIdList": SOL}
    private: dict[str, dict[str, str]] = {
        "order/getActiveOrderPage": page | {"filterIsLiquidateList": "true"},
        "order/getOrderById": {"orderIdList": "1,2"},
        "account/getPositionTransactionPage": page | {"filterStartCreatedTimeInclusive": "1"},
    }
    anyone: dict[str, dict[str, str]] = {
        "quote/getTicker": {"contractId": SOL},
        "quote/getDepth": {"contractId": SOL, "level": "15"},
        "quote/getKline": {
            "contractId": SOL,
            "klineType": "MINUTE_5",
            "size": "3",
            "offsetData": "",
        },
        "quote/getMultiContractKline": {"contractIdList": SOL, "klineType": "MINUTE_5"},
        "funding/getFundingRatePage": {"contractId": SOL, "filterBeginTimeInclusive": "1"},
        "funding/getLatestFundingRate": {"contractId": SOL},
    }
    name = data.draw(st.sampled_from(sorted({**private, **anyone})))
    query = dict({**private, **anyone}[name])
    query[data.draw(st.sampled_from(sorted(query)))] = str(data.draw(ANY_JSON | ODD_NUMBERS))
    answer = (
        trader.get(name, **query) if name in private else public(trader.simulator, name, **query)
    )
    assert answer.status in STATUSES


@settings(deadline=None, derandomize=True, max_examples=100)
@given(words=ANY_JSON, channel=st.text(max_size=10) | st.sampled_from(["metadata", "ticker.all"]))
def test_any_frame_is_answered(words: Any, channel: str) -> None:
    wire = Wire(stage())
    wire.take()
    for frame in (
        words,
        {"type": words},
        {"type": "subscribe", "channel": words},
        {"type": "subscribe", "channel": channel},
        {"type": "unsubscribe", "channel": f"depth.{words}.15"},
    ):
        wire.simulator.on_frame(wire, json.dumps(frame))
    assert len(wire.frames) >= 5
