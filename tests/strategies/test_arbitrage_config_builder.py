"""Configurations are written from what is registered and declared."""

from __future__ import annotations

import pytest

from exchange_clients.factory import ExchangeFactory
from exchange_clients.paper.client import PaperClient
from strategies.implementations.funding_arbitrage.config_builder import schema
from strategies.implementations.funding_arbitrage.config_builder.builder import Preset, config_text
from strategies.implementations.funding_arbitrage.declarations import PARAMETERS
from strategies.implementations.funding_arbitrage.parameters import arbitrage_settings
from strategies.parameter import ParameterError
from tests.strategies.arbitrage_stage import D


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> str:
    """A venue that was registered after everything was loaded."""
    monkeypatch.setattr(ExchangeFactory, "_registered", dict(ExchangeFactory._registered))
    ExchangeFactory.register("newcomer", PaperClient)
    return "newcomer"


def test_a_registered_venue_can_be_chosen_without_an_edit(newcomer: str) -> None:
    assert newcomer in schema.DEX_NAME
    assert list(schema.DEX_NAME) == ExchangeFactory.names()
    text = config_text(Preset("A trial.", (newcomer, "lighter"), ("ETH",)))
    assert "exchange: [newcomer, lighter]" in text


def test_every_parameter_is_written_with_its_meaning() -> None:
    text = config_text(Preset("A trial.", ("lighter", "grvt"), ("ETH",), {"min_edge": "0.2"}))
    for parameter in PARAMETERS:
        assert f"  {parameter.name}: " in text
        assert parameter.help in text
    assert "  min_edge: 0.2  #" in text


@pytest.mark.parametrize(
    ("venues", "message"),
    [
        (("lihgter", "grvt"), "'lihgter' is not a venue; did you mean lighter?"),
        (("grvt",), "grvt makes no pair"),
        (("grvt", "GRVT"), "'grvt' is given twice"),
    ],
)
def test_venues_that_make_no_pair_are_refused(venues: tuple[str, ...], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        config_text(Preset("A trial.", venues))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"severe_erosion": "0.6"}, "severe_erosion: 0.6 must not exceed erosion 0.5"),
        ({"max_position_usd": "9000"}, "max_position_usd: 9000 must not exceed"),
        ({"erosion": "1"}, "erosion: 1 would close a pair as it opens"),
        ({"max_leverage": "0.5"}, "max_leverage: 0.5 must be at least 1"),
        ({"max_leverage": "10"}, "min_liquidation_distance: 10 % is reached at the opening"),
    ],
)
def test_values_that_do_not_go_together_are_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        arbitrage_settings({name: D(value) for name, value in values.items()})
    assert message in str(caught.value)


def test_there_is_no_other_name_in_the_schema() -> None:
    with pytest.raises(AttributeError, match="no attribute DEX_NAMES"):
        _ = schema.DEX_NAMES
