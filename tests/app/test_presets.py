"""The configurations that come with the project."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import catalogue
from app.arbitrage_presets import FOLDER, arbitrage_presets
from app.arguments import parse_arguments
from app.configuration import build_settings
from app.presets import default_preset, presets, shown
from app.settings import RunSettings
from exchange_clients.factory import ExchangeFactory
from exchange_clients.paper.sources.synthetic import DEFAULT_MARKETS
from strategies.implementations.funding_arbitrage.config_builder.builder import config_text

PRESETS = {f"{path.parent.name}/{path.stem}": path for path in presets()}
GRIDS = [name for name in PRESETS if name.startswith("grid/")]
PAIRS = [name for name in PRESETS if name.startswith("funding_arbitrage/")]


@pytest.fixture(autouse=True)
def paper_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    known = ("paper", *catalogue.exchange_names())
    monkeypatch.setattr(catalogue, "exchange_names", lambda: known)


def load(path: Path) -> RunSettings:
    return build_settings(parse_arguments(["--config", str(path)]), {})


def test_the_presets_are_there() -> None:
    kinds = ("default", "demo", "conservative", "fixed_range", "replay")
    assert {f"grid/{kind}" for kind in kinds} <= set(PRESETS)
    assert default_preset("grid") == PRESETS["grid/default"]
    assert default_preset("funding_arbitrage") == PRESETS["funding_arbitrage/default"]
    assert default_preset("nothing") is None


def test_a_path_is_shown_as_short_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PRESETS["grid/demo"].parent.parent)
    assert shown(PRESETS["grid/demo"]) == Path("grid/demo.yml")
    monkeypatch.chdir("/")
    assert shown(Path("relative.yml")) == Path("relative.yml")


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_loads_and_runs_on_paper(name: str) -> None:
    settings = load(PRESETS[name])
    assert settings.exchange == ("paper",)
    assert settings.strategy == PRESETS[name].parent.name


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_load_over_two_venues_or_more(name: str) -> None:
    settings = load(PRESETS[name])
    assert settings.strategy == "funding_arbitrage"
    assert len(settings.exchange) > 1


def test_the_configurations_of_pairs_are_those_that_their_builder_writes() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.yml")}
    assert written == {name: config_text(each) for name, each in arbitrage_presets().items()}


def test_a_configuration_names_every_venue_that_is_registered() -> None:
    real = [name for name in ExchangeFactory.names() if name != "paper"]
    assert list(load(PRESETS["funding_arbitrage/every_venue"]).exchange) == real


@pytest.mark.parametrize("name", PRESETS)
def test_every_line_of_a_preset_says_what_it_is(name: str) -> None:
    lines = PRESETS[name].read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if line.strip() and "#" not in line and line.startswith(" ")]
    assert set(bare) <= {
        "  exchange: paper",
        "  ticker: BTC",
        "  name: grid",
        "  name: funding_arbitrage",
    }


@pytest.mark.parametrize("name", GRIDS)
def test_a_cycle_of_a_preset_earns_more_than_its_fees(name: str) -> None:
    settings = load(PRESETS[name])
    stated = settings.paper.maker_fee
    maker = DEFAULT_MARKETS[0].market.maker_fee if stated is None else stated
    assert earned(settings.strategy_parameters) > 2 * maker > 0


def earned(parameters: Any) -> Decimal:
    """Return what one cycle earns before fees, as a fraction of price, at the least."""
    if parameters["grid_kind"] == "cycle":
        take_profit: Decimal = parameters["take_profit"] / 100
        return take_profit
    low, high, levels = (parameters[key] for key in ("lower_price", "upper_price", "levels"))
    assert parameters["spacing"] == "arithmetic"
    step: Decimal = (high - low) / (levels - 1) / high
    return step


def test_the_demo_ends_by_itself_within_a_minute() -> None:
    demo = load(PRESETS["grid/demo"])
    assert demo.duration_s is not None
    assert demo.speed is not None
    assert 45 <= demo.duration_s / demo.speed <= 60
    assert demo.data == ()
    assert demo.ticker == "BTC"
