from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import exchange_clients.routing as routes
from exchange_clients.bybit import BybitClient
from exchange_clients.errors import ClientConfigError, MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.routing import (
    PolicyFolder,
    get_current_symbol_mapping,
    get_exchange_client,
    load_symbol_mapping_from_policy,
    resolve_exchange_for_symbol,
    set_symbol_exchange_mapping,
)
from exchange_clients.unified import ClientAdapter, IExchangeClient, OkxAdapter
from exchange_clients.unified_models import ExchangeConfig, ExchangeType

POLICY = Path(__file__).parents[2] / "policy"
SOL = {"SOLUSDT": ExchangeType.BYBIT}


def config(**told: Any) -> ExchangeConfig:
    return ExchangeConfig(**told)


@pytest.fixture(autouse=True)
def _unmapped() -> Iterator[None]:
    before = get_current_symbol_mapping()
    set_symbol_exchange_mapping({})
    yield
    set_symbol_exchange_mapping(before)


def test_a_symbol_goes_to_binance_unless_the_mapping_says_otherwise() -> None:
    set_symbol_exchange_mapping({"solusdt": "Bybit"})
    assert get_current_symbol_mapping() == SOL
    assert resolve_exchange_for_symbol("solUSDT") is ExchangeType.BYBIT
    assert resolve_exchange_for_symbol("BTCUSDT") is ExchangeType.BINANCE


def test_the_mapping_that_is_shown_is_a_copy() -> None:
    get_current_symbol_mapping()["SOLUSDT"] = ExchangeType.OKX
    assert get_current_symbol_mapping() == {}


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ({"ETHUSDT": "okx", "SOLUSDT": "bybti"}, "'bybti' of SOLUSDT is not known; did you mean b"),
        ({"ETHUSDT": None}, "None of ETHUSDT is not known"),
        ({"": "okx"}, "symbol '' is empty"),
        ({"SOLUSDT": "okx", "solusdt ": "okx"}, "given twice"),
        (["SOLUSDT"], "write a symbol and its exchange"),
    ],
)
def test_a_bad_mapping_leaves_the_old_one(mapping: object, complaint: str) -> None:
    set_symbol_exchange_mapping(SOL)
    with pytest.raises(ClientConfigError, match=complaint):
        set_symbol_exchange_mapping(mapping)  # type: ignore[arg-type]  # as a policy may say it
    assert get_current_symbol_mapping() == SOL


def test_the_policy_of_the_project_can_be_read() -> None:
    load_symbol_mapping_from_policy(PolicyFolder(POLICY))
    assert get_current_symbol_mapping() == SOL


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "cannot be read: No such file"),
        ("symbol_exchange_mapping: [", "is no YAML"),
        ("symbols: {}", "has no key symbol_exchange_mapping"),
        ("symbol_exchange_mapping:", "symbol_exchange_mapping is ''"),
        ("symbol_exchange_mapping: {SOLUSDT: mtgox}", "'mtgox' of SOLUSDT is not known"),
    ],
)
def test_a_bad_policy_leaves_the_old_mapping(
    text: str | None, complaint: str, tmp_path: Path
) -> None:
    set_symbol_exchange_mapping(SOL)
    if text is not None:
        (tmp_path / "exchanges.yml").write_text(text)
    with pytest.raises(ClientConfigError, match=complaint):
        load_symbol_mapping_from_policy(PolicyFolder(tmp_path))
    assert get_current_symbol_mapping() == SOL


def test_every_exchange_has_an_adapter_of_its_own() -> None:
    assert set(routes.ADAPTERS) == set(ExchangeType)
    names = [adapter.EXCHANGE for adapter in routes.ADAPTERS.values()]
    assert sorted(names) == sorted(each.value for each in ExchangeType)
    assert set(ExchangeFactory.names()) <= set(names)


def test_credentials_reach_the_client_under_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def create(name: str, config: dict[str, object]) -> BybitClient:
        given.update(config)
        return BybitClient({**config, "environment": "testnet"})

    monkeypatch.setattr(ExchangeFactory, "create_exchange", create)
    client = get_exchange_client(
        config(exchange="bybit", api_key="k", api_secret="s", testnet=True)
    )
    assert isinstance(client, IExchangeClient)
    assert given == {"environment": "testnet", "api_key": "k", "api_secret": "s"}
    assert client.get_exchange_name() == "bybit"


def test_okx_is_not_made_without_its_passphrase() -> None:
    with pytest.raises(MissingCredentialsError, match="okx needs passphrase"):
        get_exchange_client(config(exchange="okx", api_key="k", api_secret="s"))


def test_a_credential_without_use_is_named() -> None:
    with pytest.raises(ClientConfigError, match="passphrase is unsupported on bybit: it asks for"):
        get_exchange_client(config(exchange="bybit", api_key="k", api_secret="s", passphrase="p"))


def test_a_client_may_be_given_and_wrapped_otherwise() -> None:
    own = BybitClient({"api_key": "k", "api_secret": "s"})
    assert isinstance(get_exchange_client(config(exchange="okx", client=own)), OkxAdapter)
    wrapped = get_exchange_client(config(exchange="okx", client=own, wrapper=ClientAdapter))
    assert type(wrapped) is ClientAdapter
    with pytest.raises(ClientConfigError, match="which is no IExchangeClient"):
        get_exchange_client(config(exchange="okx", client=own, wrapper=lambda client: 1))
