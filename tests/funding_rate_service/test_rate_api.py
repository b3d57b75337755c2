from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import runbot
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import ManualClock
from execution.settlements import HOUR_NS
from funding_rate_service.api.app import Access
from funding_rate_service.api.state import ServiceState
from funding_rate_service.core.values import Attempt, Quarantined, SeriesKey, Settlement
from tests.support.rate_stage import (
    NOON_NS,
    client_of,
    collection,
    open_store,
    rate,
    service_state,
)

ELEVEN_MINUTES_NS = 11 * 60 * NS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON_NS + 5 * NS)


@pytest.fixture
def state(tmp_path: Path, clock: ManualClock) -> Iterator[ServiceState]:
    """Three venues; okx was last heard eleven minutes ago, and edgex never."""
    store = open_store(tmp_path, clock)
    told = (
        collection("lighter", rate("BTC", "0.0000125", "1", None), rate("ETH", "-0.0001")),
        collection("grvt", rate("BTC", "0.0003", "4"), rate("1INCH", "0.0001")),
        collection("okx", rate("BTC"), at_ns=NOON_NS - ELEVEN_MINUTES_NS),
    )
    for each in told:
        store.record(each)
    state = service_state(store, *told, clock=clock)
    state.board.failed(Attempt("edgex", NOON_NS, 20_000, 0, 0, "no answer within 20 s"))
    yield state
    store.close()


@pytest.fixture
def api(state: ServiceState) -> TestClient:
    return client_of(state)


def test_rates_carry_what_the_venue_told_and_what_follows_from_it(api: TestClient) -> None:
    """F1."""
    told = api.get("/api/v1/funding-rates?symbol=btc").json()
    rows = {row["dex"]: row for row in told["rates"]}
    assert [
        (rows[dex]["rate"], rows[dex]["interval_hours"], Decimal(rows[dex]["rate_8h"]))
        for dex in ("lighter", "grvt", "okx")
    ] == [
        ("0.0000125", "1", Decimal("0.0001")),
        ("0.0003", "4", Decimal("0.0006")),
        ("0.0001", "8", Decimal("0.0001")),
    ]
    assert Decimal(rows["grvt"]["annual_rate"]) == Decimal("0.657")
    assert rows["grvt"]["next_funding_time"] == "2026-11-21T16:00:00Z"
    assert rows["lighter"]["next_funding_time"] is None
    assert told["as_of"] == "2026-11-21T12:00:05Z"


def test_every_row_has_its_age_and_old_ones_are_marked(api: TestClient) -> None:
    """F4."""
    rows = api.get("/api/v1/funding-rates?symbol=BTC").json()["rates"]
    assert [(row["dex"], row["age_s"], row["stale"]) for row in rows] == [
        ("grvt", 5.0, False),
        ("lighter", 5.0, False),
        ("okx", 665.0, True),
    ]
    pairs = api.get("/api/v1/opportunities").json()
    assert [(p["long"]["dex"], p["short"]["dex"]) for p in pairs["opportunities"]] == [
        ("lighter", "grvt")
    ]
    assert pairs["left_out"] == {"stale": 1}


def test_a_comparison_names_the_lowest_and_the_highest_fresh_rate(api: TestClient) -> None:
    told = api.get("/api/v1/funding-rates/compare?symbol=BTC").json()
    assert (told["long"], told["short"], told["divergence_8h"]) == ("lighter", "grvt", "0.0005")


