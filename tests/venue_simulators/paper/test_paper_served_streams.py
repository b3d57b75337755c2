"""The served paper venue over its WebSocket, as its document says."""

from __future__ import annotations

from decimal import Decimal as D

from exchange_clients.base_models import NS, Side
from tests.venue_simulators.paper.paper_served_stage import BTC, Line, Served

PRIVATE = ("orders", "fills", "positions", "balances")


def test_a_book_begins_with_a_snapshot_and_its_changes_join_without_a_hole() -> None:
    served = Served()
    line = served.listen(f"book:{BTC}", signed=False)
    assert [frame["type"] for frame in line.heard] == ["subscribed", "book_snapshot"]
    (snapshot,) = line.of("book_snapshot")
    for number in range(3):
        served.market.set_book(BTC, [(D(100 - number), D(1))], [(D(101), D(1))])
        served.passes(1)
    last = snapshot["number"]
    changes = line.of("book_delta")
    assert len(changes) >= 3
    for change in changes:
        assert change["first"] == last + 1
        last = change["last"]
    assert served.ask("GET", "/book", market=BTC)["number"] == last


def test_a_second_subscription_tells_the_beginning_again() -> None:
    served = Served()
    line = served.listen(f"book:{BTC}")
    served.subscribe(line, f"book:{BTC}")
    assert len(line.of("book_snapshot")) == 2
    served.market.set_book(BTC, [(D(98), D(1))], [(D(101), D(1))])
    served.passes(1)
    before = len(line.of("book_delta"))
    served.subscribe(line, f"book:{BTC}", op="unsubscribe")
    served.market.set_book(BTC, [(D(97), D(1))], [(D(101), D(1))])
    served.passes(1)
    assert len(line.of("book_delta")) == before


def test_trades_best_prices_and_rates_are_told() -> None:
    served = Served()
    line = served.listen(f"trades:{BTC}", f"best:{BTC}", f"funding:{BTC}", "liquidations")
    assert [D(one) for one in line.of("best")[0]["bid"]] == [100, 5]
    served.market.print_trade(BTC, D(101), D(1), Side.BUY)
    assert [D(frame["price"]) for frame in line.of("trade")] == [101]
    served.passes(3)
    assert len(line.of("funding")) == 4
    assert line.of("funding")[1]["time"] % NS == 0


def test_an_account_hears_of_its_orders_fills_positions_and_money() -> None:
    served = Served(accounts=("main", "other"))
    line, stranger = served.listen(*PRIVATE), served.listen(f"trades:{BTC}")
    served.place("taker", price="101")
    states = [(row["client_order_id"], row["status"]) for row in line.of("order")]
    assert states[-1] == ("taker", "filled")
    (fill,) = line.of("fill")
    assert fill["client_order_id"] == "taker"
    assert D(line.of("position")[-1]["size"]) == 1
    beginning, after = line.of("balance")
    assert D(beginning["cash"]) - D(after["cash"]) == D(fill["fee"])
    assert {frame["type"] for frame in stranger.heard} == {"subscribed", "trade"}


def test_a_resting_order_is_filled_by_the_market_while_time_passes() -> None:
    served = Served()
    line = served.listen(*PRIVATE)
    served.place("maker", price="99.5")
    served.market.print_trade(BTC, D(99), D(20), Side.SELL)
    served.passes(0.1)
    (fill,) = line.of("fill")
    assert (fill["liquidity"], fill["client_order_id"]) == ("maker", "maker")
    assert len(line.of("balance")) == 2


def test_a_liquidation_is_told_to_the_owner_and_to_everybody() -> None:
    served = Served(balance="50")
    owner, public = served.listen("orders", "positions"), served.listen("liquidations")
    served.place("long", size="4", price="101")
    served.market.set_book(BTC, [(D(88), D(50))], [(D(89), D(50))])
    served.passes(1)
    (own,) = owner.of("liquidation")
    (told,) = public.of("liquidation")
    assert (own["ours"], told["ours"]) == (True, False)
    assert any(row["client_order_id"] is None for row in owner.of("order"))


def test_private_topics_need_a_signature() -> None:
    served = Served()
    line = served.listen("orders", f"book:{BTC}", signed=False)
    refused = [(frame["topic"], frame["code"]) for frame in line.of("refused")]
    assert refused == [("orders", "unauthorized"), (f"book:{BTC}", "unauthorized")]
    assert line.of("subscribed") == []


def test_frames_that_make_no_sense_are_refused() -> None:
    served = Served()
    line = served.listen("book:MOON-PERP")
    assert line.heard[0]["code"] == "bad_request"
    for frame in ("", "[]", '{"op":"dance","topics":["orders"]}', b"\xff"):
        served.venue.on_frame(line, frame)
        assert line.heard[-1]["type"] == "refused"
        assert line.heard[-1]["topic"] is None


def test_a_closed_connection_hears_no_more() -> None:
    served = Served()
    line = served.listen(f"trades:{BTC}")
    served.venue.on_close(line)
    served.market.print_trade(BTC, D(101), D(1), Side.BUY)
    assert line.of("trade") == []
    refusal = served.venue.on_open(Line(9, "rest"))
    assert refusal is not None
    assert refusal.status == 404
