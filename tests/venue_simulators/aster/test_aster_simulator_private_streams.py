"""Listen keys, and what an account's stream tells."""

import pytest

from exchange_clients.base_models import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import (
    OPENED_MS,
    START_MS,
    Trader,
    Wire,
    fall,
    printed,
    stage,
    stop,
)
from tests.venue_simulators.fapi.fapi_stage import SOL, FapiWire, at_market, refusal, row

HOUR_S = 3600


# Listen keys --------------------------------------------------------------------------------------


def test_a_key_asked_for_again_is_the_same_and_lives_on() -> None:
    trader = Trader(stage())
    first = row(trader.ask("POST", "listenKey"))
    passes(trader.simulator, 50 * 60)
    assert row(trader.ask("POST", "listenKey")) == first
    passes(trader.simulator, 50 * 60)
    assert row(trader.ask("PUT", "listenKey")) == first
    passes(trader.simulator, 50 * 60)
    assert Wire(trader.simulator, f"/ws/{first['listenKey']}").closed is None


def test_accounts_have_keys_of_their_own() -> None:
    venue = stage(accounts=("main", "other"))
    keys = [row(Trader(venue, name).ask("POST", "listenKey")) for name in ("main", "other")]
    assert keys[0] != keys[1]


def test_a_key_expires_after_an_hour_and_nothing_more_is_heard() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    passes(trader.simulator, HOUR_S - 1)
    assert wire.take() == []
    passes(trader.simulator, 1)
    (ended,) = wire.take()
    assert (ended["e"], ended["E"]) == ("listenKeyExpired", OPENED_MS + HOUR_S * 1000)
    row(trader.place())
    passes(trader.simulator, 1)
    assert (wire.take(), wire.closed) == ([], None)
    assert refusal(trader.ask("PUT", "listenKey")) == (400, -1125)


def test_a_new_key_follows_one_that_has_expired() -> None:
    trader = Trader(stage())
    first = row(trader.ask("POST", "listenKey"))["listenKey"]
    passes(trader.simulator, HOUR_S)
    second = row(trader.ask("POST", "listenKey"))["listenKey"]
    assert first != second


def test_a_deleted_key_ends_the_stream_for_everyone() -> None:
    trader = Trader(stage())
    wires = [trader.listen(number) for number in (1, 2)]
    assert row(trader.ask("DELETE", "listenKey")) == {}
    assert [wire.take()[0]["e"] for wire in wires] == ["listenKeyExpired"] * 2
    assert refusal(trader.ask("DELETE", "listenKey")) == (400, -1125)


def test_a_handshake_with_a_key_that_is_not_valid_is_refused() -> None:
    venue = stage()
    with pytest.raises(AssertionError, match="404"):
        Wire(venue, "/ws/" + "ab" * 32)


def test_a_key_may_be_subscribed_to_by_a_frame() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator)
    wire.subscribe(row(trader.ask("POST", "listenKey"))["listenKey"])
    wire.take()
    row(trader.place())
    assert [one["e"] for one in wire.take()] == ["ORDER_TRADE_UPDATE"]


def test_an_account_hears_nothing_of_anothers() -> None:
    venue = stage(accounts=("main", "other"))
    wire = Trader(venue, "other").listen()
    row(Trader(venue).place())
    passes(venue, 1)
    assert wire.take() == []


# Orders -------------------------------------------------------------------------------------------


def states(wire: FapiWire) -> list[tuple[str, str, str]]:
    """Return execution, state and filled size of each event about orders."""
    return [
        (one["o"]["x"], one["o"]["X"], one["o"]["z"]) for one in wire.take("ORDER_TRADE_UPDATE")
    ]


def test_an_order_is_told_with_every_letter() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    order_id = row(trader.place(newClientOrderId="my-1", timeInForce="GTX"))["orderId"]
    (event,) = wire.take()
    assert event == {
        "e": "ORDER_TRADE_UPDATE",
        "E": OPENED_MS,
        "T": OPENED_MS,
        "o": {
            "s": SOL,
            "c": "my-1",
            "S": "BUY",
            "o": "LIMIT",
            "f": "GTX",
            "q": "1.00",
            "p": "178.00",
            "ap": "0",
            "sp": "0",
            "x": "NEW",
            "X": "NEW",
            "i": order_id,
            "l": "0.00",
            "z": "0.00",
            "L": "0",
            "T": OPENED_MS,
            "t": 0,
            "b": "0",
            "a": "0",
            "m": False,
            "R": False,
            "wt": "CONTRACT_PRICE",
            "ot": "LIMIT",
            "ps": "BOTH",
            "cp": False,
            "rp": "0",
        },
    }


def test_fills_are_told_one_by_one_with_what_has_filled_until_then() -> None:
    trader = Trader(stage(printed(1, 178.0, 0.4, Side.SELL), printed(2, 178.0, 9.0, Side.SELL)))
    wire = trader.listen()
    row(trader.place())
    passes(trader.simulator, 3)
    frames = list(wire.frames)
    assert states(wire) == [
        ("NEW", "NEW", "0.00"),
        ("TRADE", "PARTIALLY_FILLED", "0.40"),
        ("TRADE", "FILLED", "1.00"),
    ]
    wire.frames = frames
    second = wire.take("ORDER_TRADE_UPDATE")[1]["o"]
    assert (second["l"], second["L"], second["m"], second["ap"]) == ("0.40", "178.00", True, "178")
    assert (second["N"], second["n"]) == ("USDT", "0.01424000")
    assert second["T"] == START_MS + 1000


