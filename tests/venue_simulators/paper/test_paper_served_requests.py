"""The served paper venue over HTTP, as its document says."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange_clients.base_models import NS, Side
from tests.venue_simulators.paper.paper_served_stage import BTC, PEPE, Served, told
from venue_simulators.paper.rate_limit import REQUESTS_MAX
from venue_simulators.scripted_source import START_NS
from venue_simulators.wire import HttpRequest


@pytest.mark.parametrize("late_ms", [5_001, -5_001])
def test_a_timestamp_out_of_its_window_is_refused(late_ms: int) -> None:
    served = Served()
    assert told(served.send("GET", "/balance", late_ms=late_ms)) == "unauthorized"
    assert served.send("GET", "/balance", late_ms=late_ms // 2).status == 200


def test_a_signature_covers_method_path_query_and_body() -> None:
    served = Served()
    headers = served.headers("GET/orders?market=BTC-PERP")
    right = HttpRequest("rest", "GET", "/orders", "market=BTC-PERP", headers)
    assert served.venue.handle(right).status == 200
    for method, path, query, body in (
        ("DELETE", "/orders", "market=BTC-PERP", b""),
        ("GET", "/order", "market=BTC-PERP", b""),
        ("GET", "/orders", "market=1000PEPE-PERP", b""),
        ("GET", "/orders", "market=BTC-PERP", b"{}"),
    ):
        wrong = HttpRequest("rest", method, path, query, headers, body)
        assert told(served.venue.handle(wrong)) == "unauthorized"


def test_a_key_opens_its_own_account_alone() -> None:
    served = Served(accounts=("main", "other"))
    served.place("mine")
    assert served.venue.world.open_orders("other") == []
    unknown = HttpRequest("rest", "GET", "/orders", headers={"paper-key": "somebody"})
    assert told(served.venue.handle(unknown)) == "unauthorized"


def test_too_many_requests_are_refused_until_the_window_has_passed() -> None:
    served = Served()
    answers = [served.send("GET", "/balance").status for _ in range(REQUESTS_MAX + 1)]
    assert answers == [200] * REQUESTS_MAX + [429]
    assert served.ask("GET", "/time"), "the public's requests are counted apart"
    served.passes(10)
    assert served.send("GET", "/balance").status == 200


@pytest.mark.parametrize(
    ("method", "path", "query", "code"),
    [
        ("GET", "/nothing", {}, "unknown_path"),
        ("PUT", "/order", {}, "unknown_path"),
        ("GET", "/book", {}, "bad_request"),
        ("GET", "/book", {"market": BTC, "levels": "many"}, "bad_request"),
        ("GET", "/book", {"market": BTC, "depth": "5"}, "bad_request"),
        ("GET", "/book", {"market": "MOON-PERP"}, "unknown_market"),
        ("GET", "/candles", {"market": BTC, "interval": "7m", "start": 0, "end": 1}, "bad_request"),
        ("GET", "/order", {}, "bad_request"),
        ("GET", "/order", {"order_id": "1", "client_order_id": "a"}, "bad_request"),
        ("GET", "/order", {"order_id": "1"}, "order_not_found"),
        ("DELETE", "/order", {"client_order_id": "none"}, "order_not_found"),
        ("DELETE", "/orders", {"market": "MOON-PERP"}, "unknown_market"),
        ("GET", "/leverage", {"market": "MOON-PERP"}, "unknown_market"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_code(
    method: str, path: str, query: dict[str, object], code: str
) -> None:
    assert served_code(method, path, query) == code


def served_code(method: str, path: str, query: dict[str, object]) -> object:
    return told(Served().send(method, path, query))


def test_markets_tell_their_grids_and_what_a_unit_holds() -> None:
    served = Served()
    rows = {row["market"]: row for row in served.ask("GET", "/markets")["rows"]}
    assert rows[BTC]["tick"] == "0.1"
    assert rows[BTC]["funding_interval_hours"] == "8"
    assert (rows[PEPE]["symbol"], rows[PEPE]["multiplier"]) == ("PEPE", "1000")
    served.venue.world.set_tradable(BTC, tradable=False)
    assert not served.ask("GET", "/markets")["rows"][0]["tradable"]
    assert served.place("halted") == "market_unavailable"


def test_public_data_are_read() -> None:
    served = Served()
    assert served.ask("GET", "/time") == {"time": START_NS + NS}
    book = served.ask("GET", "/book", market=BTC, levels=1)
    assert [D(one) for one in book["bids"][0]] == [100, 5]
    assert len(book["asks"]) == 1
    served.market.print_trade(BTC, D(101), D(2), Side.BUY)
    (trade,) = served.ask("GET", "/trades", market=BTC)["rows"]
    assert (D(trade["price"]), trade["aggressor"]) == (D(101), "buy")
    (ticker,) = served.ask("GET", "/tickers", market=BTC)["rows"]
    assert D(ticker["funding_rate"]) == D("0.0001")
    hour = 3600 * NS
    span = {"start": START_NS - 3 * hour, "end": START_NS}
    candles = served.ask("GET", "/candles", market=BTC, interval="1h", **span)["rows"]
    assert len(candles) == 3


def test_settled_rates_come_in_pages() -> None:
    served, day = Served(), 24 * 3600 * NS
    seen, cursor = [], 0
    while True:
        answer = served.ask(
            "GET", "/funding", market=BTC, start=START_NS - day, cursor=cursor, limit=2
        )
        seen += [row["time"] for row in answer["rows"]]
        if answer["next"] is None:
            break
        cursor = answer["next"]
    assert len(seen) >= 3
    assert seen == sorted(set(seen))


def test_an_order_rests_is_found_by_either_name_and_cancelled() -> None:
    served = Served()
    placed = served.place("first")
    assert (placed["status"], placed["client_order_id"]) == ("open", "first")
    assert served.ask("GET", "/order", client_order_id="first") == placed
    assert served.ask("GET", "/order", order_id=placed["order_id"]) == placed
    assert served.ask("GET", "/orders", market=BTC)["rows"] == [placed]
    assert served.ask("DELETE", "/order", order_id=placed["order_id"])["status"] == "canceled"
    assert served.ask("DELETE", "/order", order_id=placed["order_id"]) == "already_terminal"
    assert served.ask("GET", "/orders")["rows"] == []
    assert served.ask("GET", "/order", client_order_id="first")["status"] == "canceled"


def test_a_client_order_id_names_one_order_for_ever() -> None:
    served = Served()
    order_id = served.place("once")["order_id"]
    assert served.place("once") == "duplicate_client_order_id"
    served.ask("DELETE", "/order", order_id=order_id)
    assert served.place("once") == "duplicate_client_order_id"
    assert len(served.venue.world.orders("main")) == 1


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"price": "101", "time_in_force": "gtx"}, "post_only_would_cross"),
        ({"size": "1000000"}, "insufficient_margin"),
        ({"reduce_only": True}, "reduce_only_rejected"),
        ({"price": "90.05"}, "invalid_order"),
        ({"size": "0.01"}, "below_minimum"),
        ({"market": "MOON-PERP"}, "invalid_order"),
        ({"size": 1}, "bad_request"),
        ({"size": "1e3"}, "bad_request"),
        ({"side": "long"}, "bad_request"),
        ({"colour": "red"}, "bad_request"),
    ],
)
def test_a_refused_order_changes_nothing(order: dict[str, object], code: str) -> None:
    served = Served()
    assert served.place("refused", **order) == code
    assert served.ask("GET", "/orders")["rows"] == []


def test_an_order_is_amended_in_place() -> None:
    served = Served()
    order_id = served.place("one")["order_id"]
    body = {"client_order_id": "one", "price": "91", "size": "2"}
    amended = told(served.send("PATCH", "/order", body=body))
    assert (amended["order_id"], D(amended["price"]), D(amended["size"])) == (order_id, D(91), D(2))
    nothing = told(served.send("PATCH", "/order", body={"client_order_id": "one"}))
    assert nothing == "bad_request"


def test_a_trade_fills_pays_and_holds() -> None:
    served = Served()
    filled = served.place("taker", price="101")
    assert (filled["status"], D(filled["average_price"])) == ("filled", D(101))
    (fill,) = served.ask("GET", "/fills", market=BTC)["rows"]
    assert (fill["client_order_id"], fill["liquidity"]) == ("taker", "taker")
    assert D(fill["fee"]) == 101 * D("0.0005")
    (held,) = served.ask("GET", "/positions")["rows"]
    assert (D(held["size"]), D(held["entry_price"])) == (D(1), D(101))
    balance = served.ask("GET", "/balance")
    assert D(balance["cash"]) == 10_000 - D(fill["fee"])
    assert D(balance["unrealised"]) == D(held["unrealised"])
    later = {"start": fill["time"] + 1}
    assert served.ask("GET", "/fills", market=BTC, **later)["rows"] == []


def test_open_orders_come_in_pages_that_a_cancel_does_not_shift() -> None:
    served = Served()
    names = [served.place(f"n{number}")["order_id"] for number in range(5)]
    first = served.ask("GET", "/orders", limit=2)
    assert [row["order_id"] for row in first["rows"]] == names[:2]
    served.ask("DELETE", "/order", order_id=names[0])
    rest = served.ask("GET", "/orders", limit=3, cursor=first["next"])
    assert [row["order_id"] for row in rest["rows"]] == names[2:]
    assert rest["next"] is None


def test_cancel_all_takes_one_market_or_every_one() -> None:
    served = Served()
    served.place("btc")
    served.place("pepe", market=PEPE, size="100")
    assert served.ask("DELETE", "/orders", market=PEPE) == {}
    assert [row["client_order_id"] for row in served.ask("GET", "/orders")["rows"]] == ["btc"]
    served.ask("DELETE", "/orders")
    assert served.ask("GET", "/orders")["rows"] == []


def test_leverage_is_set_within_what_the_market_allows() -> None:
    served = Served()
    assert D(served.ask("GET", "/leverage", market=BTC)["leverage"]) == 10
    body = {"market": BTC, "leverage": "3"}
    assert D(told(served.send("PUT", "/leverage", body=body))["leverage"]) == 3
    too_much = told(served.send("PUT", "/leverage", body={**body, "leverage": "1000"}))
    assert too_much == "invalid_order"


def test_funding_is_paid_and_listed() -> None:
    served = Served()
    served.place("long", price="101")
    served.passes(9 * 3600)
    (payment,) = served.ask("GET", "/payments", market=BTC)["rows"]
    assert D(payment["amount"]) < 0
    assert D(payment["quantity"]) == 1
