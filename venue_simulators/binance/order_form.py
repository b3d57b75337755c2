"""How an order of Binance's is read: the dialect's form, and what this venue adds to it."""

from __future__ import annotations

from dataclasses import fields as fields_of
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Side, TimeInForce
from venue_simulators.binance.orders import EXPIRE_MAKER, NO_MATCH, BinanceAsked
from venue_simulators.fapi.errors import UNWANTED_PARAMETER, FapiError, missing
from venue_simulators.fapi.order_entry import TIMES_IN_FORCE, EntryRules, read, unwanted
from venue_simulators.fapi.orders import CONDITIONAL, SIDES
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.wording import MS_NS, on_grid
from venue_simulators.world import Wanted, World

SELF_TRADE = "selfTradePreventionMode"
OPPOSITE_LEVELS = {"OPPONENT": 1, "OPPONENT_5": 5}
OWN_LEVELS = {"QUEUE": 1, "QUEUE_5": 5, "QUEUE_10": 10, "QUEUE_20": 20}
SOONEST_END_NS = 600_000_000_000
LATEST_END_MS = 253_402_300_799_000
NO_DEPTH = -5041
ENTRY = EntryRules(
    times_in_force={**TIMES_IN_FORCE, "GTD": TimeInForce.GTC},
    refused_types=dict.fromkeys(CONDITIONAL, -4120),
    self_trade_parameter=SELF_TRADE,
    self_trade=EXPIRE_MAKER,
    position_sides=("BOTH", "LONG", "SHORT"),
)


def read_order(fields: Parameters, world: World, spare_id: str, *, dual_side: bool) -> BinanceAsked:
    """Return the order that was sent.

    Raises:
        FapiError: it is not worded as an order.
    """
    check_modes(fields, dual_side=dual_side)
    match = fields.text("priceMatch") or NO_MATCH
    if match != NO_MATCH:
        if fields.text("type") != "LIMIT":
            raise FapiError(-5038)
        fields = priced(fields, world, match)
    end_ms = good_till(fields, world.now_ns)
    asked = read(fields, ENTRY, spare_id)
    known = {one.name: getattr(asked, one.name) for one in fields_of(asked)}
    return BinanceAsked(**known, price_match=match, good_till_ms=end_ms)


def check_modes(fields: Parameters, *, dual_side: bool) -> None:
    """Refuse what the position mode or the engine does not allow.

    Raises:
        FapiError: it does not.
    """
    if dual_side and fields.has("reduceOnly"):
        raise FapiError(UNWANTED_PARAMETER, "Parameter 'reduceonly' sent when not required.")
    mode = fields.text(SELF_TRADE)
    if mode is not None and mode != EXPIRE_MAKER:
        # The engine has one mode: another would silently be this one.
        raise FapiError(-5039)


def priced(fields: Parameters, world: World, match: str) -> Parameters:
    """Return an order with the price that a rule gives it.

    Raises:
        FapiError: there is no such rule, a price was sent too, or the book is not so deep.
    """
    if fields.has("price"):
        raise unwanted("price")
    symbol = ContractId(fields.required("symbol"))
    market = world.markets.get(symbol)
    if market is None:
        raise FapiError(-1121)
    side = SIDES.get(fields.required("side"))
    if side is None:
        raise FapiError(-1117)
    price = matched_price(world, symbol, side, match)
    return fields.replaced("price", on_grid(price, market.tick))


def matched_price(world: World, symbol: ContractId, side: Side, match: str) -> Decimal:
    """Return the price of the book that a rule means.

    Raises:
        FapiError: there is no such rule, or the book is not so deep.
    """
    opposite = OPPOSITE_LEVELS.get(match)
    level = OWN_LEVELS.get(match) if opposite is None else opposite
    if level is None:
        raise FapiError(-5037)
    book, _ = world.depth(symbol, level)
    bids = (side is Side.SELL) is (opposite is not None)
    rows = book.bids if bids else book.asks
    if len(rows) < level:
        raise FapiError(NO_DEPTH)
    return rows[level - 1][0]


def good_till(fields: Parameters, now_ns: int) -> int:
    """Return when an order is to be cancelled, zero for never; whole seconds count.

    Raises:
        FapiError: the instant is missing, not wanted, too near or too far.
    """
    dated = fields.text("timeInForce") == "GTD"
    end_ms = fields.whole("goodTillDate")
    if not dated:
        if end_ms:
            raise unwanted("goodTillDate")
        return 0
    if end_ms is None:
        raise missing("goodTillDate")
    if not now_ns + SOONEST_END_NS < end_ms * MS_NS < LATEST_END_MS * MS_NS:
        raise FapiError(-5040)
    return end_ms // 1000 * 1000


def reachable(world: World, wanted: Wanted) -> Decimal:
    """Return how much the book offers an order up to its price."""
    book, _ = world.depth(wanted.contract_id)
    buys = wanted.side is Side.BUY
    rows = book.asks if buys else book.bids
    price = wanted.price
    return sum(
        (
            size
            for level, size in rows
            if price is None or (level <= price if buys else level >= price)
        ),
        ZERO,
    )
