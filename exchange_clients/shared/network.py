"""The three classes of a network venue, each a few lines in the venue's own package.

Each is made from a mapping, from keywords, or from both, where keywords come first:

    BackpackClient(public_key="...", secret_key="...", ticker="BTC")
    LighterClient({"environment": "testnet"}, journal=journal)
    LighterFundingAdapter("https://mainnet.zklighter.elliot.ai")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from exchange_clients.errors import ClientConfigError
from exchange_clients.journal import Journal, MemoryJournal
from exchange_clients.shared.assembly import PROD, entropy, open_link
from exchange_clients.shared.client.client_order_ids import NUMBERS_MIN
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.symbols import did_you_mean
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.websocket.manager import VenueWebSocketManager


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """What may be said of a client, of feeds or of an adapter, beside credentials."""

    environment: str = PROD
    """``prod``, ``testnet``, ``demo`` or ``simulator``."""
    journal: Journal | None = None
    """Durable memory; without one orders are forgotten when the process ends."""
    clock: Clock | None = None
    name: str | None = None
    """The account's name in the journal; the venue's by default."""
    ticker: str | None = None
    max_book_age_s: float | None = None
    exclusive: bool = False
    """See ``VenueClientOptions``, as the two before it."""
    variables: Mapping[str, str] | None = None
    """Where credentials and URLs are read; the process environment by default."""
    api_url: str | None = None
    """Where public data is asked for, instead of the environment's."""
    order_socket: bool = True
    """Whether orders go over a WebSocket where the venue takes them so, else over HTTP alone."""
    link: VenueLink | None = None
    """A link to share; the settings that make one do not count then."""

    def options(self) -> VenueClientOptions:
        """Return what the client is told beside its link."""
        options = VenueClientOptions(ticker=self.ticker, exclusive=self.exclusive)
        if self.max_book_age_s is None:
            return options
        return replace(options, max_book_age_s=self.max_book_age_s)

    def memory(self) -> Journal:
        """Return the journal; one that forgets begins at a number that few processes begin at."""
        return self.journal or MemoryJournal(last_number=entropy(NUMBERS_MIN // 2))


def read_settings(
    venue: Venue, given: Mapping[str, Any]
) -> tuple[NetworkSettings, Mapping[str, str]]:
    """Sort what was given into settings and credentials by field name.

    Raises:
        ClientConfigError: a name is neither; names near ones.
    """
    settings = {each.name for each in fields(NetworkSettings)}
    secrets = {each.name for each in (*venue.fields, *venue.other_fields)}
    for name in given:
        if name not in settings | secrets:
            near = did_you_mean(name, sorted(settings | secrets))
            raise ClientConfigError(f"{name} is no setting of {venue.name}{near}")
    chosen = NetworkSettings(**{name: given[name] for name in given if name in settings})
    return chosen, {name: str(given[name]) for name in given if name in secrets}


def link_of(venue: Venue, given: Mapping[str, Any], *, private: bool) -> VenueLink:
    """Return the link that was given, or one made from the settings."""
    settings, credentials = read_settings(venue, given)
    return settings.link or open_link(
        venue,
        settings.environment,
        settings.variables,
        credentials,
        clock=settings.clock,
        private=private,
        api_url=settings.api_url,
        order_socket=settings.order_socket,
    )


class NetworkClient(VenueClient):
    """A trading client; a venue's class says which ``VENUE``.

    Args:
        config: Settings by name; see ``NetworkSettings``, and the venue's credentials.
        keywords: The same, before those of ``config``.

    Raises:
        ClientConfigError: a setting is not known, or there is no such environment.
        MissingCredentialsError: names what is absent.
    """

    VENUE: ClassVar[Venue]

    # Any: settings of several types, each checked where it is used.
    def __init__(self, config: Mapping[str, Any] | None = None, **keywords: Any) -> None:
        given = {**(config or {}), **keywords}
        settings, _ = read_settings(self.VENUE, given)
        super().__init__(
            link_of(self.VENUE, given, private=True),
            journal=settings.memory(),
            name=settings.name,
            options=settings.options(),
        )


class NetworkWebSocketManager(VenueWebSocketManager):
    """Live public feeds without an account; a venue's class says which ``VENUE``."""

    VENUE: ClassVar[Venue]

    def __init__(self, config: Mapping[str, Any] | None = None, **keywords: Any) -> None:
        given = {**(config or {}), **keywords}
        super().__init__(link_of(self.VENUE, given, private=False), private=False)


class NetworkFundingAdapter(VenueFundingAdapter):
    """Public funding data without an account; a venue's class says which ``VENUE``.

    Args:
        config: Settings by name, or the URL that data is asked for at.
        keywords: The same, before those of ``config``.
    """

    VENUE: ClassVar[Venue]

    def __init__(self, config: Mapping[str, Any] | str | None = None, **keywords: Any) -> None:
        named = {"api_url": config} if isinstance(config, str) else config
        given = {**(named or {}), **keywords}
        super().__init__(link_of(self.VENUE, given, private=False))
