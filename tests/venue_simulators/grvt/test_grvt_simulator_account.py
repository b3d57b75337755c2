"""What an account holds and has done: signs, units, shapes and pages."""

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS
from exchange_clients.paper.funding import HOUR_NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    SOL,
    Trader,
    Wire,
    Words,
    move,
    read,
    refusal,
    stage,
)


def only(trader: Trader, name: str) -> Words:
    """Return the only row of a list."""
    (row,) = read(trader.ask(name))["result"]
    assert isinstance(row, dict)
    return row


def test_a_takers_fill_pays_a_positive_fee_in_percent() -> None:
    trader = Trader(stage())
    order = trader.placed(size="10", limit_price="150.01")
    fill = only(trader, "fill_history")
    assert fill.pop("trade_id")
    assert int(fill.pop("event_time")) == trader.simulator.world.now_ns - 20_000_000
    assert fill == {
        "sub_account_id": trader.member.sub_account_id,
        "instrument": SOL,
        "is_buyer": True,
        "is_taker": True,
        "size": "10",
        "price": "150.01",
        "mark_price": "150",
        "index_price": fill["index_price"],
        "realized_pnl": "0",
        "fee": "0.675045",
        "fee_rate": "0.045",
        "order_id": order["order_id"],
        "client_order_id": order["metadata"]["client_order_id"],
        "venue": "ORDERBOOK",
        "is_liquidation": False,
        "signer": trader.member.signer,
        "is_rpi": False,
        "builder_fee": "0",
        "fee_currency": "USDT",
    }


def test_a_makers_fee_is_negative_though_its_rate_reads_zero() -> None:
    trader = Trader(stage(move(0.5, 2, [(149.99, 0.0), (149.98, 0.0)], [(149.5, 10.0)])))
    trader.placed(size="2", limit_price="149.6", post_only=True)
    passes(trader.simulator, 1)
    fill = only(trader, "fill_history")
    assert (fill["is_taker"], fill["fee_rate"], fill["price"]) == (False, "0.0", "149.6")
    assert Decimal(fill["fee"]) == Decimal("-0.0002992")


def test_a_short_is_negative_in_size_and_notional() -> None:
    trader = Trader(stage())
    trader.placed(size="10", limit_price="149.99", buy=False)
    position = only(trader, "positions")
    assert (position["size"], position["notional"]) == ("-10", "-1500")
    assert (position["entry_price"], position["mark_price"]) == ("149.99", "150")
    assert position["unrealized_pnl"] == "-0.1"
    assert position["leverage"] == "10"
    assert position["margin_type"] == "CROSS"
    assert Decimal(position["cumulative_fee"]) == Decimal("0.674955")
    assert Decimal(position["est_liquidation_price"]) > 150
    assert "isolated_balance" not in position


def test_closing_realises_its_profit() -> None:
    trader = Trader(stage())
    trader.placed(size="10", limit_price="150.01")
    trader.placed(size="10", limit_price="149.99", buy=False, reduce_only=True)
    fills = read(trader.ask("fill_history"))["result"]
    assert [fill["realized_pnl"] for fill in fills] == ["-0.2", "0"]
    assert read(trader.ask("positions"))["result"] == []


def test_the_summary_adds_up() -> None:
    trader = Trader(stage())
    trader.placed(size="10", limit_price="150.01")
    summary = read(trader.ask("account_summary"))["result"]
    number = {
        name: Decimal(summary[name])
        for name in ("total_equity", "initial_margin", "available_balance", "unrealized_pnl")
    }
    (cash,) = summary["spot_balances"]
    assert cash["currency"] == summary["settle_currency"] == "USDT"
    assert number["total_equity"] == Decimal(cash["balance"]) + number["unrealized_pnl"]
    assert number["available_balance"] == (
        number["total_equity"] - number["initial_margin"] - number["unrealized_pnl"]
    )
    assert number["unrealized_pnl"] == Decimal("-0.1")
    assert [row["instrument"] for row in summary["positions"]] == [SOL]


def test_the_main_account_carries_the_fee_tier() -> None:
    trader = Trader(stage())
    answer = read(trader.ask("funding_account_summary"))
    assert answer["result"]["main_account_id"] == trader.member.main_account
    assert answer["tier"]["futures_taker_fee"] == 450
    whole = read(trader.ask("aggregated_account_summary"))["result"]
    assert whole["main_account_id"] == trader.member.main_account
    assert whole["total_equity"] == whole["total_sub_account_equity"] == "10000"
    sub_accounts = read(trader.ask("get_sub_accounts"))["sub_account_ids"]
    assert sub_accounts == [trader.member.sub_account_id]


