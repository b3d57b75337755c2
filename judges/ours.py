"""What we would send of an order, made by the venue's own words in ``exchange_clients``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module

from exchange_clients.shared.assembly import SIMULATOR, choose_environment
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Flow, Response, T
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Seal, SigningContext, WireRequest
from exchange_clients.shared.venue import PrivateWords, Venue
from judges.orders import SampleOrder
from judges.steps import Json
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest


def venue_of(name: str) -> Venue:
    """Return a venue's words by its name."""
    venue: Venue = import_module(f"exchange_clients.{name}.client.core").VENUE
    return venue


def markets_of(venue: Venue, simulator: VenueSimulator) -> MarketTable:
    """Return the venue's list of markets as our words read it."""
    return MarketTable(_answered(venue.markets.list(), simulator))


def words_of(
    venue: Venue, markets: MarketTable, variables: Mapping[str, str], seal: Seal | None = None
) -> PrivateWords:
    """Return what an account says; without a seal with the venue's own curve."""
    environment = choose_environment(venue, SIMULATOR, variables)
    credentials = read_credentials(venue.name, venue.fields, variables)
    return venue.private(markets, environment, credentials, seal)


def request_of(words: PrivateWords, sample: SampleOrder, now_ms: int) -> WireRequest:
    """Return the signed request that places an order."""
    return words.signer.prepare(next(words.orders.place(sample.order)), _context(sample, now_ms))


def call_of(words: PrivateWords, sample: SampleOrder, now_ms: int, call_id: str) -> Json:
    """Return the signed call that places an order over the venue's socket."""
    assert words.entry is not None, "asked where there is an order socket"
    request = next(words.orders.place(sample.order))
    call: Json = json.loads(words.entry.frame(request, _context(sample, now_ms), call_id))
    return call


def _context(sample: SampleOrder, now_ms: int) -> SigningContext:
    return SigningContext(now_ms, nonce=sample.nonce, entropy=sample.nonce, session=None)


def _answered(flow: Flow[T], simulator: VenueSimulator) -> T:
    """Let a simulator answer a flow, without a socket."""
    try:
        request = next(flow)
        while True:
            wire = plain_wire(request)
            path, _, query = wire.path.partition("?")
            asked = HttpRequest(
                request.service, wire.method, path, query, dict(wire.headers), wire.body
            )
            answer = simulator.handle(asked)
            request = flow.send(Response(answer.status, answer.body))
    except StopIteration as end:
        result: T = end.value
        return result
