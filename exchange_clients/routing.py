"""Which exchange a symbol is traded on, and the client of an exchange.

The mapping is one for the process. It is replaced as a whole or, where anything in the new one is
wrong, not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.errors import ClientConfigError, MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.shared.symbols import did_you_mean
from exchange_clients.unified import (
    AsterAdapter,
    BackpackAdapter,
    BinanceAdapter,
    BybitAdapter,
    EdgexAdapter,
    ExchangeAdapter,
    GrvtAdapter,
    IExchangeClient,
    LighterAdapter,
    OkxAdapter,
    PaperAdapter,
    ParadexAdapter,
)
from exchange_clients.unified_models import ExchangeConfig, ExchangeType

DEFAULT_EXCHANGE = ExchangeType.BINANCE
POLICY = "exchanges"
POLICY_KEY = "symbol_exchange_mapping"
ADAPTERS: Mapping[ExchangeType, type[ExchangeAdapter]] = MappingProxyType(
    {
        ExchangeType.ASTER: AsterAdapter,
        ExchangeType.BACKPACK: BackpackAdapter,
        ExchangeType.BINANCE: BinanceAdapter,
        ExchangeType.BYBIT: BybitAdapter,
        ExchangeType.EDGEX: EdgexAdapter,
        ExchangeType.GRVT: GrvtAdapter,
        ExchangeType.LIGHTER: LighterAdapter,
        ExchangeType.OKX: OkxAdapter,
        ExchangeType.PAPER: PaperAdapter,
        ExchangeType.PARADEX: ParadexAdapter,
    }
)
_NAMES = {
    "api_key": ("api_key", "public_key"),
    "api_secret": ("api_secret", "secret_key"),
    "passphrase": ("passphrase", "api_passphrase"),
}
"""What exchanges call the usual credentials."""


class PolicyStore(Protocol):
    """Where policies are kept."""

    def load(self, name: str) -> object:
        """Return a policy by its name: ``"exchanges"``.

        Raises:
            ClientConfigError: there is none, or it cannot be read.
        """


class PolicyFolder:
    """Policies as YAML files of a folder.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path | str = "policy") -> None:
        self._folder = Path(folder)

    def load(self, name: str) -> object:
        """Return what a file of the folder holds.

        Raises:
            ClientConfigError: there is no such file, or it is no YAML.
        """
        import yaml  # noqa: PLC0415  # only who keeps policies in files needs it

        path = self._folder / f"{name}.yml"
        try:
            # Every value stays text: of a symbol nothing else may be made.
            read: object = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        except OSError as error:
            raise ClientConfigError(f"policy {path} cannot be read: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise ClientConfigError(f"policy {path} is no YAML: {error}") from error
        return read


class _Routes:
    """The mapping in force."""

    def __init__(self) -> None:
        self.mapping: Mapping[str, ExchangeType] = MappingProxyType({})


_routes = _Routes()


def get_exchange_client(config: ExchangeConfig) -> IExchangeClient:
    """Return the client of an exchange, not yet connected.

    Raises:
        MissingCredentialsError: names what is absent.
        ClientConfigError: the exchange has no use for something that is given.
    """
    adapter = ADAPTERS[config.exchange]
    client = config.client or ExchangeFactory.create_exchange(config.exchange, _settings(config))
    if config.wrapper is None:
        return adapter(client, dry_run=config.dry_run)
    made = config.wrapper(client)
    if not isinstance(made, IExchangeClient):
        raise ClientConfigError(f"wrapper made {made!r}, which is no IExchangeClient")
    return made


def resolve_exchange_for_symbol(symbol: str) -> ExchangeType:
    """Return the exchange that a symbol is traded on; Binance where nothing else is said."""
    return _routes.mapping.get(_symbol(symbol), DEFAULT_EXCHANGE)


def set_symbol_exchange_mapping(mapping: Mapping[str, str]) -> None:
    """Replace the mapping: symbol -> exchange, in any letter case.

    Raises:
        ClientConfigError: an exchange is not known, or a symbol is none or twice there; the old
            mapping stays.
    """
    _routes.mapping = MappingProxyType(_read(mapping))


def load_symbol_mapping_from_policy(policy_store: PolicyStore) -> None:
    """Replace the mapping by the one of the policy ``exchanges``.

    Raises:
        ClientConfigError: the policy cannot be read or is wrong; the old mapping stays.
    """
    policy = policy_store.load(POLICY)
    if not isinstance(policy, Mapping) or POLICY_KEY not in policy:
        raise ClientConfigError(f"policy {POLICY} has no key {POLICY_KEY}")
    set_symbol_exchange_mapping(policy[POLICY_KEY])


def get_current_symbol_mapping() -> dict[str, ExchangeType]:
    """Return a copy of the mapping in force."""
    return dict(_routes.mapping)


def _read(mapping: object) -> dict[str, ExchangeType]:
    if not isinstance(mapping, Mapping):
        raise ClientConfigError(f"{POLICY_KEY} is {mapping!r}: write a symbol and its exchange")
    read: dict[str, ExchangeType] = {}
    for given, exchange in mapping.items():
        symbol = _symbol(given)
        if not symbol or symbol in read:
            raise ClientConfigError(f"{POLICY_KEY}: symbol {given!r} is empty, or given twice")
        read[symbol] = _exchange(symbol, exchange)
    return read


def _symbol(given: object) -> str:
    return given.strip().upper() if isinstance(given, str) else ""


def _exchange(symbol: str, given: object) -> ExchangeType:
    word = given.strip().lower() if isinstance(given, str) else given
    known = [each.value for each in ExchangeType]
    if word not in known:
        near = did_you_mean(str(word), known)
        raise ClientConfigError(
            f"{POLICY_KEY}: exchange {given!r} of {symbol} is not known{near} "
            f"(known: {', '.join(known)})"
        )
    return ExchangeType(word)


def _settings(config: ExchangeConfig) -> dict[str, object]:
    """Return what the library's client is made of, credentials by the exchange's own names.

    Raises:
        MissingCredentialsError: some of the usual credentials are given, and not all there are.
        ClientConfigError: the exchange has no use for one that is given.
    """
    settings: dict[str, object] = dict(config.settings)
    if config.testnet:
        settings["environment"] = "testnet"
    named = {name: value.get_secret_value() for name, value in config.credentials.items()}
    fields = _fields_of(ExchangeFactory.client_class(config.exchange))
    usual = {"api_key": config.api_key, "api_secret": config.api_secret}
    usual["passphrase"] = config.passphrase
    for name, secret in usual.items():
        if secret is None:
            continue
        own = next((each for each in _NAMES[name] if each in fields), None)
        if own is None:
            raise ClientConfigError(
                f"{name} is unsupported on {config.exchange}: it asks for {', '.join(fields)}; "
                "give them by credentials"
            )
        named[own] = secret.get_secret_value()
    missing = [each for each in fields if not named.get(each)]
    if named and missing:
        raise MissingCredentialsError(
            f"{config.exchange} needs {', '.join(missing)} beside what is given"
        )
    return {**settings, **named}


def _fields_of(client_class: type[BaseExchangeClient]) -> list[str]:
    """Return the names of an exchange's credentials; none where it needs none."""
    venue = getattr(client_class, "VENUE", None)
    return [] if venue is None else [field.name for field in venue.fields]
