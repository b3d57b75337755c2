"""What every network venue's package offers, before any library of sockets is installed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.base_models import ONE, ContractId, Market, Symbol
from exchange_clients.base_websocket import BaseWebSocketManager
from exchange_clients.errors import ClientConfigError, MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.venue import PrivateWords, Venue
from tests.support.toy_stage import ToyStage, play
from tests.support.toy_venue import VENUE as TOY
from venue_simulators.catalogue import VENUES, build

WITHOUT_LIBRARIES = """
import sys
for name in (
    "aiohttp", "coincurve", "cryptography", "fast_stark_crypto", "lighter", "picows", "sha3",
    "websockets",
):
    sys.modules[name] = None
import exchange_clients.{venue} as package
print(*sorted(package.__all__))
"""


def record(venue: str) -> Venue:
    words: Venue = import_module(f"exchange_clients.{venue}.client.core").VENUE
    return words


def exported(venue: str, ending: str) -> Any:
    return getattr(import_module(f"exchange_clients.{venue}"), f"{venue.capitalize()}{ending}")


def keys(venue: str) -> dict[str, str]:
    """Return credentials that are well formed, by the names of fields."""
    words = record(venue)
    urls = {service: "http://127.0.0.1:1" for service in words.environments["prod"].urls}
    variables = build(venue).environment(urls)
    return {field.name: variables[field.variable] for field in words.fields}


@pytest.mark.parametrize("venue", VENUES)
def test_a_venues_package_exports_its_classes_and_both_spellings(venue: str) -> None:
    package = import_module(f"exchange_clients.{venue}")
    assert issubclass(exported(venue, "Client"), BaseExchangeClient)
    assert issubclass(exported(venue, "WebSocketManager"), BaseWebSocketManager)
    assert issubclass(exported(venue, "FundingAdapter"), BaseFundingAdapter)
    spelling = getattr(package, f"get_{venue}_symbol_format")("BTC")
    assert package.normalize_symbol(spelling) == "BTC"
    assert len(package.__all__) == 5


@pytest.mark.parametrize("venue", VENUES)
def test_a_venues_words_are_read_without_any_library_of_sockets_or_curves(venue: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBRARIES.format(venue=venue)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{venue.capitalize()}Client" in done.stdout, done.stderr


def test_an_account_whose_curve_is_not_installed_says_what_to_install() -> None:
    def private(*given: object) -> PrivateWords:
        raise ImportError("No module named 'coincurve'", name="coincurve")

    async def scene(stage: ToyStage) -> None:
        with pytest.raises(ClientConfigError, match=r"coincurve.*pip install.*\[toy\]"):
            await stage.client.connect()

    assert play(scene, venue=replace(TOY, private=private), connects=False).host.sockets == []


@pytest.mark.parametrize("venue", VENUES)
def test_a_client_is_made_by_keywords_by_a_mapping_and_by_name(venue: str) -> None:
    make, given = exported(venue, "Client"), keys(venue)
    for client in (
        make(variables={}, **given),
        make({**given, "variables": {}}),
        make({"variables": {}}, **given),
        ExchangeFactory.create_exchange(venue, {**given, "variables": {}}),
    ):
        assert isinstance(client, make)
        assert client.get_exchange_name() == venue


@pytest.mark.parametrize("venue", VENUES)
def test_missing_credentials_are_named_by_variable_and_venue(venue: str) -> None:
    given = keys(venue)
    with pytest.raises(MissingCredentialsError) as raised:
        exported(venue, "Client")(variables={})
    told = str(raised.value)
    assert told.startswith(f"{venue} needs credentials: ")
    assert all(field.variable in told for field in record(venue).fields)
    last = record(venue).fields[-1]
    placeholders = {**given, last.name: f"your_{last.name}"}
    with pytest.raises(MissingCredentialsError, match=rf"{last.variable} \(still a placeholder\)"):
        exported(venue, "Client")(variables={}, **placeholders)
    secrets = [given[field.name] for field in record(venue).fields if field.secret]
    malformed = {name: f"{value}!" for name, value in given.items()}
    with pytest.raises(MissingCredentialsError) as refused:
        exported(venue, "Client")(variables={}, **malformed)
    assert not [each for each in secrets if each in str(refused.value)]


@pytest.mark.parametrize("venue", VENUES)
def test_adapters_and_feeds_need_no_credentials(venue: str) -> None:
    adapter = exported(venue, "FundingAdapter")(variables={}, clock=ManualClock())
    assert adapter.normalize_symbol(adapter.get_dex_symbol_format("BTC")) == "BTC"
    assert isinstance(ExchangeFactory.create_funding_adapter(venue), type(adapter))
    assert not exported(venue, "WebSocketManager")(variables={}).is_connected


@pytest.mark.parametrize("venue", VENUES)
def test_an_adapter_takes_its_address_as_the_first_argument(venue: str) -> None:
    adapter = exported(venue, "FundingAdapter")("http://127.0.0.1:1/", variables={})
    request = next(record(venue).markets.list())
    assert adapter._link.environment.urls[request.service] == "http://127.0.0.1:1"
    listing = Listing(Market(Symbol("BTC"), ContractId("BTC_USDT_Perp"), ONE, ONE))
    contracts = [listing.market.contract_id]
    rates = next(record(venue).funding.rates(MarketTable([listing]), contracts))
    assert rates.service == request.service


@pytest.mark.parametrize("venue", VENUES)
def test_an_environment_that_is_not_there_is_named_with_those_that_are(venue: str) -> None:
    with pytest.raises(ClientConfigError, match=f"of {venue} does not exist; it has prod"):
        exported(venue, "FundingAdapter")(environment="moon")
    with pytest.raises(
        ClientConfigError, match=rf"simulator of {venue} needs PERP_{venue.upper()}"
    ):
        exported(venue, "FundingAdapter")(environment="simulator", variables={})
