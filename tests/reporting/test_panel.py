import io
from dataclasses import dataclass, replace

from rich.console import Console

from exchange_clients.shared.clock import ManualClock
from reporting.panel import Panel, PlainProgress, progress_line
from reporting.panel_state import OpenOrderLine, PanelState, Vitals
from reporting.panel_view import nearest, panel_view, sparkline
from tests.reporting.run_samples import START_NS, D, new_recorder, sample_grid


@dataclass
class CountingSource:
    """Tells another price each time it is asked."""

    asked: int = 0

    def __call__(self) -> PanelState:
        self.asked += 1
        price = D(100 + self.asked)
        return PanelState(START_NS, self.asked, Vitals("ready"), bid=price, ask=price + 1)


def drawn(state: PanelState, width: int) -> str:
    console = Console(width=width, force_terminal=False, file=io.StringIO())
    with console.capture() as capture:
        console.print(panel_view(state, "grid BTC on paper"))
    return capture.get()


def test_the_panel_is_drawn_by_machine_time_however_often_it_is_polled() -> None:
    clock, source = ManualClock(), CountingSource()
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=40)
    panel = Panel(source, clock, title="t", console=console, interval_s=0.2)
    panel.start()
    assert source.asked == 1
    for _ in range(1000):
        panel.maybe_refresh()
    assert source.asked == 1
    for _ in range(10):
        clock.advance(0.1)
        panel.maybe_refresh()
    assert source.asked == 6
    panel.stop()
    panel.stop()
    assert source.asked == 7


def test_after_a_long_pause_one_picture_is_due() -> None:
    clock, source, stream = ManualClock(), CountingSource(), io.StringIO()
    lines = PlainProgress(source, clock, stream=stream, interval_s=5)
    lines.start()
    clock.advance(60)
    lines.maybe_refresh()
    lines.maybe_refresh()
    assert len(stream.getvalue().splitlines()) == 2


def test_a_panel_that_was_not_started_draws_nothing() -> None:
    source = CountingSource()
    panel = Panel(source, ManualClock(), title="t", console=Console(file=io.StringIO()))
    panel.maybe_refresh()
    panel.stop()
    assert source.asked == 0


def test_lines_that_were_not_started_ask_and_write_nothing() -> None:
    # A run that failed before its first price has no state to ask for.
    source = CountingSource()
    stream = io.StringIO()
    PlainProgress(source, ManualClock(), stream=stream).stop()
    assert (source.asked, stream.getvalue()) == (0, "")


def test_plain_progress_ends_with_the_last_state_and_repeats_no_line() -> None:
    clock, stream = ManualClock(), io.StringIO()
    state = PanelState(START_NS, 0, Vitals())
    lines = PlainProgress(lambda: state, clock, stream=stream)
    lines.start()
    lines.stop()
    lines.stop()
    clock.advance(60)
    lines.maybe_refresh()
    assert stream.getvalue() == progress_line(state) + "\n"


def test_a_progress_line_tells_the_state_in_words_and_plain_numbers() -> None:
    vitals = Vitals("waiting for fill", cycles=3, progress=0.5, data_age_s=0.25)
    state = PanelState(START_NS, 3600, vitals, bid=D("62000"), ask=D("62001"), equity=D(10000))
    assert progress_line(state) == (
        "elapsed=1h0min progress=50.0% price=62000.5 position=0 open_orders=0 cycles=3 fills=0 "
        "pnl_after_fees=0.0000 fees=0.0000 equity=10000.00 data_age_s=0.2 state=waiting_for_fill"
    )


def test_the_panel_shows_what_a_person_watches_at_any_usual_width() -> None:
    grid = sample_grid(hours=15)
    vitals = Vitals("waiting for fill", 47, progress=0.64, data_age_s=0.4, speed=300)
    state = replace(grid.recorder.snapshot(), vitals=vitals)
    for width in (80, 100, 160):
        shown = drawn(state, width)
        assert all(len(line) <= width for line in shown.splitlines())
        for text in ("Price", "PnL after fees", "Open orders", "cycles 47", "data age", "64.0%"):
            assert text in shown


def test_the_panel_keeps_its_height_as_orders_and_fills_come() -> None:
    grid = sample_grid(hours=2)
    empty = drawn(new_recorder().snapshot(), 100)
    assert len(empty.splitlines()) == len(drawn(grid.recorder.snapshot(), 100).splitlines())


def test_a_panel_before_the_first_price_shows_dashes() -> None:
    assert "Price" in drawn(new_recorder().snapshot(), 80)


def test_the_orders_listed_are_those_around_the_price() -> None:
    def line(price: int, side: str) -> OpenOrderLine:
        return OpenOrderLine(f"k{price}", "close", side, D(price), D(1))

    sells = [line(price, "sell") for price in range(110, 100, -1)]
    orders = (*sells, line(90, "buy"), line(89, "buy"))
    assert [order.price for order in nearest(orders)] == [
        D(n) for n in (105, 104, 103, 102, 101, 90)
    ]
    assert nearest(orders[:3]) == orders[:3]


def test_a_sparkline_runs_from_the_lowest_to_the_highest_bar() -> None:
    assert sparkline((1.0, 3.0, 8.0), 8) == "▁▃█"
    assert sparkline((5.0, 5.0), 8) == "▁▁"
    assert sparkline((), 8) == ""
    assert sparkline(tuple(float(n) for n in range(50)), 8) == "▁▂▃▄▅▆▇█"
