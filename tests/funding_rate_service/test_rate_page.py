"""The page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import SystemClock
from funding_rate_service.api.app import Access
from funding_rate_service.api.state import ServiceState
from funding_rate_service.core.values import Attempt, Collection
from tests.support.browser import Browser, browser
from tests.support.rate_server import served
from tests.support.rate_stage import collection, open_store, rate, service_state


@dataclass(frozen=True, slots=True)
class Stage:
    """A service with two venues that are fresh, one that is stale and one that never answered."""

    state: ServiceState
    now_ns: int

    def told(self, venue: str, btc: str) -> Collection:
        """Return what a venue tells now."""
        names = ("BTC", "ETH", "1INCH")
        rates = (rate(name, btc if name == "BTC" else "0.0001", next_ns=None) for name in names)
        return collection(venue, *rates, at_ns=self.now_ns)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    clock = SystemClock()
    store, now_ns = open_store(tmp_path, clock), clock.now_ns()
    stage = Stage(service_state(store, clock=clock), now_ns)
    board = stage.state.board
    for venue, btc in (("grvt", "0.0009"), ("lighter", "-0.0005")):
        told = stage.told(venue, btc)
        store.record(told)
        board.collected(told)
    board.collected(collection("okx", rate("BTC"), at_ns=now_ns - 3600 * NS))
    board.failed(Attempt("edgex", now_ns, 1, 0, 0, "no answer within 20 s"))
    yield stage
    store.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def column(page: Browser, number: int) -> list[str]:
    """Return a column of the table of rates, as it is read."""
    cells = f"[...document.querySelectorAll('#rate-table tbody tr')].map(r => r.cells[{number}]"
    return list(page.run(f"{cells}.innerText)"))


def test_the_page_lives_sorts_filters_and_works_by_keyboard(page: Browser, stage: Stage) -> None:
    with served(stage.state) as (url, on_loop):
        page.resize(1300, 900)
        page.open(url)
        page.until("document.querySelectorAll('#pair-table tbody tr').length > 0")
        page.until("document.querySelectorAll('.card').length === 4")
        heads = page.run(
            "[...document.querySelectorAll('#rate-table thead th')].map(h => h.innerText)"
        )
        assert [head.split("\n")[0].strip() for head in heads[2:]] == [
            "edgex", "grvt", "lighter", "okx"
        ]  # fmt: skip
        assert column(page, 0) == ["BTC", "ETH", "1INCH"]
        assert column(page, 3)[0] == "+0.0900 %"
        assert page.run("document.querySelectorAll('td.stale').length") == 1
        assert "no answer within 20 s" in page.run("document.querySelector('.card').innerText")
        best = page.run("document.querySelector('#pair-table tbody tr').innerText").split("\t")
        assert best[:3] == ["BTC", "lighter", "grvt"]
        assert "+0.1400 %" in best
        page.until("document.querySelectorAll('#chart path').length === 2")

        news = replace(stage.told("grvt", "0.0001"), at_ns=stage.now_ns + NS)
        on_loop(lambda: stage.state.board.collected(news))
        page.until(
            "document.querySelector('#rate-table tbody tr').cells[3].innerText === '+0.0100 %'"
        )

        page.run("document.querySelector('#rate-table thead th button').focus()")
        page.press("Enter")
        page.press("Enter")
        assert column(page, 0) == ["1INCH", "BTC", "ETH"]
        page.press("/")
        for letter in "inch":
            page.press(letter)
        assert column(page, 0) == ["1INCH"]
        assert page.troubles == []


def test_a_phone_shows_it_all_without_scrolling_sideways(page: Browser, stage: Stage) -> None:
    with served(stage.state) as (url, _):
        page.resize(360, 780, dark=True)
        page.open(url)
        page.run("localStorage.clear()")
        page.open(url)
        page.until("document.querySelectorAll('#pair-table tbody tr').length > 0")
        assert page.run("document.documentElement.scrollWidth") == 360
        assert page.run("document.documentElement.dataset.theme") == "dark"
        page.open(f"{url}/docs")
        page.until("document.querySelectorAll('section').length > 20")
        assert page.troubles == []


def test_a_token_is_asked_for_once_and_nothing_is_shown_before(page: Browser, stage: Stage) -> None:
    with served(stage.state, Access("rabbit-hole")) as (url, _):
        page.open(url)
        page.until("!document.getElementById('token-form').hidden")
        assert page.run("document.querySelectorAll('.card').length") == 0
        page.run(
            "document.getElementById('token').value = 'rabbit-hole';"
            "document.getElementById('token-form').requestSubmit()"
        )
        page.until("document.querySelectorAll('.card').length === 4")
        assert page.run("document.getElementById('token-form').hidden")
    page.troubles.clear()
