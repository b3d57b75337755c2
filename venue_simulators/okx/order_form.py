"""How an order is read and judged before the engine sees it.

The engine judges the rest: margin, crossing, reduce-only. Self-trade prevention other than
``cancel_maker`` and a second margin mode beside an open position are not simulated and refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from exchange_clients.base_models import ContractId, OrderType, Side, TimeInForce
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.errors import ItemError, parameter_empty, parameter_error
from venue_simulators.okx.exits import read_exits
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import (
    LIMIT_MAX,
    MARKET_MAX,
    PENDING_MAX,
    Instrument,
)
from venue_simulators.okx.market_words import band
from venue_simulators.okx.orders import Asked
from venue_simulators.okx.positions import LONG, NET, SHORT
from venue_simulators.okx.wording import MS_NS, SIDES, plain
from venue_simulators.world import Wanted, World

CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_TAG = re.compile(r"[A-Za-z0-9]{1,16}")
MARGIN_MODES = ("cross", "isolated")
UNPRICED = ("market", "optimal_limit_ioc")
ORDER_TYPES = ("market", "limit", "post_only", "fok", "ioc", "optimal_limit_ioc")
_TIMES = {
    "limit": TimeInForce.GTC,
    "post_only": TimeInForce.GTX,
    "fok": TimeInForce.FOK,
    "ioc": TimeInForce.IOC,
    "market": TimeInForce.IOC,
    "optimal_limit_ioc": TimeInForce.IOC,
}
_OPENING = {(LONG, Side.BUY), (SHORT, Side.SELL)}


def read(fields: Fields, instrument: Instrument, book: AccountBook) -> Asked:
    """Return the order that was sent.

    Raises:
        OkxError: it is not worded as an order.
    """
    td_mode = fields.required_choice("tdMode", MARGIN_MODES)
    side = SIDES[fields.required_choice("side", tuple(SIDES))]
    ord_type = fields.required_choice("ordType", ORDER_TYPES)
    pos_side = read_pos_side(fields, book)
    contracts = fields.positive("sz")
    if contracts is None:
        raise parameter_empty("sz")
    px = None if ord_type in UNPRICED else fields.positive("px")
    if px is None and ord_type not in UNPRICED:
        raise parameter_empty("px")
    if fields.choice("stpMode", ("cancel_maker",)) is None and fields.has("stpMode"):
        raise parameter_error("stpMode")
    reduce_only = fields.flag("reduceOnly")
    return Asked(
        instrument,
        td_mode,
        side,
        pos_side,
        ord_type,
        contracts * instrument.unit,
        px,
        cl_ord_id=_named(fields, "clOrdId", CLIENT_ID),
        tag=_named(fields, "tag", _TAG),
        # In long-short mode the direction alone says whether an order opens or closes.
        reduce_only=reduce_only and pos_side == NET,
        closes=pos_side != NET and (pos_side, side) not in _OPENING,
        exits=read_exits(fields),
    )


def read_pos_side(fields: Fields, book: AccountBook) -> str:
    """Return the position that an order is about, as the account's mode demands it."""
    if book.long_short:
        return fields.required_choice("posSide", (LONG, SHORT))
    return fields.choice("posSide", (NET,)) or NET


def judge(asked: Asked, world: World, book: AccountBook, expires_ms: int | None) -> Wanted:
    """Return the order as the engine takes it.

    Raises:
        ItemError: the venue does not take such an order, or not now.
    """
    instrument = asked.instrument
    if expires_ms is not None and world.now_ns // MS_NS > expires_ms:
        raise ItemError("51149", "Order timed out. Please try again later.")
    if not world.tradable(instrument.inst_id):
        raise ItemError("51022", "Contract suspended.")
    if asked.cl_ord_id and asked.cl_ord_id in book.by_client_id:
        raise ItemError("51016", "Client order ID already exists.")
    if len(book.pending(instrument.inst_id)) >= PENDING_MAX:
        raise ItemError("51174", f"The number of pending orders has reached {PENDING_MAX}")
    check_size(asked.size, instrument, MARKET_MAX if asked.ord_type == "market" else LIMIT_MAX)
    _check_price(asked, world)
    check_position(asked, book)
    return Wanted(
        contract_id=instrument.inst_id,
        side=asked.side,
        size=_cut(asked, book),
        price=asked.px,
        order_type=OrderType.MARKET if asked.px is None else OrderType.LIMIT,
        time_in_force=_TIMES[asked.ord_type],
        reduce_only=asked.reduce_only,
    )


