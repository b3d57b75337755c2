"""From a venue's name, as users type it, to its classes; a venue is imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import TypeVar

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.errors import ClientConfigError

_VENUES = {
    "aster": "exchange_clients.aster:AsterClient",
    "backpack": "exchange_clients.backpack:BackpackClient",
    "binance": "exchange_clients.binance:BinanceClient",
    "bybit": "exchange_clients.bybit:BybitClient",
    "edgex": "exchange_clients.edgex:EdgexClient",
    "grvt": "exchange_clients.grvt:GrvtClient",
    "lighter": "exchange_clients.lighter:LighterClient",
    "okx": "exchange_clients.okx:OkxClient",
    "paper": "exchange_clients.paper.client:PaperClient",
    "paradex": "exchange_clients.paradex:ParadexClient",
}
_FUNDING_ADAPTERS = {
    "aster": "exchange_clients.aster:AsterFundingAdapter",
    "backpack": "exchange_clients.backpack:BackpackFundingAdapter",
    "binance": "exchange_clients.binance:BinanceFundingAdapter",
    "bybit": "exchange_clients.bybit:BybitFundingAdapter",
    "edgex": "exchange_clients.edgex:EdgexFundingAdapter",
    "grvt": "exchange_clients.grvt:GrvtFundingAdapter",
    "lighter": "exchange_clients.lighter:LighterFundingAdapter",
    "okx": "exchange_clients.okx:OkxFundingAdapter",
    "paper": "exchange_clients.paper.funding_adapter:PaperFundingAdapter",
    "paradex": "exchange_clients.paradex:ParadexFundingAdapter",
}

_Base = TypeVar("_Base", BaseExchangeClient, BaseFundingAdapter)


class ExchangeFactory:
    """Makes clients by name.

    A name may carry an instance, which the client is told: ``"paper:one"`` is a ``paper`` client
    named ``paper:one``.
    """

    _registered: Mapping[str, str | type[BaseExchangeClient]] = _VENUES

    @classmethod
    def create_exchange(cls, name: str, config: object) -> BaseExchangeClient:
        """Return a client of the named venue, not yet connected.

        Args:
            name: A venue, in any letter case, with an instance after a colon where wanted.
            config: The client's first argument, or a mapping of its keywords.

        Raises:
            ClientConfigError: there is no such venue; names the valid ones and the nearest.
        """
        client_class = cls.client_class(name)
        venue, _, instance = name.strip().lower().partition(":")
        keywords = {"name": f"{venue}:{instance}"} if instance else {}
        if isinstance(config, Mapping):
            client: BaseExchangeClient = client_class(**{**keywords, **config})
        else:
            client = client_class(config, **keywords)  # type: ignore[call-arg]  # each its own
        return client

    @classmethod
    def client_class(cls, name: str) -> type[BaseExchangeClient]:
        """Return the class of the named venue; an instance after a colon is of no importance.

        Raises:
            ClientConfigError: there is no such venue; names the valid ones and the nearest.
        """
        venue = name.strip().lower().partition(":")[0]
        return _loaded(cls._registered, venue, BaseExchangeClient)  # type: ignore[type-abstract]  # only compared with

    @classmethod
    def create_funding_adapter(cls, name: str, config: object = None) -> BaseFundingAdapter:
        """Return a funding adapter of the named venue; it needs no credentials.

        Args:
            name: A venue, in any letter case.
            config: The adapter's first argument, or a mapping of its keywords.

        Raises:
            ClientConfigError: there is no such venue; names the valid ones and the nearest.
        """
        venue = name.strip().lower()
        adapter_class = _loaded(_FUNDING_ADAPTERS, venue, BaseFundingAdapter)  # type: ignore[type-abstract]  # only compared with
        if isinstance(config, Mapping):
            adapter: BaseFundingAdapter = adapter_class(**config)
        else:
            adapter = adapter_class(config)  # type: ignore[call-arg]  # each its own
        return adapter

    @classmethod
    def names(cls) -> list[str]:
        """Return the venues that can be made, sorted."""
        return sorted(cls._registered)

    @classmethod
    def register(cls, name: str, client_class: type[BaseExchangeClient]) -> None:
        """Add a venue of your own, or replace one.

        Raises:
            TypeError: the class is not a ``BaseExchangeClient``.
        """
        cls._registered = {
            **cls._registered,
            name.lower(): _checked(client_class, name, BaseExchangeClient),  # type: ignore[type-abstract]  # only compared with
        }


def _loaded(
    registered: Mapping[str, str | type[_Base]], venue: str, base: type[_Base]
) -> type[_Base]:
    """Return the class of a venue, importing it if this is its first use."""
    known = registered.get(venue)
    if known is None:
        names = sorted(registered)
        near = get_close_matches(venue, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ClientConfigError(f"exchange {venue!r} is not known; valid: {', '.join(names)}{hint}")
    if not isinstance(known, str):
        return known
    module, _, attribute = known.partition(":")
    return _checked(getattr(import_module(module), attribute), venue, base)


def _checked(found: object, name: str, base: type[_Base]) -> type[_Base]:
    if isinstance(found, type) and issubclass(found, base):
        return found
    raise TypeError(f"{name}: {found!r} must be a subclass of {base.__name__}")
