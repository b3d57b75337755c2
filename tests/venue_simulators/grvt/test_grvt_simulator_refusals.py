"""Every row of the venue's error table that a client can meet, with its HTTP status."""

import pytest

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    DAY_NS,
    SOL,
    Trader,
    Wire,
    Words,
    public,
    quick,
    refusal,
    stage,
)
from venue_simulators.evm.signatures import CURVE_ORDER
from venue_simulators.grvt.errors import ERRORS
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

ORDERS: list[tuple[int, Words]] = [
    (2003, {"sub_account_id": "1"}),
    (2010, {"client_order_id": "abc"}),
    (2010, {"client_order_id": str(1 << 64)}),
    (2010, {"client_order_id": 9223372036854775900}),
    (2011, {"client_order_id": ""}),
    (2020, {"is_market": True, "limit_price": "150"}),
    (2021, {"limit_price": "0"}),
    (2032, {"post_only": True, "time_in_force": "IMMEDIATE_OR_CANCEL"}),
    (2032, {"post_only": True, "is_market": True, "limit_price": "0"}),
    (2062, {"size": "0.001"}),
    (2062, {"size": "0"}),
    (2064, {"limit_price": "140.001"}),
    (2065, {"size": "1.001"}),
    (2066, {"size": "0.03"}),
    (2081, {"size": "100001"}),
    (3000, {"instrument": "SOL_USDT_PERP"}),
    (7201, {"limit_price": "226"}),
    (7201, {"limit_price": "74", "buy": False}),
    (2400, {"reduce_only": True}),
    (1003, {"time_in_force": "GTC"}),
    (1003, {"size": 1}),
    (1003, {"is_market": "false"}),
]
SIGNATURES: list[tuple[int, Words]] = [
    (1012, {"chain_id": "326"}),
    (2000, {"signer": "0x" + "11" * 20}),
    (2002, {"nonce": 77}),
    (2002, {"r": "0x" + "1" * 64}),
    (2005, {"v": 1}),
    (2006, {"r": "0x1234"}),
    (2006, {"s": "0x" + "g" * 64}),
    (1003, {"nonce": 1 << 32}),
    (1003, {"expiration": "soon"}),
]


@pytest.mark.parametrize(("code", "changes"), ORDERS)
def test_a_create_is_refused_with_its_code(code: int, changes: Words) -> None:
    trader = Trader(stage())
    assert refusal(trader.create(**changes)) == (ERRORS[code][0], code)
    passes(trader.simulator, 1)
    assert trader.simulator.world.orders("main") == []


@pytest.mark.parametrize(("code", "claims"), SIGNATURES)
def test_a_signature_is_refused_with_its_code(code: int, claims: Words) -> None:
    trader = Trader(stage())
    assert refusal(trader.create(signature=claims)) == (ERRORS[code][0], code)


def test_a_signature_holds_until_it_expires_and_for_thirty_days_at_most() -> None:
    trader = Trader(stage())
    now_ns = trader.simulator.world.now_ns
    assert refusal(trader.create(expires_ns=now_ns)) == (403, 2001)
    assert refusal(trader.create(expires_ns=now_ns + 30 * DAY_NS + 1)) == (403, 2008)
    assert trader.create(expires_ns=now_ns + 30 * DAY_NS).status == 200


@pytest.mark.parametrize("chain_id", ["0", None])
def test_a_chain_that_is_not_said_is_the_environments(chain_id: str | None) -> None:
    trader = Trader(stage())
    assert trader.create(signature={"chain_id": chain_id}).status == 200


def test_another_environment_signs_for_another_chain() -> None:
    trader = Trader(stage(terms=quick(environment="testnet")))
    assert trader.create(signature={"chain_id": "326"}).status == 200


def test_a_signature_in_the_upper_half_of_the_curve_is_refused() -> None:
    venue = stage(signatures=SignatureDepth.FULL)
    trader = Trader(venue, depth=SignatureDepth.FULL)
    order = trader.order()
    s = int(order["signature"]["s"], 16)
    order["signature"] |= {"s": f"0x{CURVE_ORDER - s:064x}", "v": 55 - order["signature"]["v"]}
    assert refusal(trader.ask("create_order", order=order)) == (403, 2007)


def test_a_signature_of_another_key_is_refused() -> None:
    venue = stage(accounts=("main", "other"), signatures=SignatureDepth.FULL)
    trader, other = (Trader(venue, name, depth=SignatureDepth.FULL) for name in venue.books)
    order = other.order(sub_account_id=trader.member.sub_account_id)
    assert refusal(trader.ask("create_order", order=order)) == (403, 2000)
    order["signature"]["signer"] = trader.member.signer
    assert refusal(trader.ask("create_order", order=order)) == (403, 2002)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("size", "2"),
        ("limit_price", "141"),
        ("is_buying_asset", False),
        ("instrument", BTC),
    ],
)
def test_nothing_signed_can_be_changed_on_the_way(path: str, value: object) -> None:
    trader = Trader(stage())
    order = trader.order(size="10", limit_price="140")
    order["legs"][0][path] = value
    assert refusal(trader.ask("create_order", order=order)) == (403, 2002)


