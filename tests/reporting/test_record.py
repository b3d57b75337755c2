import tracemalloc
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, OrderStatus, Purpose, Side
from reporting.panel_state import FillLine, OpenOrderLine, Vitals
from reporting.position import PositionLedger
from reporting.record import NOTES_MAX
from tests.reporting.run_samples import START_NS, fill, funding, new_recorder, order, sample_grid

D = Decimal


def test_equity_is_balance_and_realised_less_fees_plus_funding_plus_unrealised_at_mid() -> None:
    recorder = new_recorder(balance="1000")
    recorder.on_fill("entry-1", Purpose.ENTRY, fill("1", Side.BUY, "100", "2", fee="0.1"))
    recorder.on_fill("close-1", Purpose.CLOSE, fill("2", Side.SELL, "103", "1", fee="0.1"))
    recorder.on_funding(funding("f", "-0.5"))
    recorder.sample(START_NS + NS, D("104"), D("105"))
    state = recorder.snapshot()
    assert state.realised == D(3)
    assert (state.fees, state.funding) == (D("0.2"), D("-0.5"))
    assert state.pnl_after_fees == D("2.3")
    assert state.unrealised == D("4.5")
    assert state.equity == D("1006.8")
    assert recorder.balance == D("1002.3")


def test_the_worked_grid_cycle_realises_four_cents() -> None:
    recorder = new_recorder()
    for number, (entry, close) in enumerate([("1999.8", "2001.8"), ("1995.6", "1997.6")]):
        recorder.on_fill(
            f"entry-{number}", Purpose.ENTRY, fill(f"e{number}", Side.BUY, entry, "0.01")
        )
        recorder.on_fill(
            f"close-{number}", Purpose.CLOSE, fill(f"c{number}", Side.SELL, close, "0.01")
        )
    assert recorder.ledger.realised == D("0.04")
    assert recorder.ledger.size == D(0)


def test_drawdown_is_the_deepest_fall_from_a_peak_by_samples_and_fills() -> None:
    recorder = new_recorder(balance="1000")
    recorder.on_fill("e", Purpose.ENTRY, fill("1", Side.BUY, "100", "1"))
    for second, mid in enumerate([110, 95, 105, 98]):
        recorder.sample(START_NS + second * NS, D(mid), D(mid))
    assert recorder.drawdown.amount == D(15)
    assert recorder.drawdown.fraction == D(15) / D(1010)
    assert recorder.drawdown.at_ns == START_NS + NS
    recorder.on_fill("s", Purpose.STOP, fill("2", Side.SELL, "90", "1", at_ns=START_NS + 9 * NS))
    assert recorder.drawdown.amount == D(20)


def test_a_fill_far_from_the_last_sampled_price_invents_no_peak() -> None:
    recorder = new_recorder(balance="1000")
    recorder.sample(START_NS, D(100), D(100))
    recorder.on_fill("e", Purpose.ENTRY, fill("1", Side.BUY, "50", "1"))
    recorder.sample(START_NS + NS, D(50), D(50))
    assert recorder.drawdown.amount == D(0)


def test_open_orders_are_those_that_can_still_trade_highest_price_first() -> None:
    recorder = new_recorder()
    recorder.on_order("entry-1", Purpose.ENTRY, order("entry-1", Side.BUY, "90", "2"))
    recorder.on_order("close-1", Purpose.CLOSE, order("close-1", Side.SELL, "110", "1"))
    recorder.on_order(
        "entry-1",
        Purpose.ENTRY,
        order("entry-1", Side.BUY, "90", "2", OrderStatus.PARTIALLY_FILLED, "0.5"),
    )
    recorder.on_order(
        "entry-0", Purpose.ENTRY, order("entry-0", Side.BUY, "80", "1", OrderStatus.CANCELED)
    )
    assert recorder.snapshot().open_orders == (
        OpenOrderLine("close-1", "close", "sell", D(110), D(1)),
        OpenOrderLine("entry-1", "entry", "buy", D(90), D("1.5")),
    )


def test_a_late_fill_corrects_an_order_that_had_ended() -> None:
    recorder = new_recorder()
    for filled in ("0.4", "0.6"):
        info = order("entry-1", Side.BUY, "90", "1", OrderStatus.CANCELED, filled)
        recorder.on_order("entry-1", Purpose.ENTRY, info)
    (row,) = recorder.orders.all()
    assert (row.number, row.filled_size) == (1, D("0.6"))
    assert recorder.orders.count == 1


def test_the_latest_fills_come_first() -> None:
    recorder = new_recorder()
    for number in range(8):
        recorder.on_fill(
            f"e{number}", Purpose.ENTRY, fill(str(number), Side.BUY, str(100 + number), "1")
        )
    latest = recorder.snapshot().recent_fills
    assert latest[0] == FillLine(START_NS, "entry", "buy", D(107), D(1))
    assert len(latest) == 6


def test_notes_and_gaps_are_counted_beyond_those_that_are_kept() -> None:
    recorder = new_recorder()
    for number in range(NOTES_MAX + 5):
        recorder.on_note(START_NS + number, "slow")
        recorder.on_gap(START_NS + number, "hole")
    assert (recorder.note_count, len(recorder.notes)) == (NOTES_MAX + 5, NOTES_MAX)
    assert (recorder.gap_count, len(recorder.gaps)) == (NOTES_MAX + 5, NOTES_MAX)


def test_a_snapshot_carries_what_only_the_bot_knows() -> None:
    vitals = Vitals("waiting for fill", cycles=3, progress=0.25, data_age_s=0.4, speed=45)
    recorder = new_recorder(vitals=vitals)
    recorder.sample(START_NS + 90 * NS, D(100), D(101))
    state = recorder.snapshot()
    assert state.vitals is vitals
    assert (state.elapsed_s, state.price) == (90.0, D("100.5"))


def test_an_event_stamped_earlier_by_the_venue_does_not_move_time_back() -> None:
    recorder = new_recorder()
    recorder.sample(START_NS + 5 * NS, D(100), D(101))
    recorder.on_fill("e", Purpose.ENTRY, fill("1", Side.BUY, "100", "1", at_ns=START_NS))
    assert recorder.now_ns == START_NS + 5 * NS


@pytest.mark.parametrize("hours", [2])
def test_the_sample_grid_ends_with_books_that_agree_with_its_cycles(hours: float) -> None:
    grid = sample_grid(hours)
    ledger = grid.recorder.ledger
    assert isinstance(ledger, PositionLedger)
    open_cost = sum((lot.entry for lot in grid.lots), D(0)) * grid.size
    cash = sum((cycle.gross_pnl for cycle in grid.cycles), D(0))
    assert ledger.realised - ledger.open_cost == cash - open_cost


def test_a_day_of_2000_fills_and_orders_adds_less_than_a_megabyte() -> None:
    recorder = new_recorder()
    day_ns = 86_400 * NS
    used: list[int] = []
    tracemalloc.start()
    try:
        for day in range(3):
            for number in range(1000):
                at_ns = START_NS + day * day_ns + number * day_ns // 1000
                for name, side in (("entry", Side.BUY), ("close", Side.SELL)):
                    key, price = f"{name}-{day}-{number}", str(60_000 + number % 700)
                    done = order(key, side, price, "0.01", OrderStatus.FILLED, "0.01", at_ns)
                    recorder.on_fill(
                        key, Purpose(name), fill(key, side, price, "0.01", "0.12", at_ns)
                    )
                    recorder.on_order(key, Purpose(name), done)
                recorder.sample(at_ns, D(price), D(price))
            used.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert used[2] - used[1] < 1_000_000