def test_pages_follow_each_other_without_a_gap(api: TestClient) -> None:
    rows: list[tuple[str, str]] = []
    offset: int | None = 0
    while offset is not None:
        page = api.get(f"/api/v1/funding-rates?limit=2&offset={offset}").json()
        rows += [(row["symbol"], row["dex"]) for row in page["rates"]]
        offset = page["next_offset"]
    assert rows == [
        ("1INCH", "grvt"), ("BTC", "grvt"), ("BTC", "lighter"), ("BTC", "okx"), ("ETH", "lighter")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("funding-rates/ligter", 404, ("dex", "lighter")),
        ("funding-rates/grvt/BTD", 404, ("symbol", "BTC")),
        ("funding-rates?dex=okxx", 404, ("dex", "okx")),
        ("dexes/grvvt/symbols", 404, ("dex", "grvt")),
        ("opportunities?exclude=grtv", 404, ("dex", "grvt")),
        ("history/funding-rates/grvt/BTTC", 404, ("symbol", "BTC")),
        ("stats/funding-rates/BTTC", 404, ("symbol", "BTC")),
        ("funding-rates?limit=0", 422, ("limit", None)),
        ("export/funding-rates?dex=grtv", 404, ("dex", "grvt")),
        ("export/funding-rates?symbol=BTTC", 404, ("symbol", "BTC")),
        ("funding-rates?simbol=BTC", 422, ("simbol", "symbol")),
        ("opportunities?min_volume=2&max_volume=1", 422, ("max_volume", None)),
        ("opportunities?min_profit=NaN", 422, ("min_profit", None)),
        ("opportunities?horizon_hours=0", 422, ("horizon_hours", None)),
        ("opportunities?sort=best", 422, ("sort", None)),
        ("history/funding-rates/grvt/BTC?since=yesterday", 422, ("since", None)),
        (
            "history/funding-rates/grvt/BTC?since=2026-11-21T12:00:00Z&until=2026-11-21T11:00:00Z",
            422,
            ("until", None),
        ),
    ],
)
def test_what_is_unknown_or_wrong_is_refused_by_name(
    api: TestClient, path: str, status: int, told: tuple[str, str | None]
) -> None:
    answer = api.get(f"/api/v1/{path}")
    problem = answer.json()
    assert (answer.status_code, problem["parameter"]) == (status, told[0])
    assert problem["near"][:1] == ([] if told[1] is None else [told[1]])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("funding-rates?limit=0", "greater than or equal to 1 (given: '0')"),
        ("funding-rates?dex=xyz", "no dex 'xyz'; there are edgex, grvt, lighter, okx"),
        ("opportunities?min_volume=2&max_volume=1", "max_volume: 1 must not be below min_volume"),
        ("funding-rates/compare", "symbol: Field required"),
    ],
)
def test_a_refusal_says_what_was_given_and_what_would_do(
    api: TestClient, path: str, said: str
) -> None:
    assert said in api.get(f"/api/v1/{path}").json()["error"]


def test_health_names_failures_and_what_is_in_quarantine(
    api: TestClient, state: ServiceState
) -> None:
    poisoned = collection("grvt", rate("BTC"))
    state.board.collected(replace(poisoned, quarantined=[Quarantined("DOGE", "rate NaN")]))
    told = api.get("/api/v1/health").json()
    venues = {each["dex"]: each for each in told["venues"]}
    assert told["status"] == "degraded"
    assert [(dex, each["status"]) for dex, each in venues.items()] == [
        ("edgex", "waiting"), ("grvt", "fresh"), ("lighter", "fresh"), ("okx", "stale")
    ]  # fmt: skip
    assert venues["edgex"]["error"] == "no answer within 20 s"
    assert venues["grvt"]["quarantined"] == [{"symbol": "DOGE", "reason": "rate NaN"}]
    assert 'funding_rates_quarantined{dex="grvt"} 1\n' in api.get("/api/v1/metrics").text


def test_alerts_name_metrics_that_the_service_tells(api: TestClient) -> None:
    told = re.findall(r"^# TYPE (\w+)", api.get("/api/v1/metrics").text, re.MULTILINE)
    alerts = Path(runbot.__file__).parent / "deploy" / "prometheus" / "alerts.yml"
    named = re.findall(r"\bfunding_rates_\w+", alerts.read_text("utf-8"))
    assert named
    assert set(named) <= set(told)


def test_health_is_down_while_no_venue_is_fresh(api: TestClient, clock: ManualClock) -> None:
    clock.advance(3600)
    answer = api.get("/api/v1/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")


