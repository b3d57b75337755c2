"""The venues that every case runs on, and what a case must know of each."""

from __future__ import annotations

from exchange_clients.backpack.client.core import VENUE as BACKPACK
from exchange_clients.base_models import NS
from exchange_clients.grvt.client.core import VENUE as GRVT
from exchange_clients.lighter.client.core import VENUE as LIGHTER
from exchange_clients.paper.remote.core import VENUE as PAPER
from tests.conformance import toy_simulator
from tests.conformance.aster_facts import ASTER
from tests.conformance.binance_facts import BINANCE
from tests.conformance.bybit_facts import BYBIT
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from tests.conformance.edgex_facts import EDGEX
from tests.conformance.okx_facts import OKX
from tests.conformance.paradex_facts import PARADEX
from tests.support.toy_venue import VENUE as TOY
from venue_simulators.backpack import listing as backpack_listing
from venue_simulators.backpack import simulator as backpack
from venue_simulators.backpack.habits import Habits
from venue_simulators.grvt import instruments as grvt_instruments
from venue_simulators.grvt import simulator as grvt
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.lighter import listing as lighter_listing
from venue_simulators.lighter import simulator as lighter
from venue_simulators.lighter.terms import LighterTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.paper import listing as paper_listing
from venue_simulators.paper import simulator as paper
from venue_simulators.paper.asked import PAGE_MAX
from venue_simulators.simulator import VenueSimulator

__all__ = ["VENUES", "Body", "Channel", "Conforming", "Deed"]


