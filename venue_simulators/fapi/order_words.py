"""Rows and events about orders and fills; a venue whose words differ overrides single methods."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, OrderStatus, VenueOrderId
from exchange_clients.paper.reports import FEE_ASSET
from venue_simulators.fapi.account_words import ASSET
from venue_simulators.fapi.orders import (
    DELEVERAGED_ID,
    LIQUIDATION_PREFIX,
    SIDE_WORDS,
    TRAILING,
    FillRecord,
    OrderRecord,
)
from venue_simulators.fapi.wording import Row, averaged, ms, on_grid, plain, to_eight
from venue_simulators.venue_deeds import Forced


class OrderWords:
    """What the venue says of orders.

    Executions are NEW, TRADE, CALCULATED (of a liquidation), AMENDMENT, CANCELED and EXPIRED; a
    trigger that fires is a second NEW.
    """

    def events(
        self, record: OrderRecord, execution: str, filled: FillRecord | None
    ) -> Sequence[tuple[str, Row]]:
        """Return what the account's stream tells of an execution, by the events' names."""
        data = self.update(record, execution, filled)
        return [("ORDER_TRADE_UPDATE", {"T": data["T"], "o": data})]

    def forced_id(self, forces: Forced, order_id: VenueOrderId) -> str:
        """Return the client id of an order by which the venue closes a position."""
        if forces is Forced.DELEVERAGED:
            return DELEVERAGED_ID
        return f"{LIQUIDATION_PREFIX}{order_id}"

    def row(self, record: OrderRecord) -> Row:
        """Return an order as REST answers with it."""
        asked, info, market = record.asked, record.info, record.market
        step, tick = market.step, market.tick
        row: Row = {
            "orderId": int(info.order_id),
            "clientOrderId": asked.client_id,
            "symbol": asked.symbol,
            "status": record.status,
            "side": SIDE_WORDS[asked.side],
            "positionSide": asked.position_side,
            "type": record.type,
            "origType": asked.type,
            "timeInForce": asked.time_in_force,
            "price": price_or_zero(info.price, tick),
            "avgPrice": averaged(info.average_price, tick),
            "origQty": on_grid(shown_size(record), step),
            "executedQty": on_grid(info.filled_size, step),
            "cumQty": on_grid(info.filled_size, step),
            "cumQuote": plain(record.quote_filled),
            "reduceOnly": asked.reduce_only,
            "closePosition": asked.close_position,
            "stopPrice": price_or_zero(asked.stop_price, tick),
            "workingType": asked.working_type,
            "priceProtect": asked.price_protect,
            "updateTime": ms(info.updated_ns or 0),
        }
        if asked.type == TRAILING:
            row["activatePrice"] = price_or_zero(asked.activation_price, tick)
            row["priceRate"] = plain(asked.callback_rate or ZERO)
        return row

    def told(self, record: OrderRecord) -> Row:
        """Return an order as a query answers with it: its age is told too."""
        return self.row(record) | {"time": ms(record.info.created_ns or 0)}

    def acknowledgement(self, record: OrderRecord) -> Row:
        """Return the answer to an order whose sender did not ask what it came to."""
        zero = on_grid(ZERO, record.market.step)
        return self.row(record) | {
            "status": "NEW",
            "type": record.asked.type,
            "origQty": on_grid(record.asked.quantity or ZERO, record.market.step),
            "avgPrice": averaged(None, record.market.tick),
            "executedQty": zero,
            "cumQty": zero,
            "cumQuote": "0",
            "updateTime": ms(record.info.created_ns or 0),
        }

    def update(self, record: OrderRecord, execution: str, filled: FillRecord | None = None) -> Row:
        """Return the ``o`` of an ORDER_TRADE_UPDATE; a fill belongs to executions alone."""
        fill, profit = (None, ZERO) if filled is None else (filled.fill, filled.profit)
        asked, info, market = record.asked, record.info, record.market
        tick, step = market.tick, market.step
        average = record.quote_filled / record.filled if record.filled else ZERO
        at_ms = ms((info.updated_ns or 0) if fill is None else fill.venue_ns)
        data: Row = {
            "s": asked.symbol,
            "c": asked.client_id,
            "S": SIDE_WORDS[asked.side],
            "o": record.type,
            "f": asked.time_in_force,
            "q": on_grid(shown_size(record), step),
            "p": price_or_zero(info.price, tick),
            "ap": plain(Decimal(averaged(average, tick))),
            "sp": price_or_zero(asked.stop_price, tick),
            "x": execution,
            "X": _state(record, fill),
            "i": int(info.order_id),
            "l": on_grid(ZERO if fill is None else fill.size, step),
            "z": on_grid(record.filled, step),
            "L": "0" if fill is None else on_grid(fill.price, tick),
            "T": at_ms,
            "t": 0 if fill is None else int(fill.trade_id),
            "b": "0",
            "a": "0",
            "m": fill is not None and fill.liquidity.value == "maker",
            "R": asked.reduce_only,
            "wt": asked.working_type,
            "ot": asked.type,
            "ps": asked.position_side,
            "cp": asked.close_position,
            "rp": to_eight(profit) if profit else "0",
        }
        if fill is not None and fill.fee:
            data |= {"N": paid_in(fill), "n": to_eight(fill.fee)}
        if asked.type == TRAILING:
            data |= {
                "AP": price_or_zero(asked.activation_price, tick),
                "cr": plain(asked.callback_rate or ZERO),
            }
        return data

    def fill(self, filled: FillRecord) -> Row:
        """Return a fill as the history lists it; a commission that was paid is positive."""
        fill, market = filled.fill, filled.record.market
        return {
            "symbol": fill.contract_id,
            "id": int(fill.trade_id),
            "orderId": int(fill.order_id),
            "side": SIDE_WORDS[fill.side],
            "positionSide": filled.record.asked.position_side,
            "price": on_grid(fill.price, market.tick),
            "qty": on_grid(fill.size, market.step),
            "quoteQty": plain(fill.price * fill.size),
            "commission": to_eight(fill.fee),
            "commissionAsset": paid_in(fill),
            "realizedPnl": to_eight(filled.profit),
            "maker": fill.liquidity.value == "maker",
            "buyer": fill.side.value == "buy",
            "time": ms(fill.venue_ns),
        }


def paid_in(fill: Fill) -> str:
    """Return the asset of a fill's fee, as the venue names it."""
    return ASSET if fill.fee_asset == FEE_ASSET else fill.fee_asset


def _state(record: OrderRecord, fill: Fill | None) -> str:
    """Return the state after this fill: others of the same instant may have followed already."""
    if fill is not None:
        return "FILLED" if record.filled >= record.info.size else "PARTIALLY_FILLED"
    if record.info.status is OrderStatus.PARTIALLY_FILLED and not record.filled:
        return "NEW"
    return record.status


def shown_size(record: OrderRecord) -> Decimal:
    """Return the size, zero as long as it is that of a position to be closed."""
    return ZERO if record.asked.close_position and record.waits else record.info.size


def price_or_zero(price: Decimal | None, tick: Decimal) -> str:
    """Write a price on its tick; an order without one has the price zero."""
    return "0" if price is None else on_grid(price, tick)
