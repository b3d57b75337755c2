"""The venue as a whole: what it is called, how time passes, and that nothing breaks it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.odd_values import ANY_JSON, ODD_NUMBERS
from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    SOL,
    Trader,
    Wire,
    decoded,
    public,
    quick,
    read,
    stage,
)
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.paradex.simulator import ParadexSimulator, build
from venue_simulators.server import SimulatorServer, wall_ns
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest

URLS = {
    "rest": "http://127.0.0.1:1",
    "ws": "ws://127.0.0.1:2",
    "ws_public": "ws://127.0.0.1:3",
}


def test_the_environment_names_what_users_have() -> None:
    venue = build(SimulatorOptions())
    member = venue.members["main"]
    assert venue.environment(URLS) == {
        "PARADEX_L1_ADDRESS": member.l1_address,
        "PARADEX_L2_PRIVATE_KEY": member.main.private_key,
        "PARADEX_L2_ADDRESS": member.account,
        "PARADEX_ENVIRONMENT": "prod",
        "PERP_PARADEX_REST_URL": "http://127.0.0.1:1",
        "PERP_PARADEX_WS_URL": "ws://127.0.0.1:2/v1",
        "PERP_PARADEX_WS_PUBLIC_URL": "ws://127.0.0.1:3/v1",
    }


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "paradex"
    assert [service.name for service in venue.services] == list(URLS)
    assert [service.websocket for service in venue.services] == [False, True, True]


def test_accounts_have_credentials_of_their_own_that_the_seed_draws() -> None:
    names = ("main", "other")
    one, two = (build(SimulatorOptions(seed=seed, accounts=names)) for seed in (1, 2))
    members = [member for venue in (one, two) for member in venue.members.values()]
    assert len({member.main.private_key for member in members}) == 4
    assert len({member.address for member in members}) == 4


def told(venue: ParadexSimulator, step_ns: int) -> list[object]:
    """Return every frame of a short session, time passing in steps."""
    trader = Trader(venue)
    wide, private = Wire(venue, number=1), Wire(venue, trader, number=2)
    for channel in (f"order_book.{SOL}.deltas", f"bbo.{SOL}", "markets_summary", f"trades.{SOL}"):
        wide.subscribe(channel)
    for channel in ("orders.ALL", "fills.ALL", "account"):
        private.subscribe(channel)
    ask = read(public(venue, f"bbo/{SOL}"))["ask"]
    assert trader.create(price=ask).status == 201
    passes(venue, 10, step_ns)
    return [*wide.frames, *private.frames]


def lively() -> ParadexSimulator:
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
    wire.subscribe("orders.ALL")
    trader.create()
    wire.frames.clear()
    due_ns = trader.simulator.next_ns()
    trader.simulator.advance(due_ns - 1)
    assert wire.texts() == []
    trader.simulator.advance(due_ns)
    assert [row["status"] for row in wire.texts()] == ["OPEN"]


def test_faults_find_requests_by_path_and_frames_by_market() -> None:
    plan = FaultPlan()
    venue = Misbehaving(stage(), plan)
    simulator = venue.simulator
    assert isinstance(simulator, ParadexSimulator)
    trader = Trader(simulator)
    plan.once("rp.drop", method="POST", path="/v1/orders")
    headers = {"authorization": f"Bearer {trader.token}"}
    body = json.dumps(trader.order()).encode()
    reply = venue.answer(HttpRequest("rest", "POST", "/v1/orders", "", headers, body))
    assert reply.response is None
    passes(simulator, 0.1)
    assert len(trader.get("orders")["results"]) == 1


def test_the_venue_is_reached_over_sockets_of_this_machine() -> None:
    async def story() -> tuple[int, int, int]:
        options = SimulatorOptions(symbols=("SOL",), start_ns=wall_ns())
        async with (
            SimulatorServer(Misbehaving(build(options))) as server,
            aiohttp.ClientSession() as session,
        ):
            environment = server.environment()
            base = environment["PERP_PARADEX_REST_URL"]
            async with session.get(f"{base}/v1/bbo/{SOL}") as answer:
                status = answer.status
            url = environment["PERP_PARADEX_WS_PUBLIC_URL"] + "?sbeSchemaId=1&sbeSchemaVersion=2"
            async with session.ws_connect(url) as socket:
                channel = f"order_book.{SOL}.deltas"
                params = {"channel": channel}
                call = {"jsonrpc": "2.0", "method": "subscribe", "params": params, "id": 1}
                await socket.send_json(call)
                assert (await socket.receive_json())["result"] == params
                book = decoded(await socket.receive_bytes())
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(environment["PERP_PARADEX_WS_URL"])
            return status, book.template, refused.value.status

    assert asyncio.run(story()) == (200, 3, 400)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_request_is_answered_and_not_fallen_over(data: st.DataObject) -> None:
    trader = Trader(stage())
    order = trader.placed(client_id="mine")
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "orders", trader.order(client_id="x", recv_window=500, flags=[])),
        ("PUT", f"orders/{order['id']}", trader.change(order, price="148")),
        ("DELETE", "orders/batch", {"order_ids": ["1"], "client_order_ids": ["2"]}),
        ("POST", f"account/margin/{SOL}", {"leverage": 3, "margin_type": "CROSS"}),
        ("POST", "account/tokens", {"name": "a", "token_type": "b", "expiry_duration": 60}),
    ]
    method, path, body = data.draw(st.sampled_from(requests))
    name = data.draw(st.sampled_from(sorted(body)))
    answer = trader.ask(method, path, "", body | {name: data.draw(ANY_JSON | ODD_NUMBERS)})
    assert answer.status in (200, 201, 204, 400, 401, 403, 404, 429)
    passes(trader.simulator, 1)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    path=st.sampled_from(
        ["fills", "orders-history", "orders", "trades", "funding/data", "account"]
    ),
    name=st.sampled_from(["market", "cursor", "page_size", "start_at", "end_at", "depth"]),
    value=st.text(max_size=12) | ODD_NUMBERS.map(str),
)
def test_any_query_is_answered(path: str, name: str, value: str) -> None:
    trader = Trader(stage())
    request = HttpRequest("rest", "GET", f"/v1/{path}", "", {})
    assert trader.simulator.handle(request).status in (400, 401)
    assert trader.ask("GET", path, f"{name}={value}").status in (200, 400, 404)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    words=ANY_JSON, channel=st.text(max_size=10) | st.sampled_from(["bbo", "order_book", "orders"])
)
def test_any_frame_is_answered(words: Any, channel: str) -> None:
    simulator = stage()
    wire = Wire(simulator, Trader(simulator))
    frames: list[Any] = [
        words,
        {"jsonrpc": "2.0", "method": words, "params": words, "id": words},
        {"jsonrpc": "2.0", "method": "auth", "params": {"bearer": words}},
        {"jsonrpc": "2.0", "method": "order.create", "params": words},
        {"jsonrpc": "2.0", "method": "order.create_batch", "params": {"orders": [words]}},
        {"jsonrpc": "2.0", "method": "subscribe", "params": {"channel": words}},
        {"jsonrpc": "2.0", "method": "subscribe", "params": {"channel": f"{channel}.{words}"}},
    ]
    for frame in frames:
        simulator.on_frame(wire, json.dumps(frame))
    assert len(wire.frames) >= len(frames)
