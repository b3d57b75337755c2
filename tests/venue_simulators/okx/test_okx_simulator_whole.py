"""A simulated OKX behind its carriers: over sockets, with faults, and as a world of its own."""

from __future__ import annotations

import asyncio
import json

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.venue_simulators.okx.okx_stage import BTC, D, Json, Wire, market, order, stage
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.okx.simulator import build
from venue_simulators.options import SimulatorOptions
from venue_simulators.server import SimulatorServer, wall_ns
from venue_simulators.wire import HttpRequest

URLS = {
    "rest": "http://127.0.0.1:1",
    "ws_public": "ws://127.0.0.1:2",
    "ws_private": "ws://127.0.0.1:3",
    "ws_business": "ws://127.0.0.1:4",
}


def test_the_environment_names_credentials_and_whole_urls() -> None:
    made = stage(accounts=("main", "other"))
    keys = made.simulator.keys["main"]
    assert made.simulator.environment(URLS) == {
        "OKX_API_KEY": keys.api_key,
        "OKX_API_SECRET": keys.secret,
        "OKX_API_PASSPHRASE": keys.passphrase,
        "PERP_OKX_REST_URL": "http://127.0.0.1:1",
        "PERP_OKX_WS_PUBLIC_URL": "ws://127.0.0.1:2/ws/v5/public",
        "PERP_OKX_WS_PRIVATE_URL": "ws://127.0.0.1:3/ws/v5/private",
        "PERP_OKX_WS_BUSINESS_URL": "ws://127.0.0.1:4/ws/v5/business",
    }
    assert keys.secret not in repr(keys)
    assert keys.passphrase not in repr(keys)


def test_its_websocket_services_are_sockets() -> None:
    services = {one.name: one.websocket for one in stage().simulator.services}
    assert services == {
        "rest": False,
        "ws_public": True,
        "ws_private": True,
        "ws_business": True,
    }


def test_a_socket_service_answers_no_requests_and_rest_opens_no_sockets() -> None:
    made = stage()
    asked = HttpRequest("ws_public", "GET", "/api/v5/public/time")
    assert made.simulator.handle(asked).status == 404
    wire = Wire.__new__(Wire)
    wire.request = HttpRequest("rest", "GET", "/ws/v5/public")
    wire.number = 1
    refused = made.simulator.on_open(wire)
    assert refused is not None
    assert refused.status == 404


def test_it_is_served_over_sockets() -> None:
    async def main() -> tuple[str, str, Json]:
        venue = Misbehaving(build(SimulatorOptions(symbols=("BTC",), start_ns=wall_ns())))
        async with SimulatorServer(venue) as server, aiohttp.ClientSession() as session:
            variables = server.environment()
            url = variables["PERP_OKX_REST_URL"] + "/api/v5/public/time"
            async with session.get(url) as answer:
                told = await answer.json()
            url = variables["PERP_OKX_WS_PUBLIC_URL"]
            async with session.ws_connect(url) as socket:
                await socket.send_str("ping")
                pong = await socket.receive_str()
                subscription = {"channel": "books", "instId": BTC}
                await socket.send_json({"op": "subscribe", "args": [subscription]})
                await socket.receive_str()
                book = json.loads(await socket.receive_str())
        return told["code"], pong, book

    code, pong, book = asyncio.run(asyncio.wait_for(main(), 30))
    assert (code, pong, book["action"]) == ("0", "pong", "snapshot")
    assert book["data"][0]["prevSeqId"] == -1


def test_an_order_whose_reply_is_lost_is_found_by_its_name() -> None:
    made = stage()
    plan = FaultPlan()
    venue = Misbehaving(made.simulator, plan)
    plan.once("rp.drop", method="POST", path="/api/v5/trade/order", contains='"lost"')
    caller = made.caller()
    words = json.dumps(order(clOrdId="lost")).encode()
    reply = venue.answer(caller.request("POST", "trade/order", body=words))
    assert reply.response is None
    assert caller.order(clOrdId="lost")["state"] == "live"


def test_a_halved_day_and_a_whole_one_end_alike() -> None:
    def run(step_s: float) -> list[Json]:
        made = stage()
        caller, wire = made.caller(), made.wire("public")
        wire.follow("funding-rate", instId=BTC)
        caller.place(**market(sz="5"))
        end_ns = made.simulator.world.now_ns + 3600 * NS
        while made.simulator.world.now_ns < end_ns:
            made.passes(step_s)
        return wire.rows("funding-rate")

    assert run(1800) == run(3600)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 300)), min_size=1, max_size=8
    ),
    st.booleans(),
)
def test_fills_add_up_to_the_positions(trades: list[tuple[str, int]], both: bool) -> None:
    made = stage(balance="10000000")
    caller = made.caller()
    if both:
        caller.post("account/set-position-mode", {"posMode": "long_short_mode"})
    for side, lots in trades:
        sides = {"posSide": "long" if side == "buy" else "short"} if both else {}
        caller.place(**market(side, str(D(lots) / 100), **sides))
    net = sum(
        (
            D(fill["fillSz"]) * (1 if fill["side"] == "buy" else -1)
            for fill in caller.rows("trade/fills", instType="SWAP")
        ),
        D(0),
    )
    held = [
        D(one["pos"]) * (-1 if one["posSide"] == "short" else 1)
        for one in caller.rows("account/positions")
    ]
    assert sum(held, D(0)) == net
    world = made.simulator.world.positions("main")
    assert sum((one.size for one in world), D(0)) == net / 100


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(
            (
                *("instId", "tdMode", "side", "ordType", "sz", "px", "posSide", "clOrdId", "tag"),
                *("reduceOnly", "attachAlgoOrds", "stpMode", "closeFraction", "triggerPx"),
            )
        ),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-5, 5),
            st.text(max_size=6),
            st.sampled_from(("1", "-1", "1e9", "99999999999", "90000", "buy", "limit", "long")),
            st.lists(st.dictionaries(st.sampled_from(("slTriggerPx",)), st.text(max_size=3))),
        ),
        max_size=4,
    )
)
def test_whatever_is_sent_as_an_order_is_answered(changes: Json) -> None:
    made = stage()
    caller = made.caller()
    for path in ("trade/order", "trade/order-algo", "trade/amend-order", "trade/cancel-order"):
        answer = caller.post(path, {**order(), **changes})
        assert answer.status in (200, 400)
        told = json.loads(answer.body)
        assert told["code"] == "0" or told["msg"]
