"""A link to a simulated venue in memory, as a process of its own has one."""

from __future__ import annotations

from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
    Resolve,
)
from exchange_clients.shared.venue import Venue
from venue_simulators.misbehaviour import Misbehaving


def link_in_memory(
    words: Venue,
    venue: Misbehaving,
    resolve: Resolve,
    clock: Clock,
    rng: Rng,
    *,
    private: bool = True,
    order_socket: bool = False,
) -> VenueLink:
    """Return a link, not opened, to the first account of a venue.

    Args:
        words: The venue's words.
        venue: The simulated venue, with its faults.
        resolve: Finds the venue's services by their real host names.
        clock: Virtual time.
        rng: All randomness of the link.
        private: Whether it has the account's credentials.
        order_socket: Whether orders go over a WebSocket where the venue takes them so.
    """
    urls = {service.name: service.hosts[0] for service in venue.services}
    variables = venue.environment(urls)
    return VenueLink(
        words,
        words.environments["prod"],
        read_credentials(words.name, words.fields, variables) if private else None,
        http=MemoryHttpTransport(resolve, clock),
        sockets=MemorySocketTransport(resolve),
        clock=clock,
        rng=rng,
        seal=simulated_seal,
        order_socket=order_socket,
    )
