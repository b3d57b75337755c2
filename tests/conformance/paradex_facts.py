"""Paradex, as cases know it."""

from __future__ import annotations

from exchange_clients.paradex.client.core import VENUE
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from venue_simulators.options import SimulatorOptions
from venue_simulators.paradex import listing, simulator
from venue_simulators.simulator import VenueSimulator

BOOK_HEADER = "Y\0\3\0\1\0"
"""How a binary frame of a book begins: its block of 89 bytes, template 3 of schema 1."""


def _build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return simulator.build(options)  # its lists trail nothing but the verdict


PARADEX = Conforming(
    name="paradex",
    words=VENUE,
    build=_build,
    markets={each.market.symbol: each.market for each in listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/v1/orders"},
        Deed.CANCEL: {"method": "DELETE", "path": "/v1/orders/*"},
        Deed.FIND: {"method": "GET", "path": "/v1/orders/*"},
        Deed.ACTIVE: {"method": "GET", "path": "/v1/orders"},
        Deed.FILLS: {"method": "GET", "path": "/v1/fills"},
        Deed.POSITIONS: {"method": "GET", "path": "/v1/positions"},
        Deed.BALANCE: {"method": "GET", "path": "/v1/account"},
        Deed.BOOK: {"method": "GET", "path": "/v1/orderbook/*"},
        Deed.MARKETS: {"method": "GET", "path": "/v1/markets"},
        Deed.PAYMENTS: {"method": "GET", "path": "/v1/funding/payments"},
    },
    channels={
        Channel.BOOK: {"contains": BOOK_HEADER},
        Channel.ORDERS: {"contains": '"channel":"orders.'},
        Channel.FILLS: {"contains": '"channel":"fills.'},
        Channel.POSITIONS: {"contains": '"channel":"positions"'},
    },
    acknowledges=True,
    logs_in=True,
    book_subscription='"order_book.',
    bodies={
        Body.THROTTLED: '{"error":"TOO_MANY_REQUESTS","message":"rate limit exceeded","data":null}',
        Body.UNAUTHORISED: '{"message":"missing or malformed jwt: token is expired by 9.4s"}',
        Body.FAILED: '{"error":"INTERNAL_ERROR","message":"internal error","data":null}',
    },
    login={"method": "POST", "path": "/v1/auth*"},
    session_hours=5 / 60,
    funding_hours=8,
    used_up={"x-ratelimit-limit": "600", "x-ratelimit-remaining": "60"},
    funding_accrues=True,
    spellings={"BTC-USD-PERP": "BTC", "kPEPE-USD-PERP": "PEPE"},
)
