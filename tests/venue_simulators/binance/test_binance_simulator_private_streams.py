"""What an account's stream tells, and for how long it may be heard."""

from __future__ import annotations

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, Wire, printed, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, at_market, refusal, row


def test_a_fill_is_told_twice_in_few_words_first() -> None:
    trader = Trader(stage(printed(1, 177.99, 0.4, Side.SELL)))
    heard = trader.listen()
    row(trader.place(newClientOrderId="r", timeInForce="GTX"))
    passes(trader.simulator, 2)
    frames = heard.take()
    assert [one["e"] for one in frames] == [
        "ORDER_TRADE_UPDATE",
        "ACCOUNT_UPDATE",
        "TRADE_LITE",
        "ORDER_TRADE_UPDATE",
    ]
    lite, full = frames[2], frames[3]["o"]
    assert (lite["t"], lite["l"], lite["L"], lite["m"]) == (full["t"], "0.40", "178.00", True)
    assert not {"n", "N", "X", "rp"} & set(lite)
    assert (full["x"], full["X"], full["z"], full["f"]) == (
        "TRADE",
        "PARTIALLY_FILLED",
        "0.40",
        "GTX",
    )
    assert (full["N"], full["n"], full["V"], full["er"]) == (
        "USDT",
        "0.01424000",
        "EXPIRE_MAKER",
        "0",
    )


def test_without_a_commission_none_is_named() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    row(trader.place())
    (placed,) = heard.take("ORDER_TRADE_UPDATE")
    assert not {"n", "N"} & set(placed["o"])


def test_a_position_is_told_with_the_balance() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    trader.sold("1")
    (update,) = heard.take("ACCOUNT_UPDATE")
    data = update["a"]
    assert (data["m"], data["B"][0]["wb"]) == ("ORDER", "9999.91001000")
    (position,) = data["P"]
    assert (position["pa"], position["ep"], position["mt"], position["bep"]) == (
        "-1.00",
        "179.98",
        "cross",
        "179.89001",
    )


def test_funding_moves_the_balance_alone() -> None:
    trader = Trader(stage())
    trader.bought("1")
    passes(trader.simulator, 3 * 3600)
    row(trader.keyed("POST", "listenKey"))
    heard = trader.listen()
    passes(trader.simulator, 3599.95)
    (update,) = heard.take("ACCOUNT_UPDATE")
    assert (update["a"]["m"], update["a"]["B"][0]["bc"]) == ("FUNDING_FEE", "-0.01800000")
    assert "P" not in update["a"]


def test_leverage_is_told_when_it_changes() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    row(trader.ask("POST", "leverage", symbol=SOL, leverage=7))
    (update,) = heard.take("ACCOUNT_CONFIG_UPDATE")
    assert update["ac"] == {"s": SOL, "l": 7}


# Keys ---------------------------------------------------------------------------------------------


def test_the_key_stays_the_same_while_it_lives() -> None:
    trader = Trader(stage())
    first = row(trader.keyed("POST", "listenKey"))["listenKey"]
    passes(trader.simulator, 3000)
    assert row(trader.keyed("POST", "listenKey"))["listenKey"] == first
    passes(trader.simulator, 3000)
    assert row(trader.keyed("PUT", "listenKey"))["listenKey"] == first
    assert row(trader.keyed("DELETE", "listenKey")) == {}
    assert refusal(trader.keyed("PUT", "listenKey")) == (400, -1125)
    assert row(trader.keyed("POST", "listenKey"))["listenKey"] != first


def test_a_key_that_expires_says_so_and_falls_silent() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    passes(trader.simulator, 3601)
    (ended,) = heard.take()
    assert (ended["e"], len(ended["listenKey"])) == ("listenKeyExpired", 64)
    row(trader.place())
    assert heard.take() == []
    assert refusal(trader.keyed("PUT", "listenKey")) == (400, -1125)


@pytest.mark.parametrize("form", ["/private/ws/{key}", "/private/ws?{key}", "/private/stream"])
def test_a_key_is_heard_by_path_by_query_and_by_subscription(form: str) -> None:
    trader = Trader(stage())
    key = row(trader.keyed("POST", "listenKey"))["listenKey"]
    path, _, query = form.format(key=f"listenKey={key}" if "?" in form else key).partition("?")
    wire = Wire(trader.simulator, path, query)
    if path.endswith("stream"):
        wire.subscribe(key)
        assert wire.take() == [{"result": None, "id": 1}]
    row(trader.place())
    assert len(wire.take("ORDER_TRADE_UPDATE")) == 1


def test_a_handshake_with_a_key_that_is_not_valid_is_refused() -> None:
    with pytest.raises(AssertionError, match="404"):
        Wire(stage(), "/private/ws", "listenKey=never")


def test_a_key_is_not_heard_below_another_root() -> None:
    trader = Trader(stage())
    key = row(trader.keyed("POST", "listenKey"))["listenKey"]
    wire = Wire(trader.simulator, "/public/ws")
    wire.subscribe(key)
    wire.take()
    row(trader.place())
    assert wire.take() == []


def test_an_account_hears_nothing_of_another() -> None:
    venue = stage(accounts=("main", "other"))
    heard = Trader(venue).listen()
    row(Trader(venue, "other").place(**at_market("BUY", "1")))
    assert heard.take() == []


def test_a_day_ends_every_connection() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "/public/ws")
    passes(trader.simulator, 86_400)
    assert wire.end_code == 1001


def test_who_says_too_much_is_cut_off() -> None:
    wire = Wire(stage(), "/public/ws")
    for _ in range(11):
        wire.subscribe("solusdt@depth")
    assert wire.end_code == 1008