def check_size(size: Decimal, instrument: Instrument, maximum: Decimal) -> None:
    """Refuse a size that is not in lots, too small or too large.

    Raises:
        ItemError: it is.
    """
    contracts = instrument.contracts(size)
    if size < instrument.market.min_size:
        raise ItemError("51020", "Your order should meet or exceed the minimum order amount.")
    if contracts % instrument.lot:
        raise ItemError("51121", "Order quantity must be a multiple of the lot size.")
    if contracts > maximum:
        raise ItemError("51005", "Your order amount exceeds the max order amount.")


def check_tick(price: Decimal, instrument: Instrument, name: str) -> None:
    """Refuse a price that is not in ticks.

    Raises:
        ItemError: it is not.
    """
    if price % instrument.market.tick:
        raise ItemError("51000", f"Parameter {name} error")


def check_band(price: Decimal, side: Side, instrument: Instrument, mark: Decimal) -> None:
    """Refuse a buy above the price limit, or a sell below it.

    Raises:
        ItemError: it is.
    """
    highest, lowest = band(instrument, mark)
    if price > highest if side is Side.BUY else price < lowest:
        raise ItemError(
            "51006",
            "Order price is not within the price limit "
            f"(max buy price: {plain(highest)}, min sell price: {plain(lowest)}).",
        )


def check_position(asked: Asked, book: AccountBook) -> None:
    """Refuse an order that does not suit the positions there are.

    Raises:
        ItemError: it does not.
    """
    inst_id: ContractId = asked.instrument.inst_id
    standing = [leg.margin_mode for leg in book.positions.of(inst_id)]
    standing += [one.asked.td_mode for one in book.pending(inst_id)]
    if any(mode != asked.td_mode for mode in standing):
        raise ItemError("51000", "Parameter tdMode error")
    if asked.closes and not book.positions.size((inst_id, asked.pos_side)):
        raise ItemError(
            "51169",
            "Order failed because you don't have any positions in this direction to reduce.",
        )
    check_closing(asked, asked.size, book)


def check_closing(asked: Asked, more: Decimal, book: AccountBook) -> None:
    """Refuse what would close more of a position in long-short mode than there is.

    Raises:
        ItemError: it would.
    """
    if not asked.closes:
        return
    key = (asked.instrument.inst_id, asked.pos_side)
    if more + book.closing(key) > abs(book.positions.size(key)):
        raise ItemError("51112", "Close order size exceeds your available size.")


def _cut(asked: Asked, book: AccountBook) -> Decimal:
    """Return the size of an order; the venue cuts one that only reduces to the position."""
    held = book.positions.size((asked.instrument.inst_id, asked.pos_side))
    if not asked.reduce_only or held * asked.side.sign >= 0:
        return asked.size
    return min(asked.size, abs(held))


def _check_price(asked: Asked, world: World) -> None:
    if asked.px is None:
        return
    check_tick(asked.px, asked.instrument, "px")
    mark = world.prices(asked.instrument.inst_id).mark
    check_band(asked.px, asked.side, asked.instrument, mark)


def _named(fields: Fields, name: str, form: re.Pattern[str]) -> str:
    text = fields.text(name)
    if text is not None and form.fullmatch(text) is None:
        raise parameter_error(name)
    return text or ""