@pytest.mark.parametrize("size", ["1e30", "99999999999", "NaN", "1e-40"])
def test_a_number_that_nobody_can_sign_is_malformed(size: str) -> None:
    trader = Trader(stage())
    order = trader.order()
    order["legs"][0]["size"] = size
    assert refusal(trader.ask("create_order", order=order)) == (400, 1003)


def test_a_halted_market_takes_no_orders() -> None:
    trader = Trader(stage())
    trader.simulator.world.set_tradable(SOL, tradable=False)
    assert refusal(trader.create()) == (400, 2060)


def test_reduce_only_is_held_to_the_position() -> None:
    trader = Trader(stage())
    trader.placed(size="1", limit_price="150.01")
    assert refusal(trader.create(reduce_only=True)) == (400, 2401)
    selling = {"buy": False, "limit_price": "160", "reduce_only": True}
    assert refusal(trader.create(size="1.01", **selling)) == (400, 2402)
    assert trader.create(size="1", **selling).status == 200


def test_closing_a_tiny_remainder_is_refused_under_its_own_code() -> None:
    trader = Trader(stage())
    trader.placed(size="1", limit_price="150.01")
    selling = {"buy": False, "limit_price": "160", "size": "0.03"}
    assert refusal(trader.create(**selling, reduce_only=True)) == (400, 2067)
    assert refusal(trader.create(**selling)) == (400, 2067)


def test_too_many_open_orders_are_refused() -> None:
    trader = Trader(stage(terms=quick(max_open_orders=1)))
    trader.placed()
    assert refusal(trader.create()) == (429, 2090)


def test_another_sub_account_is_nobodys_business() -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("positions", sub_account_id="1")) == (403, 1001)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (3021, {}),
        (2300, {"client_order_id": "1", "time_to_live_ms": "soon"}),
        (2301, {"client_order_id": "1", "time_to_live_ms": "5001"}),
        (2010, {"client_order_id": "x"}),
    ],
)
def test_a_cancel_is_refused_for_its_form_only(code: int, body: Words) -> None:
    assert refusal(Trader(stage()).ask("cancel_order", **body)) == (400, code)


def test_a_countdown_has_a_maximum() -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("cancel_on_disconnect", countdown_time="300001")) == (400, 6000)


@pytest.mark.parametrize("code", [1002, 1005, 1008, 1009])
def test_an_outage_answers_everything_alike(code: int) -> None:
    trader = Trader(stage())
    trader.simulator.outage = code
    expected = (ERRORS[code][0], code)
    assert refusal(trader.ask("positions")) == expected
    assert refusal(public(trader.simulator, "ticker", instrument=SOL)) == expected
    with pytest.raises(AssertionError, match=str(ERRORS[code][0])):
        Wire(trader.simulator)


def test_a_path_that_is_not_the_venues_is_not_found() -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("amend_order")) == (404, 1004)
    assert refusal(trader.simulator.handle(HttpRequest("trades", "GET", "/"))) == (404, 1004)
    assert refusal(trader.simulator.handle(HttpRequest("rest", "GET", "/"))) == (404, 1004)


# Rate limits --------------------------------------------------------------------------------------


def test_creates_beyond_twenty_a_second_are_refused_until_time_passes() -> None:
    trader = Trader(stage(terms=GrvtTerms()))
    statuses = [trader.create().status for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert refusal(trader.create()) == (429, 1006)
    passes(trader.simulator, 0.05)
    assert trader.create().status == 200
    assert refusal(trader.create()) == (429, 1006)


def test_a_batch_spends_a_create_for_each_order() -> None:
    trader = Trader(stage(terms=GrvtTerms()))
    orders = [trader.order() for _ in range(20)]
    assert trader.ask("bulk_orders", "v2", orders=orders).status == 200
    assert refusal(trader.create()) == (429, 1006)


def test_public_reads_are_limited_as_from_one_address() -> None:
    venue = stage(terms=GrvtTerms())
    statuses = [public(venue, "book", instrument=SOL, depth=10).status for _ in range(9)]
    assert statuses == [200] * 8 + [429]
    assert public(venue, "ticker", instrument=SOL).status == 200
    venue.advance(venue.world.now_ns + NS)
    assert public(venue, "book", instrument=SOL, depth=10).status == 200
