"""Binance, as cases know it."""

from __future__ import annotations

from exchange_clients.base_models import NS
from exchange_clients.binance.client.core import VENUE
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from venue_simulators.binance import listing, simulator
from venue_simulators.binance.terms import BinanceTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator


def _build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return simulator.build(options, BinanceTerms(read_delay_ns=round((lag_s or 0) * NS)))


BINANCE = Conforming(
    name="binance",
    words=VENUE,
    build=_build,
    markets={each.market.symbol: each.market for each in listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/fapi/v1/order"},
        Deed.CANCEL: {"method": "DELETE", "path": "/fapi/v1/order"},
        Deed.FIND: {"method": "GET", "path": "/fapi/v1/order"},
        Deed.ACTIVE: {"method": "GET", "path": "/fapi/v1/openOrders"},
        Deed.FILLS: {"method": "GET", "path": "/fapi/v1/userTrades"},
        Deed.POSITIONS: {"method": "GET", "path": "/fapi/v3/positionRisk"},
        Deed.BALANCE: {"method": "GET", "path": "/fapi/v3/account"},
        Deed.BOOK: {"method": "GET", "path": "/fapi/v1/depth"},
        Deed.MARKETS: {"method": "GET", "path": "/fapi/v1/exchangeInfo"},
        Deed.PAYMENTS: {"method": "GET", "path": "/fapi/v1/income"},
    },
    channels={
        Channel.BOOK: {"contains": '"e":"depthUpdate"'},
        Channel.ORDERS: {"contains": '"e":"ORDER_TRADE_UPDATE"'},
        Channel.FILLS: {"contains": '"x":"TRADE"'},
        Channel.POSITIONS: {"contains": '"e":"ACCOUNT_UPDATE"'},
    },
    logs_in=True,
    order_socket="*/ws-fapi/v1",
    book_subscription="@depth",
    bodies={
        Body.THROTTLED: '{"code":-1003,"msg":"Too many requests."}',
        Body.UNAUTHORISED: '{"code":-2015,"msg":"Invalid API-key, IP, or permissions."}',
        Body.FAILED: '{"code":-1000,"msg":"An unknown error occurred."}',
    },
    login={"method": "POST", "path": "/fapi/v1/listenKey"},
    session_hours=1,
    funding_hours=8,
    used_up={"x-mbx-used-weight-1m": "2160"},
    spellings={"BTCUSDT": "BTC", "1000PEPEUSDT": "PEPE"},
)
