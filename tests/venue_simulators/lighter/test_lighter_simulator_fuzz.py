"""Whatever a client sends, the venue answers; it never falls."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue_simulators.lighter.lighter_bench import Bench
from venue_simulators.lighter.terms import LighterTerms, Tier
from venue_simulators.wire import HttpRequest

BENCH = Bench(terms=LighterTerms(tier=Tier.PREMIUM))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FRAMES = (
    {"type": "subscribe", "channel": "order_book/1", "auth": "1:2:3:00"},
    {"type": "unsubscribe", "channel": "order_book/1"},
    {"type": "jsonapi/sendtx", "data": {"id": "1", "tx_type": 14, "tx_info": {}}},
    {"type": "jsonapi/sendtxbatch", "data": {"id": "1", "tx_types": "[]", "tx_infos": "[]"}},
)
PATHS = (
    *("candles", "fundings", "recentTrades", "orderBookOrders", "trades", "positionFunding"),
    *("account", "tx", "accountOrders", "accountInactiveOrders", "apikeys", "nextNonce"),
)
NAMES = (
    *("market_id", "limit", "resolution", "start_timestamp", "end_timestamp", "count_back"),
    *("account_index", "sort_by", "cursor", "by", "value", "client_order_indexes"),
    *("between_timestamps", "api_key_index", "auth", "market_ids"),
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    frame=st.sampled_from(FRAMES),
    name=st.sampled_from(("type", "channel", "auth", "data")),
    value=VALUES,
)
def test_frames_of_any_shape_are_answered_or_passed_over(
    frame: dict[str, object], name: str, value: object
) -> None:
    line = BENCH.connect()
    BENCH.say(line, **(frame | {name: value}))
    BENCH.simulator.on_close(line)
    assert line.closed is None
    BENCH.run(1.0)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(frame=st.text(max_size=30) | st.binary(max_size=30))
def test_frames_that_are_no_json_get_an_error(frame: str | bytes) -> None:
    line = BENCH.connect()
    BENCH.simulator.on_frame(line, frame)
    BENCH.simulator.on_close(line)
    BENCH.run(1.0)
    assert len(line.frames) > 1


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    name=st.sampled_from(("MarketIndex", "Price", "Sig", "L2TxAttributes", "Nonce")), value=VALUES
)
def test_transactions_of_any_shape_are_refused_by_code(name: str, value: object) -> None:
    info = BENCH.info(14, BENCH.order(), nonce=1 << 60) | {name: value}
    assert BENCH.send(14, json.loads(json.dumps(info)))["code"] > 20000
    BENCH.run(1.0)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    path=st.sampled_from(PATHS),
    query=st.dictionaries(
        st.sampled_from(NAMES),
        st.integers(-(10**20), 10**20).map(str)
        | st.sampled_from(("1h", "1", "index", "c9", ""))
        | st.text(max_size=8),
    ),
)
def test_queries_of_any_shape_are_answered(path: str, query: dict[str, str]) -> None:
    query = {"account_index": str(BENCH.account), **query}
    response = BENCH.get(path, **query)
    assert response.status in (200, 400, 401, 404, 429)
    json.loads(response.body)
    BENCH.run(2.0)


def test_bodies_of_any_bytes_are_refused() -> None:
    request = HttpRequest("rest", "POST", "/api/v1/sendTx", "", {}, bytes(range(256)))
    assert BENCH.simulator.handle(request).status == 400
