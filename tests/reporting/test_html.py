import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Purpose, Side
from reporting.html import ROWS_SHOWN, embedded, page_data, render_html
from reporting.report import RunReport, build_report
from tests.reporting.run_samples import fill, new_recorder, sample_grid, sample_meta

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 '\""


class Elements(HTMLParser):
    """Collects tags, attributes and the text of script elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.scripts and self.tags[-1] == "script":
            self.scripts[-1] += data


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    elements.close()
    return elements


def data_of(page: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(parsed(page).scripts[0])
    return data


@pytest.fixture(scope="module")
def report() -> RunReport:
    grid = sample_grid(hours=12)
    return build_report(grid.recorder, sample_meta(grid))


def test_the_page_fetches_nothing(report: RunReport) -> None:
    page = render_html(report)
    elements = parsed(page)
    assert not {"link", "img", "iframe", "object", "embed"} & set(elements.tags)
    assert not [name for name, _ in elements.attributes if name in ("src", "href", "srcset")]
    assert not re.search(r"https?://|url\(|@import|fetch\(|XMLHttpRequest|WebSocket", page)
    assert "default-src 'none'" in page


def test_every_placeholder_of_the_template_is_filled(report: RunReport) -> None:
    assert "{{" not in render_html(report)


def test_the_page_holds_the_numbers_of_the_report(report: RunReport) -> None:
    data = data_of(render_html(report))
    assert Decimal(data["net_pnl"]) == report.result.net_pnl
    assert len(data["fills"]["rows"]) == report.result.counts.fills
    assert data["curve"]["at"] == sorted(data["curve"]["at"])
    assert {len(column) for column in data["curve"].values()} == {len(report.history.equity_curve)}
    assert len(data["markers"]["at"]) == report.result.counts.fills


def test_a_hostile_text_stays_text() -> None:
    recorder = new_recorder()
    recorder.on_note(recorder.start_ns, HOSTILE)
    meta = replace(sample_meta(sample_grid(hours=0.1)), strategy=HOSTILE, outcome=HOSTILE)
    page = render_html(build_report(recorder, meta))
    assert parsed(page).tags.count("script") == 2
    assert data_of(page)["notes"]["rows"][0]["text"] == HOSTILE


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text())
def test_embedded_text_never_holds_markup_and_reads_back(text: str) -> None:
    form = embedded({"text": text})
    assert not set(form) & set("<>&\u2028\u2029")
    assert json.loads(form) == {"text": text}


def test_the_page_holds_the_latest_rows_and_the_full_count() -> None:
    recorder = new_recorder()
    grid = sample_grid(hours=1)
    for number in range(ROWS_SHOWN + 10):
        trade = fill(str(number), Side.BUY, "100", "1")
        recorder.on_fill(f"e-{number}", Purpose.ENTRY, trade)
    data: Any = page_data(build_report(recorder, sample_meta(grid)))
    assert len(data["fills"]["rows"]) == ROWS_SHOWN
    assert data["fills"]["rows"][-1]["key"] == f"e-{ROWS_SHOWN + 9}"
    assert data["counts"]["fills"] == ROWS_SHOWN + 10


def test_a_run_in_which_nothing_happened_still_has_a_page() -> None:
    meta = sample_meta(sample_grid(hours=0.01))
    data = data_of(render_html(build_report(new_recorder(), meta)))
    assert data["curve"]["at"] == []
