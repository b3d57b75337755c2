import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import NS, OrderStatus, Purpose, Side
from exchange_clients.shared.clock import parse_instant
from reporting.report import RunReport, build_report, check_cash, to_json_bytes
from tests.reporting.run_samples import (
    START_NS,
    fill,
    funding,
    new_recorder,
    order,
    sample_grid,
    sample_meta,
)

D = Decimal
SCHEMA_PAGE = Path(__file__).parents[2] / "docs" / "report.md"
FREE_FORM = ("parameters", "refusals")
"""Their keys belong to the strategy and the venue; the page says so."""


@pytest.fixture(scope="module")
def report() -> RunReport:
    grid = sample_grid(hours=24)
    return build_report(grid.recorder, sample_meta(grid))


@pytest.fixture(scope="module")
def document(report: RunReport) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(to_json_bytes(report))
    return parsed


def key_paths(value: object, path: str = "") -> set[str]:
    """Return every key of a document as the schema page spells it."""
    if isinstance(value, list):
        return {f"{path}[]"}.union(*(key_paths(item, f"{path}[]") for item in value))
    found = {path} if path else set()
    if isinstance(value, dict) and path not in FREE_FORM:
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            found |= key_paths(item, inner)
    return found


def documented_paths() -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", SCHEMA_PAGE.read_text(), re.MULTILINE))


def test_every_key_of_a_report_is_described_and_every_described_key_is_there(
    document: dict[str, Any],
) -> None:
    assert all(document[name] for name in ("cycles", "open_orders", "funding_payments"))
    paths = {re.sub(r"^open_orders\[\]\..*", "open_orders[]", path) for path in key_paths(document)}
    assert paths == documented_paths()


def test_open_orders_have_the_keys_of_orders(document: dict[str, Any]) -> None:
    assert document["open_orders"][0].keys() == document["orders"][0].keys()


def test_two_equal_runs_differ_in_the_clock_alone() -> None:
    first, second = sample_grid(hours=3), sample_grid(hours=3)
    one = json.loads(to_json_bytes(build_report(first.recorder, sample_meta(first))))
    later = sample_meta(second, wall_start_ns=START_NS + 999 * NS)
    two = json.loads(to_json_bytes(build_report(second.recorder, later)))
    assert one.pop("clock") != two.pop("clock")
    assert json.dumps(one) == json.dumps(two)


def test_equal_reports_are_equal_bytes() -> None:
    texts = []
    for _ in range(2):
        grid = sample_grid(hours=1)
        texts.append(to_json_bytes(build_report(grid.recorder, sample_meta(grid))))
    assert texts[0] == texts[1]


def test_numbers_are_text_in_full_and_instants_are_utc() -> None:
    recorder = new_recorder()
    tiny = fill("1", Side.BUY, "0.00000100", "0.0100000", fee="0E-9", at_ns=START_NS + NS)
    recorder.on_fill("entry-1", Purpose.ENTRY, tiny)
    grid = sample_grid(hours=0.1)
    document = json.loads(to_json_bytes(build_report(recorder, sample_meta(grid))))
    assert document["fills"][0] == {
        "at": "2026-03-02T00:00:01.000000Z",
        "key": "entry-1",
        "purpose": "entry",
        "side": "buy",
        "price": "0.000001",
        "size": "0.01",
        "fee": "0",
        "fee_asset": "USDC",
        "liquidity": "maker",
        "trade_id": "1",
        "order_id": "o-1",
        "position": "0.01",
    }
    assert document["volume"] == "0.00000001"
    assert b"E-" not in to_json_bytes(build_report(recorder, sample_meta(grid)))


def test_cash_adds_up_from_start_to_end(report: RunReport) -> None:
    result = report.result
    assert result.net_pnl == result.realised_pnl - result.fees + result.funding
    assert result.ending_balance == result.starting_balance + result.net_pnl
    assert result.ending_equity == result.ending_balance + result.unrealised_pnl
    assert result.cash_check.exact


def test_the_cash_check_tells_equal_from_equal_to_the_cent_from_different() -> None:
    assert check_cash(D("10.00"), D("10")).exact
    close = check_cash(D("10"), D("10.0000000001"))
    assert (close.exact, close.to_the_cent, close.difference) == (False, True, D("0.0000000001"))
    assert not check_cash(D("10"), D("10.01")).to_the_cent
    unknown = check_cash(D("10"), None)
    assert (unknown.difference, unknown.exact, unknown.to_the_cent) == (None, False, False)


def test_an_order_that_ended_is_listed_once_in_its_last_state() -> None:
    recorder = new_recorder()
    for status in (OrderStatus.PENDING, OrderStatus.OPEN, OrderStatus.CANCELED):
        recorder.on_order("e-1", Purpose.ENTRY, order("e-1", Side.BUY, "90", "1", status))
    report = build_report(recorder, sample_meta(sample_grid(hours=0.1)))
    assert [row.status for row in report.history.orders] == ["canceled"]
    assert report.history.open_orders == []


def test_a_run_in_which_nothing_happened_still_has_a_report() -> None:
    recorder = new_recorder()
    meta = sample_meta(sample_grid(hours=0.01))
    document = json.loads(to_json_bytes(build_report(recorder, meta)))
    assert document["equity_curve"] == []
    assert document["average_cost"] is None
    assert document["max_drawdown"] == "0"


def test_instants_can_be_read_back(document: dict[str, Any]) -> None:
    times = [parse_instant(point["at"]) for point in document["equity_curve"]]
    assert times == sorted(times)
    assert len(times) <= 2048


def test_funding_is_listed_by_payment() -> None:
    recorder = new_recorder()
    recorder.on_funding(funding("p-1", "-0.25", START_NS + NS))
    report = build_report(recorder, sample_meta(sample_grid(hours=0.01)))
    (row,) = report.history.funding_payments
    assert msgspec.structs.asdict(row)["amount"] == D("-0.25")
    assert report.result.funding == D("-0.25")
