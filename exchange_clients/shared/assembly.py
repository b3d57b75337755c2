"""From what a user has, a venue's name and some variables, to a link: the only reader of these.

``prod``, ``testnet`` and ``demo`` are the venue's own. ``simulator`` is wherever the variables say:
each service's URL is ``PERP_<VENUE>_<SERVICE>_URL``, which replaces single URLs of the others, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.clock import Clock, Rng, SystemClock
from exchange_clients.shared.credentials import Credentials, read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.venue import Environment, Venue

PROD = "prod"
SIMULATOR = "simulator"


def open_link(  # noqa: PLR0913 - what a user may say, each by its name
    venue: Venue,
    environment_name: str = PROD,
    variables: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    *,
    clock: Clock | None = None,
    private: bool = True,
    api_url: str | None = None,
    order_socket: bool = True,
    proxy: str = "",
) -> VenueLink:
    """Return a link over real sockets, not yet opened.

    Args:
        venue: Its words.
        environment_name: ``prod``, ``testnet``, ``demo`` or ``simulator``.
        variables: Where credentials and URLs are read; the process environment by default.
        given: Credentials by field name, which come before variables.
        clock: Time; the machine's by default.
        private: Whether it is an account's; public data needs no credentials.
        api_url: Where public data is asked for, before variables.
        order_socket: Whether orders go over a WebSocket where the venue takes them so.
        proxy: Through which this link alone reaches the venue; straight where it is empty.

    Raises:
        ClientConfigError: there is no such environment, or a URL of the simulator is not set.
        MissingCredentialsError: names what is absent.
    """
    # Real sockets load slowly, and whoever runs on virtual time never wants them.
    from exchange_clients.shared.transport.chosen import http_transport  # noqa: PLC0415
    from exchange_clients.shared.transport.tunnel import Tunnel  # noqa: PLC0415
    from exchange_clients.shared.websocket.sockets import socket_transport  # noqa: PLC0415

    known: Mapping[str, str] = os.environ if variables is None else variables
    if api_url is not None:
        known = {**known, url_variables(venue)[_public_service(venue)]: api_url}
    environment = choose_environment(venue, environment_name, known)
    credentials = credentials_of(venue, known, given, environment) if private else None
    present = clock or SystemClock()
    tunnel = Tunnel(proxy) if proxy else None
    return VenueLink(
        venue,
        environment,
        credentials,
        http=http_transport(present, tunnel),
        sockets=socket_transport(tunnel),
        clock=present,
        rng=Rng(os.urandom(32).hex()),
        order_socket=order_socket,
    )


def credentials_of(
    venue: Venue,
    variables: Mapping[str, str],
    given: Mapping[str, str] | None = None,
    environment: Environment | None = None,
) -> Credentials:
    """Return an account's credentials, of either kind that the venue knows.

    Those of an environment that has variables of its own are read from no others: a key of the real
    venue is of no use there, and is sent nowhere else.

    Raises:
        MissingCredentialsError: names what is absent.
    """
    if environment is not None and environment.fields:
        return read_credentials(venue.name, environment.fields, variables, given)
    return read_credentials(venue.name, venue.fields, variables, given, venue.other_fields)


def entropy(below: int) -> int:
    """Return a number below ``below`` that no other process is likely to draw."""
    return int.from_bytes(os.urandom(8), "big") % below


def choose_environment(venue: Venue, name: str, variables: Mapping[str, str]) -> Environment:
    """Return an environment of the venue with the URLs that variables replace.

    Raises:
        ClientConfigError: there is no such environment, or a URL of the simulator is not set.
    """
    wanted = name.strip().lower()
    known = [*venue.environments, SIMULATOR]
    if wanted not in known:
        raise ClientConfigError(
            f"environment {name!r} of {venue.name} does not exist; it has {', '.join(known)}"
        )
    base = venue.environments[PROD if wanted == SIMULATOR else wanted]
    names = url_variables(venue)
    replaced = {service: variables.get(names[service], "") for service in base.urls}
    missing = [names[service] for service, url in replaced.items() if not url]
    if wanted == SIMULATOR and missing:
        raise ClientConfigError(
            f"environment {SIMULATOR} of {venue.name} needs {', '.join(missing)}: set them to the "
            "URLs that the simulator prints"
        )
    urls = {each: (replaced[each] or url).rstrip("/") for each, url in base.urls.items()}
    return replace(base, name=wanted, urls=urls)


def url_variables(venue: Venue) -> Mapping[str, str]:
    """Return the variable that replaces the URL of each service, by the service's name."""
    return {
        service: f"PERP_{venue.name}_{service}_URL".replace("-", "_").upper()
        for service in venue.environments[PROD].urls
    }


def is_pointed_at(venue: Venue, variables: Mapping[str, str]) -> bool:
    """Say whether the variables name a simulator; some of its URLs are enough to mean one."""
    return any(variables.get(name) for name in url_variables(venue).values())


def _public_service(venue: Venue) -> str:
    """Return the service that lists the markets."""
    return next(venue.markets.list()).service
