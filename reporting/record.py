"""What happened in a run, collected event by event.

The bot calls ``on_order``, ``on_fill``, ``on_funding`` and ``on_note`` as things happen and
``sample`` from a timer; each costs microseconds. Totals are exact. A recorder shows the prices of
one market; what was traded in others counts where it was given ``ManyLedgers``.

Memory is bounded: at most ``SAMPLES_MAX`` points of price and equity, ``ROWS_MAX`` packed rows of
orders and of fills, ``NOTES_MAX`` notes and gaps; what is let go is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal

import msgspec

from exchange_clients.base_models import NS, ZERO, Fill, Market, OrderInfo, Purpose
from exchange_clients.events import FundingPayment
from reporting.many_markets import ManyLedgers
from reporting.numbers import EXACT
from reporting.order_rows import OrderRows
from reporting.panel_state import FillLine, OpenOrderLine, PanelState, Vitals
from reporting.position import PositionLedger
from reporting.rows import CompactRows, FillRow, FundingRow
from reporting.samples import INTERVAL_S, Drawdown, Sample, SampleSeries

HALF = Decimal("0.5")
NOTES_MAX = 1000
RECENT_FILLS = 6
HOLE = "the book had a hole"
"""What a gap is called whose source says no more."""
PRICE_LINE_POINTS = 60


class Note(msgspec.Struct, frozen=True, gc=False):
    """Something a person should read, and when it was so."""

    at_ns: int
    text: str


class RunRecorder:
    """Collects one run. ``vitals`` tells what only the bot knows, when a panel asks."""

    def __init__(
        self,
        *,
        market: Market,
        start_ns: int,
        starting_balance: Decimal,
        interval_s: float = INTERVAL_S,
        vitals: Callable[[], Vitals] = Vitals,
        ledger: PositionLedger | ManyLedgers | None = None,
    ) -> None:
        self.start_ns = start_ns
        self.now_ns = start_ns
        """The latest instant heard of."""
        self.starting_balance = starting_balance
        self.ledger: PositionLedger | ManyLedgers = ledger or PositionLedger(
            market.tick * market.step
        )
        self.orders = OrderRows()
        self.fills: CompactRows[FillRow] = CompactRows(FillRow)
        self.funding_payments: CompactRows[FundingRow] = CompactRows(FundingRow)
        self.series = SampleSeries(start_ns, interval_s=interval_s)
        self.drawdown = Drawdown(starting_balance)
        self.fill_count = 0
        self.volume = ZERO
        """USD traded, both sides."""
        self.bid: Decimal | None = None
        self.ask: Decimal | None = None
        self.gaps: list[Note] = []
        self.gap_count = 0
        self.notes: list[Note] = []
        self.note_count = 0
        self._mark: Decimal | None = None
        self._recent: deque[FillLine] = deque(maxlen=RECENT_FILLS)
        self._vitals = vitals

    # What the bot tells --------------------------------------------------------------------------

    def on_order(self, key: str, purpose: Purpose, info: OrderInfo) -> None:
        """Take the latest state of an order."""
        self._hear(info.updated_ns or info.created_ns or self.now_ns)
        self.orders.on_order(key, purpose, info, self.now_ns)

    def on_fill(self, key: str, purpose: Purpose, fill: Fill, venue: str = "") -> None:
        """Take a fill; each trade id comes once."""
        self._hear(fill.venue_ns)
        self.ledger.book_fill(venue, fill)
        self.fill_count += 1
        self.volume = EXACT.add(self.volume, EXACT.multiply(fill.price, fill.size))
        self.fills.append(_fill_row(key, purpose, fill, self.ledger.size))
        self._recent.append(
            FillLine(fill.venue_ns, purpose.value, fill.side.value, fill.price, fill.size)
        )
        # The trade is newer than the last sampled price; a stale one would invent a peak.
        self._mark = fill.price
        self.drawdown.on_equity(self.equity, self.now_ns)

    def on_funding(self, payment: FundingPayment, venue: str = "") -> None:
        """Take a settled funding payment; each payment id comes once, where there is one market."""
        if not self.ledger.book_funding(venue, payment):
            return
        self._hear(payment.venue_ns)
        self.funding_payments.append(
            FundingRow(
                payment.venue_ns,
                payment.payment_id,
                payment.amount,
                payment.rate,
                payment.quantity,
            )
        )
        self.drawdown.on_equity(self.equity, self.now_ns)

    def on_note(self, now_ns: int, text: str) -> None:
        """Take something a person should read in the report."""
        self._hear(now_ns)
        self.note_count += 1
        if len(self.notes) < NOTES_MAX:
            self.notes.append(Note(now_ns, text))

    def on_gap(self, now_ns: int, detail: str) -> None:
        """Take a hole in the market data: prices were not known from here to the next book."""
        self._hear(now_ns)
        self.gap_count += 1
        if len(self.gaps) < NOTES_MAX:
            self.gaps.append(Note(now_ns, detail or HOLE))

    def sample(self, now_ns: int, bid: Decimal, ask: Decimal) -> None:
        """Take the price now, and with it equity and drawdown."""
        self._hear(now_ns)
        self.bid, self.ask = bid, ask
        self._mark = mid = EXACT.multiply(EXACT.add(bid, ask), HALF)
        ledger, equity = self.ledger, self.equity
        self.drawdown.on_equity(equity, now_ns)
        self.series.add(Sample(now_ns, bid, ask, mid, mid, equity, ledger.size, ledger.net))

    def _hear(self, at_ns: int) -> None:
        """Move the time of the run; an event that the venue stamped earlier leaves it."""
        if at_ns > self.now_ns:  # noqa: PLR1730  # calling max costs more than all the rest
            self.now_ns = at_ns

    # What it comes to ----------------------------------------------------------------------------

    @property
    def unrealised(self) -> Decimal:
        """PnL of the open position at the latest price (USD)."""
        return self.ledger.unrealised(self._mark) if self._mark is not None else ZERO

    @property
    def balance(self) -> Decimal:
        """Starting balance + realised - fees + funding (USD)."""
        return EXACT.add(self.starting_balance, self.ledger.net)

    @property
    def equity(self) -> Decimal:
        """Balance plus unrealised PnL at the latest price (USD)."""
        if self._mark is None:
            return self.balance
        return EXACT.add(self.starting_balance, self.ledger.gain(self._mark))

    def snapshot(self) -> PanelState:
        """Return the picture of this moment."""
        ledger = self.ledger
        return PanelState(
            now_ns=self.now_ns,
            elapsed_s=(self.now_ns - self.start_ns) / NS,
            vitals=self._vitals(),
            bid=self.bid,
            ask=self.ask,
            position=ledger.size,
            average_cost=ledger.average_price,
            unrealised=self.unrealised,
            realised=ledger.realised,
            fees=ledger.fees,
            funding=ledger.funding,
            pnl_after_fees=ledger.net,
            equity=self.equity,
            max_drawdown=self.drawdown.amount,
            fills=self.fill_count,
            gaps=self.gap_count,
            warnings=self.note_count,
            open_orders=self._open_orders(),
            recent_fills=tuple(reversed(self._recent)),
            price_line=self._price_line(),
        )

    def _open_orders(self) -> tuple[OpenOrderLine, ...]:
        lines = [
            OpenOrderLine(row.key, row.purpose, row.side, row.price, row.size - row.filled_size)
            for row in self.orders.live()
        ]
        return tuple(sorted(lines, key=lambda line: line.price or ZERO, reverse=True))

    def _price_line(self) -> tuple[float, ...]:
        points = self.series.points
        stride = max(1, -(-len(points) // PRICE_LINE_POINTS))
        return tuple(float(point.bid + point.ask) / 2 for point in points[::stride])


def _fill_row(key: str, purpose: Purpose, fill: Fill, position: Decimal) -> FillRow:
    return FillRow(
        at_ns=fill.venue_ns,
        key=key,
        purpose=purpose.value,
        side=fill.side.value,
        price=fill.price,
        size=fill.size,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        liquidity=fill.liquidity.value,
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        position=position,
    )
