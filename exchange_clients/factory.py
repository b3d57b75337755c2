"""From a venue's name, as users type it, to its client; a venue is imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.errors import ClientConfigError

_VENUES = {
    "paper": "exchange_clients.paper.client:PaperClient",
}


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
        venue, _, instance = name.strip().lower().partition(":")
        client_class = cls._load(venue)
        keywords = {"name": f"{venue}:{instance}"} if instance else {}
        if isinstance(config, Mapping):
            client: BaseExchangeClient = client_class(**{**keywords, **config})
        else:
            client = client_class(config, **keywords)  # type: ignore[call-arg]  # each its own
        return client

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
        cls._registered = {**cls._registered, name.lower(): _checked(client_class, name)}

    @classmethod
    def _load(cls, venue: str) -> type[BaseExchangeClient]:
        known = cls._registered.get(venue)
        if known is None:
            near = get_close_matches(venue, cls.names(), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ClientConfigError(
                f"exchange {venue!r} is not known; valid: {', '.join(cls.names())}{hint}"
            )
        if not isinstance(known, str):
            return known
        module, _, attribute = known.partition(":")
        return _checked(getattr(import_module(module), attribute), venue)


def _checked(client_class: object, name: str) -> type[BaseExchangeClient]:
    if isinstance(client_class, type) and issubclass(client_class, BaseExchangeClient):
        return client_class
    raise TypeError(f"{name}: {client_class!r} must be a subclass of BaseExchangeClient")