def test_the_past_is_told_apart_by_kind_and_page_by_page(
    api: TestClient, state: ServiceState, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    settled = [Settlement(NOON_NS - n * HOUR_NS, Decimal(n), Decimal(1)) for n in range(1, 6)]
    store.record_settlements(SeriesKey("lighter", "BTC"), settled)
    store.close()
    path = "/api/v1/history/funding-rates/LIGHTER/btc"
    first = api.get(f"{path}?kind=settlements&limit=3").json()
    second = api.get(f"{path}?kind=settlements&limit=3&since={first['next_since']}").json()
    rates = [point["rate"] for page in (first, second) for point in page["points"]]
    assert rates == ["5", "4", "3", "2", "1"]
    assert second["next_since"] is None
    samples = api.get(path).json()
    assert [point["rate"] for point in samples["points"]] == ["0.0000125"]
    assert samples["intervals"] == [{"since": "2026-11-21T12:00:00Z", "interval_hours": "1"}]


def test_statistics_are_over_full_hours(
    api: TestClient, clock: ManualClock, tmp_path: Path
) -> None:
    clock.advance(7200)
    store = open_store(tmp_path, clock)
    store.record(collection("lighter", rate("BTC", "-0.0001"), at_ns=NOON_NS + HOUR_NS))
    store.roll_up()
    store.close()
    told = api.get("/api/v1/stats/funding-rates/BTC").json()
    assert [(x["dex"], x["hours"], x["mean_8h"], x["positive_share"]) for x in told["dexes"]] == [
        ("grvt", 1, 0.0006, 1.0), ("lighter", 2, 0.0, 0.5), ("okx", 1, 0.0001, 1.0)
    ]  # fmt: skip
    path = "/api/v1/history/funding-rates/lighter/BTC?kind=hours&until=2026-11-21T15:00:00Z"
    assert [p["rate_8h"] for p in api.get(path).json()["points"]] == ["0.0001", "-0.0001"]


def test_an_answer_is_made_once_a_second_and_tagged_by_its_state(
    api: TestClient, state: ServiceState, clock: ManualClock
) -> None:
    first = api.get("/api/v1/funding-rates")
    assert first.headers["cache-control"] == "no-cache"
    again = api.get("/api/v1/funding-rates")
    assert again.content == first.content
    clock.advance(2)
    tagged = {"if-none-match": first.headers["etag"]}
    assert api.get("/api/v1/funding-rates", headers=tagged).status_code == 304
    assert api.get("/api/v1/funding-rates").json()["rates"][0]["age_s"] == 7.0
    state.board.collected(collection("grvt", rate("BTC")))
    assert api.get("/api/v1/funding-rates", headers=tagged).status_code == 200


def test_a_token_is_asked_of_everyone_once_it_is_set(state: ServiceState) -> None:
    access = Access("wonder-land-7", ["https://desk.example"])
    api = client_of(state, access)
    assert "wonder-land-7" not in repr(access)
    assert api.get("/").status_code == 200
    for headers in ({}, {"authorization": "Bearer wonder"}, {"authorization": "wonder-land-7"}):
        refused = api.get("/api/v1/health", headers=headers)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    granted = {"authorization": "Bearer wonder-land-7", "origin": "https://desk.example"}
    answer = api.get("/api/v1/health", headers=granted)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://desk.example"


def test_without_a_token_only_this_machines_names_are_answered(state: ServiceState) -> None:
    api = client_of(state)
    answer = api.get("/api/v1/health", headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
    for host in ("rebound.example", "127.0.0.1.example", "10.0.0.7:8000", "[::"):
        assert api.get("/api/v1/health", headers={"host": host}).status_code == 403
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert api.get("/api/v1/health", headers={"host": host}).status_code == 200


def test_histories_are_exported_as_csv_and_parquet(api: TestClient, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = "/api/v1/export/funding-rates?kind=samples&symbol=btc&dex=grvt,lighter"
    assert api.get(path).text.splitlines() == [
        "time,dex,symbol,rate,interval_hours,rate_8h",
        "2026-11-21T12:00:00.000000Z,lighter,BTC,0.0000125,1,0.0001000",
        "2026-11-21T12:00:00.000000Z,grvt,BTC,0.0003,4,0.0006",
    ]
    (tmp_path / "rates.parquet").write_bytes(api.get(f"{path}&format=parquet").content)
    rows = parquet.read_table(tmp_path / "rates.parquet").to_pylist()
    assert [(row["dex"], row["rate"], row["rate_8h"]) for row in rows] == [
        ("lighter", "0.0000125", 0.0001),
        ("grvt", "0.0003", 0.0006),
    ]
