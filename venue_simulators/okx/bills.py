"""An account's bills: every movement of its money, negative when paid."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill
from exchange_clients.events import FundingPayment
from venue_simulators.okx.listing import Instrument
from venue_simulators.okx.orders import LIQUIDATION, OrderRecord
from venue_simulators.okx.wording import Row, ms, plain, rounded

TRADE, LIQUIDATED, FUNDING = "2", "5", "8"
FUNDING_PAID, FUNDING_RECEIVED = "173", "174"
BILLS_MAX = 10_000
_FIRST_ID = 623_950_854_533_513_219


@dataclass(frozen=True, slots=True)
class Bill:
    """One movement of money."""

    number: int
    type: str
    inst_id: str
    at_ns: int
    row: Row


class BillBook:
    """The bills of one account, oldest first."""

    def __init__(self, cash: Decimal) -> None:
        self.bills: deque[Bill] = deque(maxlen=BILLS_MAX)
        self._cash = cash
        self._count = 0

    def on_fill(self, record: OrderRecord, fill: Fill, pnl: Decimal) -> str:
        """Write the bill of a fill and return its number."""
        asked = record.asked
        kind = LIQUIDATED if record.category == LIQUIDATION else TRADE
        details: Row = {
            "subType": "1" if fill.side.sign > 0 else "2",
            "mgnMode": asked.td_mode,
            "ordId": record.ord_id,
            "clOrdId": asked.cl_ord_id,
            "tradeId": fill.trade_id,
            "pnl": rounded(pnl),
            "fee": plain(-fill.fee),
            "sz": asked.instrument.wire(fill.size),
            "px": plain(fill.price),
            "execType": fill.liquidity.value[0].upper(),
        }
        return self._write(kind, asked.instrument, pnl - fill.fee, fill.venue_ns, details)

    def on_funding(self, instrument: Instrument, payment: FundingPayment, mode: str) -> None:
        """Write the bill of a funding payment."""
        size = ZERO if payment.quantity is None else abs(payment.quantity)
        details: Row = {
            "subType": FUNDING_RECEIVED if payment.amount > 0 else FUNDING_PAID,
            "mgnMode": mode,
            "ordId": "",
            "clOrdId": "",
            "tradeId": "",
            "pnl": plain(payment.amount),
            "fee": "0",
            "sz": instrument.wire(size),
            "px": "",
            "execType": "",
        }
        self._write(FUNDING, instrument, payment.amount, payment.venue_ns, details)

    def _write(
        self, kind: str, instrument: Instrument, change: Decimal, at_ns: int, details: Row
    ) -> str:
        number = _FIRST_ID + self._count
        self._count += 1
        self._cash += change
        row: Row = {
            "billId": str(number),
            "instType": "SWAP",
            "instId": instrument.inst_id,
            "ccy": "USDT",
            "type": kind,
            "bal": rounded(self._cash),
            "balChg": rounded(change),
            "posBal": "0",
            "posBalChg": "0",
            "from": "",
            "to": "",
            "notes": "",
            "interest": "0",
            "tag": "",
            "ts": ms(at_ns),
            "fillTime": ms(at_ns),
            **details,
        }
        self.bills.append(Bill(number, kind, instrument.inst_id, at_ns, row))
        return str(number)
