"""Bybit, as cases know it."""

from __future__ import annotations

from exchange_clients.base_models import NS
from exchange_clients.bybit.client.core import VENUE
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from venue_simulators.bybit import listing, simulator
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator


def _build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return simulator.build(options, BybitTerms(history_lag_ns=round((lag_s or 0) * NS)))


BYBIT = Conforming(
    name="bybit",
    words=VENUE,
    build=_build,
    markets={each.market.symbol: each.market for each in listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/v5/order/create"},
        Deed.CANCEL: {"method": "POST", "path": "/v5/order/cancel"},
        Deed.FIND: {"method": "GET", "path": "/v5/order/realtime"},
        Deed.ACTIVE: {"method": "GET", "path": "/v5/order/realtime"},
        Deed.FILLS: {"method": "GET", "path": "/v5/execution/list"},
        Deed.POSITIONS: {"method": "GET", "path": "/v5/position/list"},
        Deed.BALANCE: {"method": "GET", "path": "/v5/account/wallet-balance"},
        Deed.BOOK: {"method": "GET", "path": "/v5/market/orderbook"},
        Deed.MARKETS: {"method": "GET", "path": "/v5/market/instruments-info"},
        Deed.PAYMENTS: {"method": "GET", "path": "/v5/account/transaction-log"},
    },
    channels={
        Channel.BOOK: {"contains": '"topic":"orderbook.50'},
        Channel.ORDERS: {"contains": '"topic":"order'},
        Channel.FILLS: {"contains": '"topic":"execution'},
        Channel.POSITIONS: {"contains": '"topic":"position'},
    },
    acknowledges=True,
    order_socket="*/v5/trade",
    book_subscription="orderbook.50",
    bodies={
        Body.THROTTLED: '{"retCode":10006,"retMsg":"Too many visits!","result":{}}',
        Body.UNAUTHORISED: '{"retCode":10003,"retMsg":"API key is invalid.","result":{}}',
        Body.FAILED: '{"retCode":10016,"retMsg":"Internal server error.","result":{}}',
    },
    refusal_status=200,
    funding_hours=8,
    fills_page=100,
    spellings={"BTCUSDT": "BTC", "1000PEPEUSDT": "PEPE"},
)
