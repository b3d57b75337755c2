import subprocess
import sys
from decimal import Decimal

from rich.console import Console

from exchange_clients.base_models import Purpose, Side
from reporting.report import build_report, check_cash
from reporting.summary import cash_verdict, summary_table, summary_text
from tests.reporting.run_samples import D, fill, new_recorder, sample_grid, sample_meta


def test_the_plain_summary_says_what_a_person_asks_first() -> None:
    recorder = new_recorder(balance="1000")
    recorder.on_fill("e", Purpose.ENTRY, fill("1", Side.BUY, "100", "1", fee="0.5"))
    recorder.on_fill("c", Purpose.CLOSE, fill("2", Side.SELL, "103", "1", fee="0.5"))
    recorder.sample(recorder.start_ns, D(102), D(104))
    text = summary_text(build_report(recorder, sample_meta(sample_grid(hours=0.01))))
    lines = {line.split()[0]: line.split() for line in text.splitlines()[1:]}
    assert lines["Net"][:3] == ["Net", "PnL", "+2.00"]
    assert lines["Fees"][1] == "1.00"
    assert lines["Equity"][1] == "1,002.00"
    assert text.endswith("Ended: the market data ended")


def test_the_table_fits_eighty_columns_and_holds_every_line() -> None:
    grid = sample_grid(hours=6)
    report = build_report(grid.recorder, sample_meta(grid))
    console = Console(width=80, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as capture:
        console.print(summary_table(report))
    shown = capture.get()
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "Net PnL" in shown
    assert "Cash check" in shown


def test_books_that_differ_from_the_venue_are_told_loudly() -> None:
    assert cash_verdict(check_cash(D(10), Decimal("10.02")))[0] == "DIFFERS"
    assert cash_verdict(check_cash(D(10), Decimal("10.0000001")))[0] == "to the cent"
    assert cash_verdict(check_cash(D(10), D(10)))[0] == "exact"
    assert cash_verdict(check_cash(D(10), None))[0] == "not known"


def test_rich_is_loaded_only_when_something_is_drawn() -> None:
    modules = "reporting.summary, reporting.panel, reporting.html, reporting.record"
    code = f"import sys, {modules}; print('rich' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