def _backpack(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return backpack.build(options, Habits(visibility_ns=round((lag_s or 0) * NS)))


def _grvt(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return grvt.build(options, GrvtTerms(read_delay_ns=round((lag_s or 0) * NS)))


def _lighter(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    if lag_s is None:
        return lighter.build(options)
    return lighter.build(options, LighterTerms(read_lag_ns=round(lag_s * NS)))


def _paper(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return paper.build(options)  # its lists trail nothing


def _toy(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
    return toy_simulator.ToySimulator(options, lag_s or 0.0)


_BACKPACK = Conforming(
    name="backpack",
    words=BACKPACK,
    build=_backpack,
    markets={each.market.symbol: each.market for each in backpack_listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/api/v1/order"},
        Deed.CANCEL: {"method": "DELETE", "path": "/api/v1/order"},
        Deed.FIND: {"method": "GET", "path": "*/order*"},
        Deed.ACTIVE: {"method": "GET", "path": "/api/v1/orders"},
        Deed.FILLS: {"method": "GET", "path": "/wapi/v1/history/fills"},
        Deed.POSITIONS: {"method": "GET", "path": "/api/v1/position"},
        Deed.BALANCE: {"method": "GET", "path": "/api/v1/capital/collateral"},
        Deed.BOOK: {"method": "GET", "path": "/api/v1/depth"},
        Deed.MARKETS: {"method": "GET", "path": "/api/v1/markets"},
        Deed.PAYMENTS: {"method": "GET", "path": "/wapi/v1/history/funding"},
    },
    channels={
        Channel.BOOK: {"contains": '"depth.'},
        Channel.ORDERS: {"contains": '"stream":"account.orderUpdate'},
        Channel.FILLS: {"contains": '"e":"orderFill"'},
        Channel.POSITIONS: {"contains": "account.positionUpdate"},
    },
    book_subscription='"depth.',
    bodies={
        Body.THROTTLED: '{"code":"TOO_MANY_REQUESTS","message":"Too many requests"}',
        Body.UNAUTHORISED: '{"code":"UNAUTHORIZED","message":"Unauthorized"}',
        Body.FAILED: '{"code":"INTERNAL_ERROR","message":"Internal error"}',
    },
    spellings={"BTC_USDC_PERP": "BTC", "kPEPE_USDC_PERP": "PEPE"},
)

_GRVT = Conforming(
    name="grvt",
    words=GRVT,
    build=_grvt,
    markets={each.market.symbol: each.market for each in grvt_instruments.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/full/v1/create_order"},
        Deed.CANCEL: {"method": "POST", "path": "/full/v1/cancel_order"},
        Deed.FIND: {"method": "POST", "path": "/full/v1/order*"},
        Deed.ACTIVE: {"method": "POST", "path": "/full/v1/open_orders"},
        Deed.FILLS: {"method": "POST", "path": "/full/v1/fill_history"},
        Deed.POSITIONS: {"method": "POST", "path": "/full/v1/positions"},
        Deed.BALANCE: {"method": "POST", "path": "/full/v1/account_summary"},
        Deed.BOOK: {"method": "POST", "path": "/full/v1/book"},
        Deed.MARKETS: {"method": "POST", "path": "/full/v1/all_instruments"},
        Deed.PAYMENTS: {"method": "POST", "path": "/full/v1/funding_payment_history"},
    },
    channels={
        Channel.BOOK: {"contains": '"stream":"v1.book.d"'},
        Channel.ORDERS: {"contains": '"stream":"v1.order"'},
        Channel.FILLS: {"contains": '"stream":"v1.fill"'},
        Channel.POSITIONS: {"contains": '"stream":"v1.position"'},
    },
    acknowledges=True,
    logs_in=True,
    book_subscription="v1.book.d",
    bodies={
        Body.THROTTLED: '{"code":1006,"message":"You have surpassed the limit","status":429}',
        Body.UNAUTHORISED: '{"code":1000,"message":"You need to authenticate","status":401}',
        Body.FAILED: '{"code":1002,"message":"Internal Server Error","status":500}',
    },
    login={"path": "/auth/api_key/login"},
    session_hours=24,
    funding_hours=8,
    order_days=29,
    spellings={"BTC_USDT_Perp": "BTC", "KPEPE_USDT_Perp": "PEPE"},
)

_LIGHTER = Conforming(
    name="lighter",
    words=LIGHTER,
    build=_lighter,
    markets={each.market.symbol: each.market for each in lighter_listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/api/v1/sendTx", "contains": "tx_type=14"},
        Deed.CANCEL: {"method": "POST", "path": "/api/v1/sendTx", "contains": "tx_type=15"},
        Deed.FIND: {"method": "GET", "path": "/api/v1/accountOrders"},
        Deed.ACTIVE: {"method": "GET", "path": "/api/v1/accountActiveOrders"},
        Deed.FILLS: {"method": "GET", "path": "/api/v1/trades"},
        Deed.POSITIONS: {"method": "GET", "path": "/api/v1/account"},
        Deed.BALANCE: {"method": "GET", "path": "/api/v1/account"},
        Deed.BOOK: {"method": "GET", "path": "/api/v1/orderBookOrders"},
        Deed.MARKETS: {"method": "GET", "path": "/api/v1/orderBookDetails"},
        Deed.PAYMENTS: {"method": "GET", "path": "/api/v1/positionFunding"},
    },
    channels={
        Channel.BOOK: {"contains": '/order_book"'},
        Channel.ORDERS: {"contains": '/account_all_orders"'},
        Channel.FILLS: {"contains": '/account_all_trades"'},
        Channel.POSITIONS: {"contains": '/account_all_positions"'},
    },
    acknowledges=True,
    logs_in=True,
    book_subscription="order_book/",
    bodies={
        Body.THROTTLED: '{"code":23000,"message":"Too Many Requests!"}',
        Body.UNAUTHORISED: '{"code":20013,"message":"invalid auth"}',
        Body.FAILED: '{"code":29500,"message":"internal server error"}',
    },
    session_hours=8,
    order_days=28,
    fills_page=100,
    spellings={"BTC": "BTC", "1000PEPE": "PEPE"},
)

_TOY = Conforming(
    name="toy",
    words=TOY,
    build=_toy,
    markets={each.market.symbol: each.market for each in toy_simulator.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/orders"},
        Deed.CANCEL: {"method": "DELETE", "path": "/orders/*"},
        Deed.FIND: {"method": "GET", "path": "/orders/*"},
        Deed.ACTIVE: {"method": "GET", "path": "/orders"},
        Deed.FILLS: {"method": "GET", "path": "/fills"},
        Deed.POSITIONS: {"method": "GET", "path": "/positions"},
        Deed.BALANCE: {"method": "GET", "path": "/account"},
        Deed.BOOK: {"method": "GET", "path": "/book"},
        Deed.MARKETS: {"method": "GET", "path": "/markets"},
        Deed.PAYMENTS: {"method": "GET", "path": "/payments"},
    },
    channels={
        Channel.BOOK: {"contains": '"bids"'},
        Channel.ORDERS: {"contains": '["order"'},
        Channel.FILLS: {"contains": '["fill"'},
        Channel.POSITIONS: {"contains": '["position"'},
    },
    book_subscription="+book:",
    bodies={
        Body.THROTTLED: '"slower"',
        Body.UNAUTHORISED: '"bad_key"',
        Body.FAILED: '"broken"',
    },
    refusal_status=400,
    fills_page=toy_simulator.PAGE,
    spellings={"BTC-PERP": "BTC"},
)

_PAPER = Conforming(
    name="paper",
    words=PAPER,
    build=_paper,
    markets={each.market.symbol: each.market for each in paper_listing.MARKETS},
    deeds={
        Deed.CREATE: {"method": "POST", "path": "/order"},
        Deed.CANCEL: {"method": "DELETE", "path": "/order"},
        Deed.FIND: {"method": "GET", "path": "/order"},
        Deed.ACTIVE: {"method": "GET", "path": "/orders"},
        Deed.FILLS: {"method": "GET", "path": "/fills"},
        Deed.POSITIONS: {"method": "GET", "path": "/positions"},
        Deed.BALANCE: {"method": "GET", "path": "/balance"},
        Deed.BOOK: {"method": "GET", "path": "/book"},
        Deed.MARKETS: {"method": "GET", "path": "/markets"},
    },
    channels={
        Channel.BOOK: {"contains": '"type":"book_'},
        Channel.ORDERS: {"contains": '"type":"order"'},
        Channel.FILLS: {"contains": '"type":"fill"'},
        Channel.POSITIONS: {"contains": '"type":"position"'},
    },
    book_subscription='"book:',
    bodies={
        Body.THROTTLED: '{"code":"rate_limited","message":"too many requests"}',
        Body.UNAUTHORISED: '{"code":"unauthorized","message":"the API key is not known"}',
        Body.FAILED: '{"code":"broken","message":"something went wrong"}',
    },
    funding_hours=8,
    fills_page=PAGE_MAX,
    spellings={"BTC-PERP": "BTC", "1000PEPE-PERP": "PEPE"},
)

VENUES = (ASTER, _BACKPACK, BINANCE, BYBIT, EDGEX, _GRVT, _LIGHTER, OKX, _PAPER, PARADEX, _TOY)
