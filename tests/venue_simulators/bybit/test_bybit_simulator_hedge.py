"""Two positions in one market, side by side."""

from __future__ import annotations

from decimal import Decimal

from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import BTC, SOL, Trader, read, refusal, stage


def hedged(balance: str = "10000") -> Trader:
    """Return a trader whose SOL market has two positions."""
    trader = Trader(stage(balance=balance))
    assert read(trader.post("position/switch-mode", symbol=SOL, mode=3)) == {}
    return trader


def sizes(trader: Trader) -> tuple[str, str]:
    return trader.position(1)["size"], trader.position(2)["size"]


def test_both_sides_are_open_at_once_with_entries_of_their_own() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    trader.sold("3", positionIdx=2)
    assert sizes(trader) == ("5.0", "3.0")
    long, short = trader.position(1), trader.position(2)
    assert (long["side"], long["avgPrice"]) == ("Buy", "150.01")
    assert (short["side"], short["avgPrice"]) == ("Sell", "149.99")
    assert long["unrealisedPnl"].startswith("-0.0")


def test_an_order_must_say_which_position_it_is_about() -> None:
    trader = hedged()
    assert refusal(trader.create()) == 10001
    assert refusal(Trader(stage()).create(positionIdx=2)) == 10001


def test_a_closing_order_is_cut_to_its_own_position() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    trader.sold("3", positionIdx=2)
    closed = trader.sold("9", positionIdx=1, reduceOnly=True)
    assert (closed["orderStatus"], closed["cumExecQty"]) == ("Filled", "5")
    assert sizes(trader) == ("0", "3.0")
    assert refusal(trader.create(side="Sell", price="150", positionIdx=1)) == 110017


def test_reduce_only_on_the_opening_side_is_refused() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    assert refusal(trader.create(positionIdx=1, reduceOnly=True)) == 110017


def test_a_resting_closing_order_shrinks_with_its_position() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    order = trader.placed(side="Sell", qty="5", price="160", positionIdx=1, reduceOnly=True)
    trader.sold("2", positionIdx=1, reduceOnly=True)
    assert trader.look_up(order["orderId"])["qty"] == "3.0"
    trader.sold("3", positionIdx=1, reduceOnly=True)
    ended = trader.look_up(order["orderId"])
    assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


def test_money_is_the_same_as_if_the_sides_were_netted() -> None:
    """What the engine realises between the legs is still unrealised here; equity is one."""
    trader = hedged()
    trader.bought("5", positionIdx=1)
    trader.sold("5", positionIdx=2)
    (wallet,) = read(trader.get("account/wallet-balance", accountType="UNIFIED"))["list"]
    fees = Decimal("0.00055") * 5 * (Decimal("150.01") + Decimal("149.99"))
    spread = Decimal("0.1")
    assert Decimal(wallet["totalEquity"]) == 10_000 - fees - spread
    assert Decimal(wallet["totalWalletBalance"]) == 10_000 - fees
    assert Decimal(wallet["totalPerpUPL"]) == -spread


def test_the_mode_changes_only_where_nothing_is_open() -> None:
    trader = Trader(stage())
    assert refusal(trader.post("position/switch-mode", symbol=SOL, mode=0)) == 110025
    order = trader.placed()
    assert refusal(trader.post("position/switch-mode", symbol=SOL, mode=3)) == 110028
    read(trader.post("order/cancel", symbol=SOL, orderId=order["orderId"]))
    passes(trader.simulator, 0.01)
    trader.bought()
    assert refusal(trader.post("position/switch-mode", symbol=SOL, mode=3)) == 110024
    assert refusal(trader.post("position/switch-mode", symbol=SOL, mode=1)) == 10001


def test_with_a_coin_the_markets_that_are_held_are_skipped() -> None:
    trader = Trader(stage())
    trader.bought()
    assert read(trader.post("position/switch-mode", coin="USDT", mode=3)) == {}
    indexes = {
        symbol: [
            row["positionIdx"] for row in read(trader.get("position/list", symbol=symbol))["list"]
        ]
        for symbol in (SOL, BTC)
    }
    assert indexes == {SOL: [0], BTC: [1, 2]}


def test_each_leg_has_stops_of_its_own() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    trader.sold("3", positionIdx=2)
    body = {"symbol": SOL, "tpslMode": "Full"}
    read(trader.post("position/trading-stop", positionIdx=1, stopLoss="140", **body))
    read(trader.post("position/trading-stop", positionIdx=2, stopLoss="160", **body))
    assert (trader.position(1)["stopLoss"], trader.position(2)["stopLoss"]) == ("140", "160")


def test_funding_is_paid_by_one_leg_and_received_by_the_other() -> None:
    trader = hedged()
    trader.bought("5", positionIdx=1)
    trader.sold("3", positionIdx=2)
    passes(trader.simulator, 6 * 3600)
    rows = read(trader.get("execution/list", execType="Funding"))["list"]
    fees = {row["side"]: Decimal(row["execFee"]) for row in rows}
    assert fees == {"Buy": Decimal("0.075"), "Sell": Decimal("-0.045")}