def test_a_market_order_over_two_levels_is_told_in_two_fills() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(**at_market("BUY", "50")))
    assert states(wire) == [
        ("NEW", "NEW", "0.00"),
        ("TRADE", "PARTIALLY_FILLED", "40.00"),
        ("TRADE", "FILLED", "50.00"),
    ]


def test_a_post_only_order_that_would_trade_is_new_and_then_expired() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(price="180.02", timeInForce="GTX"))
    assert states(wire) == [("NEW", "NEW", "0.00"), ("EXPIRED", "EXPIRED", "0.00")]


def test_the_rest_of_an_ioc_order_expires_after_its_fills() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(price="180.02", quantity="55", timeInForce="IOC"))
    assert states(wire)[1:] == [
        ("TRADE", "PARTIALLY_FILLED", "40.00"),
        ("EXPIRED", "EXPIRED", "40.00"),
    ]


def test_amendments_and_cancels_are_told() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(newClientOrderId="a"))
    change = {"symbol": SOL, "origClientOrderId": "a", "quantity": "2", "price": "177.00"}
    row(trader.ask("PUT", "order", **change))
    row(trader.cancel(origClientOrderId="a"))
    assert states(wire) == [
        ("NEW", "NEW", "0.00"),
        ("AMENDMENT", "NEW", "0.00"),
        ("CANCELED", "CANCELED", "0.00"),
    ]


def test_a_stop_that_fires_is_new_again_as_a_market_order() -> None:
    trader = Trader(stage(fall()))
    row(trader.place(**at_market("BUY", "1")))
    wire = trader.listen()
    row(trader.place(**stop("SELL", "170.00", reduceOnly="true")))
    passes(trader.simulator, 2)
    told = [one["o"] for one in wire.take("ORDER_TRADE_UPDATE")]
    assert [(one["x"], one["o"], one["ot"]) for one in told] == [
        ("NEW", "STOP_MARKET", "STOP_MARKET"),
        ("NEW", "MARKET", "STOP_MARKET"),
        ("TRADE", "MARKET", "STOP_MARKET"),
    ]
    assert {one["sp"] for one in told} == {"170.00"}
    assert told[-1]["R"] is True


def test_a_refused_order_is_told_of_to_nobody() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    assert refusal(trader.place(quantity="9000")) == (400, -2019)
    passes(trader.simulator, 1)
    assert wire.take() == []


def test_an_order_of_the_venue_is_told_as_a_liquidation() -> None:
    trader = Trader(stage(fall(), balance="300"))
    row(trader.place(**at_market("BUY", "20")))
    wire = trader.listen()
    passes(trader.simulator, 2)
    told = [one["o"] for one in wire.take("ORDER_TRADE_UPDATE")]
    assert all(one["c"].startswith("autoclose-") for one in told)
    assert told[-1]["x"] == "CALCULATED"
    assert (told[-1]["X"], told[-1]["z"]) == ("FILLED", "20.00")


# Money and settings -------------------------------------------------------------------------------


def test_a_fill_changes_balance_and_position() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(**at_market("BUY", "1")))
    (event,) = wire.take("ACCOUNT_UPDATE")
    assert event["a"] == {
        "m": "ORDER",
        "B": [{"a": "USDT", "wb": "9999.92799200", "cw": "9999.92799200", "bc": "0"}],
        "P": [
            {
                "s": SOL,
                "pa": "1.00",
                "ep": "180.02",
                "cr": "0.00000000",
                "up": "-0.02000000",
                "mt": "cross",
                "iw": "0",
                "ps": "BOTH",
                "ma": "USDT",
            }
        ],
    }
    row(trader.place(**at_market("SELL", "1")))
    (closed,) = wire.take("ACCOUNT_UPDATE")
    (position,) = closed["a"]["P"]
    assert (position["pa"], position["cr"]) == ("0.00", "-0.04000000")


def test_orders_that_do_not_fill_change_no_account() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.place(newClientOrderId="a"))
    row(trader.cancel(origClientOrderId="a"))
    assert wire.take("ACCOUNT_UPDATE") == []


@pytest.mark.parametrize("isolated", [False, True])
def test_funding_names_its_position_only_where_margin_stands_alone(isolated: bool) -> None:
    trader = Trader(stage())
    if isolated:
        row(trader.ask("POST", "marginType", symbol=SOL, marginType="ISOLATED"))
    row(trader.place(**at_market("BUY", "10")))
    passes(trader.simulator, 4 * HOUR_S - 60)
    wire = trader.listen()
    passes(trader.simulator, 60)
    (event,) = wire.take("ACCOUNT_UPDATE")
    assert event["T"] == 1_795_219_200_000
    assert event["a"]["m"] == "FUNDING_FEE"
    assert event["a"]["B"][0]["bc"] == "-0.18000000"
    assert [one["s"] for one in event["a"].get("P", [])] == ([SOL] if isolated else [])


def test_settings_that_change_are_told() -> None:
    trader = Trader(stage())
    wire = trader.listen()
    row(trader.ask("POST", "leverage", symbol=SOL, leverage=25))
    row(trader.ask("POST", "multiAssetsMargin", multiAssetsMargin="true"))
    leverage, modes = wire.take("ACCOUNT_CONFIG_UPDATE")
    assert leverage["ac"] == {"s": SOL, "l": 25}
    assert modes["ai"] == {"j": True, "f": "0", "d": "0"}
