"""OKX, as cases know it."""

from __future__ import annotations

from exchange_clients.base_models import NS
from exchange_clients.okx.client.core import VENUE
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from venue_simulators.okx import listing, simulator
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator


def _build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return simulator.build(options, OkxTerms(read_delay_ns=round((lag_s or 0) * NS)))


OKX = Conforming(
    name="okx",
    words=VENUE,
    build=_build,
    markets={each.market.symbol: each.market for each in listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/api/v5/trade/order"},
        Deed.CANCEL: {"method": "POST", "path": "/api/v5/trade/cancel-order"},
        Deed.FIND: {"method": "GET", "path": "/api/v5/trade/order"},
        Deed.ACTIVE: {"method": "GET", "path": "/api/v5/trade/orders-pending"},
        Deed.FILLS: {"method": "GET", "path": "/api/v5/trade/fills*"},
        Deed.POSITIONS: {"method": "GET", "path": "/api/v5/account/positions"},
        Deed.BALANCE: {"method": "GET", "path": "/api/v5/account/balance"},
        Deed.BOOK: {"method": "GET", "path": "/api/v5/market/books"},
        Deed.MARKETS: {"method": "GET", "path": "/api/v5/public/instruments"},
        Deed.PAYMENTS: {"method": "GET", "path": "/api/v5/account/bills*"},
    },
    channels={
        Channel.BOOK: {"contains": '"channel":"books"'},
        Channel.ORDERS: {"contains": '"channel":"orders"'},
        Channel.FILLS: {"contains": '"channel":"orders"'},
        Channel.POSITIONS: {"contains": '"channel":"positions"'},
    },
    acknowledges=True,
    order_socket="*/private",
    book_subscription='"channel":"books"',
    bodies={
        Body.THROTTLED: '{"code":"50011","msg":"Too Many Requests","data":[]}',
        Body.UNAUTHORISED: '{"code":"50111","msg":"Invalid OK-ACCESS-KEY","data":[]}',
        Body.FAILED: '{"code":"50026","msg":"System error","data":[]}',
    },
    funding_hours=8,
    fills_page=100,
    spellings={"BTC-USDT-SWAP": "BTC", "PEPE-USDT-SWAP": "PEPE"},
)
