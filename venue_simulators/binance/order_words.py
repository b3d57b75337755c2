"""Rows and events about Binance's orders and fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_clients.base_models import Reason, VenueOrderId
from venue_simulators.binance.orders import EXPIRE_MAKER, good_till_ms_of, price_match_of
from venue_simulators.fapi.account_words import ASSET
from venue_simulators.fapi.order_words import OrderWords
from venue_simulators.fapi.orders import MARKET, SETTLEMENT_PREFIX, FillRecord, OrderRecord
from venue_simulators.fapi.wording import Row
from venue_simulators.venue_deeds import Forced

_LITE = ("T", "s", "q", "p", "m", "c", "S", "L", "l", "t", "i")
EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
_WHY: Mapping[Reason, str] = {
    Reason.SELF_TRADE: "1",
    Reason.NOT_FILLED_IN_FULL: "2",
    Reason.REDUCE_ONLY_REJECTED: "4",
    Reason.LIQUIDATED: "5",
    Reason.NO_LIQUIDITY: "9",
    Reason.POST_ONLY_WOULD_CROSS: "11",
}
_UNFILLED = "10"


class BinanceOrderWords(OrderWords):
    """What Binance says of orders: averages in answers to questions alone."""

    def forced_id(self, forces: Forced, order_id: VenueOrderId) -> str:
        """Return the client id of an order by which the venue closes a position."""
        if forces is Forced.SETTLED:
            return f"{SETTLEMENT_PREFIX}{order_id}"
        return super().forced_id(forces, order_id)

    def row(self, record: OrderRecord) -> Row:
        """Return an order as the answer to what changes it."""
        row = super().row(record)
        del row["avgPrice"], row["cumQuote"]
        return row | {
            "status": status_of(record),
            "priceMatch": price_match_of(record.asked),
            "selfTradePreventionMode": EXPIRE_MAKER,
            "goodTillDate": good_till_ms_of(record.asked),
        }

    def told(self, record: OrderRecord) -> Row:
        """Return an order as the answer to a question."""
        usual = OrderWords.row(self, record)
        averages = {"avgPrice": usual["avgPrice"], "cumQuote": usual["cumQuote"]}
        row = super().told(record) | averages
        del row["cumQty"]
        return row

    def acknowledgement(self, record: OrderRecord) -> Row:
        """Return the answer to an order whose sender did not ask what it came to."""
        row = super().acknowledgement(record)
        del row["avgPrice"], row["cumQuote"]
        return row

    def events(
        self, record: OrderRecord, execution: str, filled: FillRecord | None
    ) -> Sequence[tuple[str, Row]]:
        """Return what the stream tells: of a trade twice, in few words first."""
        usual = super().events(record, execution, filled)
        if execution != "TRADE":
            return usual
        data = self.update(record, execution, filled)
        return [("TRADE_LITE", {name: data[name] for name in _LITE}), *usual]

    def update(self, record: OrderRecord, execution: str, filled: FillRecord | None = None) -> Row:
        """Return the ``o`` of an ORDER_TRADE_UPDATE."""
        data = super().update(record, execution, filled)
        if execution == "EXPIRED":
            data["X"] = status_of(record)
        if execution == "AMENDMENT" and record.modify_id is not None:
            data["M"] = record.modify_id
        return data | {
            "pP": record.asked.price_protect,
            "si": 0,
            "ss": 0,
            "V": EXPIRE_MAKER,
            "pm": price_match_of(record.asked),
            "gtd": good_till_ms_of(record.asked),
            "er": expiry_reason(record) if execution == "EXPIRED" else "0",
        }

    def fill(self, filled: FillRecord) -> Row:
        """Return a fill as the history lists it."""
        return super().fill(filled) | {"marginAsset": ASSET}


def status_of(record: OrderRecord) -> str:
    """Return the venue's word for the order's state."""
    if record.status == "EXPIRED" and record.info.reason is Reason.SELF_TRADE:
        return EXPIRED_IN_MATCH
    return record.status


def expiry_reason(record: OrderRecord) -> str:
    """Return why an order has expired, by the venue's number."""
    reason = record.info.reason
    if reason is Reason.NOT_FILLED_IN_FULL and record.asked.time_in_force == "FOK":
        return _UNFILLED
    if reason is Reason.NO_LIQUIDITY and record.asked.type != MARKET:
        return _WHY[Reason.NOT_FILLED_IN_FULL]
    return "0" if reason is None else _WHY.get(reason, "0")