def test_funding_that_is_paid_is_positive() -> None:
    trader = Trader(stage())
    trader.placed(size="10", limit_price="150.01")
    trader.placed(instrument=BTC, size="0.01", limit_price="90000.1", buy=False)
    passes(trader.simulator, 8 * 3600)
    rows = read(trader.ask("funding_payment_history"))["result"]
    paid = [(row["instrument"], row["amount"], row["currency"]) for row in rows]
    # The short of 0.01 BTC is paid 0.01 % once; the long of 10 SOL pays 0.005 % twice.
    assert sorted(paid) == [
        (BTC, "-0.0900002", "USDT"),
        (SOL, "0.075", "USDT"),
        (SOL, "0.075", "USDT"),
    ]
    sol = read(trader.ask("positions", base=["SOL"]))["result"][0]
    assert sol["cumulative_realized_funding_payment"] == "0.15"


def test_payments_stand_on_the_markets_own_marks_and_are_chosen_by_market() -> None:
    trader = Trader(stage())
    trader.placed(instrument=BTC, size="0.01", limit_price="90000.3")
    passes(trader.simulator, 24 * 3600)
    trader.log_in()
    rows = read(trader.ask("funding_payment_history", instrument=BTC))["result"]
    assert len(rows) == 3
    assert all(int(row["event_time"]) % (8 * HOUR_NS) == 0 for row in rows)
    assert len({row["tx_id"] for row in rows}) == 3
    assert read(trader.ask("funding_payment_history", instrument=SOL))["result"] == []
    assert len(read(trader.ask("funding_payment_history", base="BTC", quote="USDT"))["result"]) == 3


def test_histories_are_cut_to_their_span() -> None:
    trader = Trader(stage())
    trader.placed(size="1", limit_price="150.01")
    passes(trader.simulator, 10)
    second = trader.simulator.world.now_ns
    trader.placed(size="2", limit_price="150.01")
    late = read(trader.ask("fill_history", start_time=str(second)))["result"]
    early = read(trader.ask("fill_history", end_time=str(second)))["result"]
    assert [row["size"] for row in late] == ["2"]
    assert [row["size"] for row in early] == ["1"]
    assert read(trader.ask("fill_history", base=["BTC"]))["result"] == []


def test_leverage_is_told_with_its_bounds_under_results() -> None:
    rows = read(Trader(stage()).ask("get_all_initial_leverage"))["results"]
    assert rows[0] == {
        "instrument": BTC,
        "leverage": "10",
        "min_leverage": "1",
        "max_leverage": "50",
        "margin_type": "CROSS",
    }


def test_leverage_is_set_without_a_signature() -> None:
    trader = Trader(stage())
    answer = read(trader.ask("set_initial_leverage", instrument=SOL, leverage="5"))
    assert answer == {"success": True}
    rows = read(trader.ask("get_all_initial_leverage"))["results"]
    assert {row["instrument"]: row["leverage"] for row in rows} == {BTC: "10", SOL: "5"}
    for leverage in ("0", "21", "1.5"):
        answer = trader.ask("set_initial_leverage", instrument=SOL, leverage=leverage)
        assert refusal(answer) == (400, 2100)


def test_a_position_config_is_signed_and_acknowledged_without_a_result() -> None:
    trader = Trader(stage())
    config = trader.position_config(leverage="4", margin_type="ISOLATED")
    assert read(trader.ask("set_position_config", **config)) == {"ack": True}
    row = read(trader.ask("get_all_initial_leverage"))["results"][1]
    assert (row["leverage"], row["margin_type"]) == ("4", "ISOLATED")
    trader.placed(size="10", limit_price="150.01")
    assert "isolated_balance" in only(trader, "positions")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"leverage": "0"}, 2107), ({"leverage": "21"}, 2108), ({"margin_type": "BOTH"}, 2100)],
)
def test_a_position_config_out_of_range_is_refused(changes: Words, code: int) -> None:
    trader = Trader(stage())
    config = trader.position_config(**changes)
    assert refusal(trader.ask("set_position_config", **config)) == (400, code)


def test_a_position_config_needs_the_signature_of_what_it_says() -> None:
    trader = Trader(stage())
    config = trader.position_config(leverage="4") | {"leverage": "5"}
    assert refusal(trader.ask("set_position_config", **config)) == (403, 2002)


def test_the_margin_type_cannot_change_under_orders_or_positions() -> None:
    trader = Trader(stage())
    trader.placed()
    config = trader.position_config(margin_type="ISOLATED")
    assert refusal(trader.ask("set_position_config", **config)) == (400, 2103)
    trader.placed(limit_price="150.01")
    config = trader.position_config(margin_type="ISOLATED")
    assert refusal(trader.ask("set_position_config", **config)) == (400, 2102)


def test_a_liquidation_shows_as_a_fill_of_no_order() -> None:
    crash = move(1, 2, [(149.99, 0.0), (149.98, 0.0), (120.0, 500.0)], [(121.0, 500.0)])
    trader = Trader(stage(crash, balance="1000"))
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.fill", trader.member.sub_account_id)
    trader.placed(size="40", limit_price="150.01")
    trader.simulator.advance(trader.simulator.world.now_ns + 5 * NS)
    fills = [frame["feed"] for frame in wire.take("v1.fill")]
    assert [fill["is_liquidation"] for fill in fills] == [False, True]
    assert fills[1]["client_order_id"] == "0"
    assert read(trader.ask("positions"))["result"] == []
