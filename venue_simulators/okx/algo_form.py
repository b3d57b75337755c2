"""How an algo order is read and judged."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import Side
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.algos import (
    ALGO_TYPES,
    OCO,
    TRAILING,
    TRIGGER,
    AlgoRecord,
    Trail,
    Watch,
)
from venue_simulators.okx.errors import ItemError, parameter_empty, parameter_error
from venue_simulators.okx.exits import MARKET_PX, PRICE_TYPES, order_price
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import LIMIT_MAX, Instrument
from venue_simulators.okx.order_form import (
    CLIENT_ID,
    MARGIN_MODES,
    check_size,
    check_tick,
    read_pos_side,
)
from venue_simulators.okx.positions import NET
from venue_simulators.okx.wording import SIDES
from venue_simulators.world import Ticker

_RATIO_MIN, _RATIO_MAX = Decimal("0.001"), Decimal(1)
_WRONG_SIDE = {
    ("tp", Side.BUY): ("51277", "TP trigger price can not be higher than the last price"),
    ("sl", Side.BUY): ("51278", "SL trigger price can not be lower than the last price"),
    ("tp", Side.SELL): ("51279", "TP trigger price can not be lower than the last price"),
    ("sl", Side.SELL): ("51280", "SL trigger price can not be higher than the last price"),
}


def price_of(ticker: Ticker, price_type: str) -> Decimal:
    """Return the price that a trigger looks at."""
    return {"last": ticker.last, "mark": ticker.mark, "index": ticker.index}[price_type]


def read_algo(
    fields: Fields, instrument: Instrument, book: AccountBook, ticker: Ticker
) -> AlgoRecord:
    """Return the algo order that was sent, without a number yet.

    Raises:
        OkxError: it is not worded as one.
        ItemError: the venue does not take it.
    """
    ord_type = fields.required_choice("ordType", ALGO_TYPES)
    td_mode = fields.required_choice("tdMode", MARGIN_MODES)
    side = SIDES[fields.required_choice("side", tuple(SIDES))]
    pos_side = read_pos_side(fields, book)
    cl_ord_id = fields.text("algoClOrdId") or ""
    if cl_ord_id and CLIENT_ID.fullmatch(cl_ord_id) is None:
        raise parameter_error("algoClOrdId")
    record = AlgoRecord(
        "",
        cl_ord_id,
        instrument,
        ord_type,
        side,
        pos_side,
        td_mode,
        _size(fields, instrument, ord_type),
        fields.flag("reduceOnly"),
        fields.text("tag") or "",
        "",
        0,
    )
    _read_prices(record, fields, ticker)
    if record.size is None:
        _check_close_fraction(record, book)
    return record


def _read_prices(record: AlgoRecord, fields: Fields, ticker: Ticker) -> None:
    if record.ord_type == TRIGGER:
        record.trigger = read_trigger(fields, record.instrument, ticker)
    elif record.ord_type == TRAILING:
        record.trail = _trail(fields, record.side, ticker)
    else:
        record.take = read_exit(fields, "tp", record, ticker)
        record.stop = read_exit(fields, "sl", record, ticker)
        both = record.take is not None and record.stop is not None
        if record.take is None and record.stop is None:
            raise parameter_empty("tpTriggerPx or slTriggerPx")
        if both is not (record.ord_type == OCO):
            raise parameter_error("ordType")


def read_trigger(fields: Fields, instrument: Instrument, ticker: Ticker) -> Watch:
    """Return the trigger; from which side it is reached shows where the price is now."""
    px, ord_px = fields.positive("triggerPx"), order_price(fields, "orderPx")
    if px is None:
        raise parameter_empty("triggerPx")
    if ord_px is None:
        raise parameter_empty("orderPx")
    price_type = fields.choice("triggerPxType", PRICE_TYPES) or "last"
    _check_ticks(instrument, px, ord_px)
    above = px >= price_of(ticker, price_type)
    return Watch(px, above, None if ord_px == MARKET_PX else ord_px, price_type)


def read_exit(fields: Fields, name: str, record: AlgoRecord, ticker: Ticker) -> Watch | None:
    """Return the take profit (``tp``) or stop loss (``sl``), None where there is none."""
    px, ord_px = fields.positive(f"{name}TriggerPx"), order_price(fields, f"{name}OrdPx")
    if px is None and ord_px is None:
        return None
    if px is None or ord_px is None:
        raise parameter_empty(f"{name}TriggerPx or {name}OrdPx")
    price_type = fields.choice(f"{name}TriggerPxType", PRICE_TYPES) or "last"
    _check_ticks(record.instrument, px, ord_px)
    above = exit_above(name, record.side)
    watch = Watch(px, above, None if ord_px == MARKET_PX else ord_px, price_type)
    if watch.reached(price_of(ticker, price_type)):
        raise ItemError(*_WRONG_SIDE[name, record.side])
    return watch


def exit_above(name: str, side: Side) -> bool:
    """Say whether an exit of a side is reached from below: a sale takes profit above."""
    return (name == "tp") is (side is Side.SELL)


def _trail(fields: Fields, side: Side, ticker: Ticker) -> Trail:
    ratio, spread = fields.positive("callbackRatio"), fields.positive("callbackSpread")
    if (ratio is None) is (spread is None):
        raise parameter_empty("callbackRatio or callbackSpread")
    if ratio is not None and not _RATIO_MIN <= ratio <= _RATIO_MAX:
        raise ItemError("51257", "Trailing stop order callback rate should be within the range")
    active = fields.positive("activePx")
    if active is not None and side is Side.SELL and active < ticker.last:
        raise ItemError("51258", "Activation price should be higher than the last price")
    if active is not None and side is Side.BUY and active > ticker.last:
        raise ItemError("51259", "Activation price should be lower than the last price")
    return Trail(ratio, spread, active)


def _size(fields: Fields, instrument: Instrument, ord_type: str) -> Decimal | None:
    contracts, fraction = fields.positive("sz"), fields.text("closeFraction")
    if fraction is not None and fraction != "1":
        raise parameter_error("closeFraction")
    if fraction is not None and contracts is not None:
        raise ItemError("51328", "closeFraction is only available without sz")
    if fraction is not None and ord_type in (TRIGGER, TRAILING):
        raise ItemError("51327", "closeFraction is only available for take profit and stop loss")
    if fraction is not None:
        return None
    if contracts is None:
        raise parameter_empty("sz")
    size = contracts * instrument.unit
    check_size(size, instrument, LIMIT_MAX)
    return size


def _check_close_fraction(record: AlgoRecord, book: AccountBook) -> None:
    if record.pos_side == NET and not record.reduce_only:
        raise ItemError("51329", "closeFraction is only available for reduce only orders")
    if any(watch.ord_px is not None for _, watch in record.watches()):
        raise ItemError("51330", "closeFraction is only available for market orders")
    if not book.positions.size((record.instrument.inst_id, record.pos_side)):
        raise ItemError("51023", "Position does not exist.")


def _check_ticks(instrument: Instrument, px: Decimal, ord_px: Decimal) -> None:
    check_tick(px, instrument, "triggerPx")
    if ord_px != MARKET_PX:
        check_tick(ord_px, instrument, "orderPx")
