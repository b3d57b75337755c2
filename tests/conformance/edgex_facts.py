"""edgeX, as cases know it."""

from __future__ import annotations

from exchange_clients.edgex.client.core import VENUE
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from venue_simulators.edgex import listing, simulator
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator

ORDER, ACCOUNT = "/api/v2/private/order", "/api/v2/private/account"


def _build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return simulator.build(options)  # its lists trail nothing but the verdict


EDGEX = Conforming(
    name="edgex",
    words=VENUE,
    build=_build,
    markets={each.market.symbol: each.market for each in listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": f"{ORDER}/createOrder"},
        Deed.CANCEL: {"method": "POST", "path": f"{ORDER}/cancelOrderBy*"},
        # By either id and in the history; neither the open orders nor the fills.
        Deed.FIND: {"method": "GET", "path": f"{ORDER}/get[!A]*rder[BP]*"},
        Deed.ACTIVE: {"method": "GET", "path": f"{ORDER}/getActiveOrderPage"},
        Deed.FILLS: {"method": "GET", "path": f"{ORDER}/getHistoryOrderFillTransactionPage"},
        Deed.POSITIONS: {"method": "GET", "path": f"{ACCOUNT}/getAccountAsset"},
        Deed.BALANCE: {"method": "GET", "path": f"{ACCOUNT}/getAccountAsset"},
        Deed.BOOK: {"method": "GET", "path": "/api/v2/public/quote/getDepth"},
        Deed.MARKETS: {"method": "GET", "path": "/api/v2/public/meta/getMetaData"},
        Deed.PAYMENTS: {"method": "GET", "path": f"{ACCOUNT}/getPositionTransactionPage"},
    },
    channels={
        Channel.BOOK: {"contains": '"depthType"'},
        Channel.ORDERS: {"contains": '"order":[{'},
        Channel.FILLS: {"contains": '"orderFillTransaction":[{'},
        Channel.POSITIONS: {"contains": '"position":[{'},
    },
    acknowledges=True,
    book_subscription='"depth.',
    bodies={
        Body.THROTTLED: '{"code":"RATE_LIMIT_EXCEEDED","data":null,"msg":"too many requests"}',
        Body.UNAUTHORISED: '{"code":"INVALID_API_KEY","data":null,"msg":"invalid api key"}',
        Body.FAILED: '{"code":"GATEWAY_INTERNAL_ERROR","data":null,"msg":"internal error"}',
    },
    funding_hours=4,
    order_days=22,
    fills_page=100,
    spellings={"BTCUSDC": "BTC", "1000PEPEUSDC": "PEPE"},
)
