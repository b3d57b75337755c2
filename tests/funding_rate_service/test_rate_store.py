from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import text

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock, ManualClock
from execution.settlements import HOUR_NS
from funding_rate_service.core.engine import StoreError, open_engine
from funding_rate_service.core.queries import HourPoint, Kind, RateReader, ToldPoint
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import MS, Attempt, SeriesKey, Settlement
from tests.support.rate_stage import NOON_NS, collection, open_store, rate

Opened: TypeAlias = Callable[[Clock], RateStore]
BTC = SeriesKey("grvt", "BTC")


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Return how to open one and the same store again and again."""
    stores: list[RateStore] = []
    url = str(tmp_path / "rates.sqlite")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")

    def open_it(clock: Clock) -> RateStore:
        stores.append(RateStore.open(url, clock))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


def count(store: RateStore, table: str) -> int:
    with store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_what_was_collected_is_there_again_digit_by_digit(opened: Opened) -> None:
    exact = rate("BTC", "0.0000123456789012345678901234567890", "1", None)
    store = opened(ManualClock(NOON_NS))
    store.record(collection("grvt", exact, rate("ETH")))
    store.record(collection("aster", rate("BTC", "-0.0002", "4")))
    store.record_failure(Attempt("okx", NOON_NS, 20_000, 0, 0, "no answer"))
    store.close()

    again = opened(ManualClock(NOON_NS))
    latest = again.latest()
    assert [(each.venue, each.at_ns) for each in latest] == [("aster", NOON_NS), ("grvt", NOON_NS)]
    assert list(latest[1].rates) == [exact, rate("ETH")]
    assert count(again, "rate_samples") == 3
    assert count(again, "rate_attempts") == 3


def test_a_changed_interval_is_noted_once_and_across_restarts(opened: Opened) -> None:
    for minute, hours in enumerate(["8", "8", "4", "4", "8"]):
        store = opened(ManualClock(NOON_NS))
        store.record(collection("grvt", rate(hours=hours), at_ns=NOON_NS + minute * 60 * NS))
        store.close()
    with opened(ManualClock(NOON_NS)).reading() as connection:
        rows = connection.execute(text("SELECT at_ms, interval_s FROM rate_intervals ORDER BY 1"))
        minutes = [((at_ms - NOON_NS // 10**6) // 60_000, s // 3600) for at_ms, s in rows]
    assert minutes == [(0, 8), (2, 4), (4, 8)]


def test_settled_rates_are_kept_once_and_apart_from_estimates(opened: Opened) -> None:
    store = opened(ManualClock(NOON_NS))
    settled = [Settlement(NOON_NS - n * 8 * HOUR_NS, Decimal("0.0001"), None) for n in range(5)]
    assert store.record_settlements(BTC, settled) == 5
    assert store.record_settlements(BTC, settled[:3]) == 0
    assert (count(store, "rate_settlements"), count(store, "rate_samples")) == (5, 0)


def test_full_hours_are_summarised_once_and_old_samples_forgotten(opened: Opened) -> None:
    clock = ManualClock(NOON_NS)
    store = opened(clock)
    for minute in range(0, 130, 10):
        clock.advance(600)
        value = f"0.000{minute // 10 + 10}"
        store.record(collection("grvt", rate(value=value, hours="4"), at_ns=clock.now_ns()))
    assert store.roll_up() == 1
    assert store.roll_up() == 0
    with store.reading() as connection:
        hours = connection.execute(text("SELECT * FROM rate_hours ORDER BY hour")).all()
    assert [(row.samples, round(row.mean_8h, 6)) for row in hours] == [(5, 0.00024), (6, 0.00035)]
    assert (round(hours[0].low_8h, 6), round(hours[0].high_8h, 6)) == (0.0002, 0.00028)

    clock.advance(3 * 86_400)
    store.forget(samples_days=1, hours_days=400)
    assert count(store, "rate_samples") == 2, "what is not summarised yet stays"
    store.roll_up()
    store.forget(samples_days=1, hours_days=400)
    assert (count(store, "rate_samples"), count(store, "rate_hours")) == (0, 3)
    store.forget(samples_days=1, hours_days=1)
    assert count(store, "rate_hours") == 0


def test_the_past_reads_alike_on_both_databases(opened: Opened) -> None:
    clock = ManualClock(NOON_NS + HOUR_NS)
    store = opened(clock)
    store.record(collection("grvt", rate(value="0.0003", hours="4")))
    store.record_settlements(BTC, [Settlement(NOON_NS, Decimal("0.0002"), Decimal(4))])
    store.roll_up()
    reader, span = RateReader(store), (NOON_NS - HOUR_NS, NOON_NS + HOUR_NS)
    told = {kind: reader.history(BTC, kind, *span, 10) for kind in Kind}
    assert told[Kind.SAMPLES] == [ToldPoint(NOON_NS // MS, "0.0003", 14_400)]
    assert told[Kind.SETTLEMENTS] == [ToldPoint(NOON_NS // MS, "0.0002", 14_400)]
    (hour,) = told[Kind.HOURS]
    assert hour == HourPoint(NOON_NS // HOUR_NS, 0.0006, 0.0006, 0.0006, 1)
    assert (hour.at_ns, hour.rate_8h) == (NOON_NS, Decimal("0.0006"))
    (found,) = reader.statistics("BTC", *span)
    assert (found.venue, found.hours, round(found.mean_8h, 9)) == ("grvt", 1, 0.0006)
    assert found.positive_share == 1
    assert list(reader.hours(BTC, *span)) == [NOON_NS // HOUR_NS]
    assert reader.intervals(BTC) == [(NOON_NS, Decimal(4))]


# What is refused ----------------------------------------------------------------------------------


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.record(collection("grvt", *(rate(f"S{n}") for n in range(500))))
    store.close()
    path = tmp_path / "rates.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"rates.sqlite cannot be used .* move it away"):
        open_store(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rates.sqlite").write_text("this is a letter, and a long one at that" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(tmp_path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    engine = open_engine(str(path))
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("PRAGMA application_id = 7")
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program; name another file"):
        open_store(tmp_path, name="other.sqlite")
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE rate_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=r"newer version .schema 9999.; update the program"):
        open_store(tmp_path)


def test_a_file_that_another_program_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.engine.BUSY_TIMEOUT_S", 0.05)
    store = open_store(tmp_path)
    with (
        store.engine.execution_options(writes=True).begin(),
        pytest.raises(StoreError, match=r"database is locked.* end that one"),
    ):
        open_store(tmp_path)
    store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root:secret@localhost/rates", "mysql is not known; use a path, .* or postgresql"),
        ("://", "not allowed: a path, .* or postgresql://user"),
        ("postgresql://me:secret@127.0.0.1:1/rates", "Check that the server runs"),
    ],
)
def test_a_wrong_url_says_what_to_give_and_no_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_engine(url)
    assert "secret" not in str(caught.value)
