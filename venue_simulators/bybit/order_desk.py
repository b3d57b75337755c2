"""The life of orders: acknowledged at once, judged a little later, ended by trade, wish or price.

A create, an amendment and a cancel are each acknowledged when they can be understood, and reach the
engine after a delay, in the order in which they came. What becomes of them is told by the streams
and lists alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    OrderType,
    Rounding,
    Side,
    TimeInForce,
    round_to_increment,
)
from venue_simulators.agenda import Agenda, Deed
from venue_simulators.bybit import listing
from venue_simulators.bybit.account_book import AccountBook, News
from venue_simulators.bybit.errors import ending
from venue_simulators.bybit.order_checks import check_create, reduces
from venue_simulators.bybit.order_form import Attached, OrderForm
from venue_simulators.bybit.order_record import (
    CANCELLED,
    CREATED,
    DEACTIVATED,
    FILLED,
    NO_ERROR,
    TRIGGERED,
    UNTRIGGERED,
    OrderRecord,
)
from venue_simulators.bybit.positions import ONE_WAY
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.bybit.triggers import Triggers
from venue_simulators.world import Wanted, World

_TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.GTX,
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What an amendment wants; ``qty`` is the new total, what has filled included."""

    qty: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    attached: Attached | None = None
    """Take profit and stop loss in place of those that came with the order."""


class OrderDesk:
    """All orders of all accounts.

    Args:
        world: Where they trade.
        agenda: Where what comes later is planned.
        terms: How much later.
        books: The accounts, by name.
        judges_at_once: Whether nothing is put off, unlike the real venue.
    """

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        terms: BybitTerms,
        books: dict[str, AccountBook],
        *,
        judges_at_once: bool = False,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._terms = terms
        self._books = books
        self._delay_ns = 0 if judges_at_once else terms.verdict_delay_ns
        self.triggers = Triggers(world, agenda, self._on_trigger)
        for book in books.values():
            book.listeners.append(self._on_news)

    # Creating -------------------------------------------------------------------------------------

    def create(self, book: AccountBook, form: OrderForm) -> OrderRecord:
        """Acknowledge an order; its verdict follows.

        Raises:
            Refusal: it is not even acknowledged.
        """
        check_create(form, book, self._terms)
        record = book.register(form, stop_order_type="Stop" if form.conditional else "")
        self._later(lambda: self._judge(book, record))
        return record

    def wait(self, book: AccountBook, record: OrderRecord) -> None:
        """Let an order wait for its price."""
        record.status = UNTRIGGERED
        book.touch(record)
        self.triggers.add(record)

    def _later(self, deed: Deed) -> None:
        self._agenda.plan(self._world.now_ns + self._delay_ns, deed)

    def _judge(self, book: AccountBook, record: OrderRecord) -> None:
        if record.ended:
            return
        if record.form.conditional:
            self.wait(book, record)
        else:
            self._enter(book, record)

    def _on_trigger(self, record: OrderRecord) -> None:
        book = self._books[record.account]
        record.status = TRIGGERED
        book.touch(record)
        # Listeners hear of the trigger before they hear what came of it.
        book.drain()
        self._enter(book, record)
        book.drain()

    def _enter(self, book: AccountBook, record: OrderRecord) -> None:
        """Hand an order to the engine."""
        form = record.form
        record.qty = self._size(book, record)
        if not record.qty:
            book.end(record, CANCELLED, NO_ERROR, "CancelByReduceOnly")
            return
        bound = self._bound(form)
        record.price = self._protective(form) if form.market else form.price or bound
        limit = form.market and form.slippage is None
        wanted = Wanted(
            contract_id=form.symbol,
            side=form.side,
            size=record.qty,
            price=None if limit else bound or record.price,
            order_type=OrderType.MARKET if limit else OrderType.LIMIT,
            time_in_force=_TIMES[form.time_in_force],
            # The engine nets both legs of hedge mode, so there the desk sees to it by itself.
            reduce_only=form.reduce_only and form.position_idx == ONE_WAY,
            tag=str(record.number),
        )
        outcome = self._world.place(book.account, wanted)
        if outcome.order is None:
            book.end(record, *ending(outcome.reason, form.time_in_force))
        else:
            book.drain()
            book.on_refused(record, outcome.order)

    def _size(self, book: AccountBook, record: OrderRecord) -> Decimal:
        form = record.form
        closable = book.leg_of(record).closable(form.side)
        if form.closes_all:
            return closable
        if reduces(form) and form.position_idx != ONE_WAY:
            return min(record.qty, closable)
        return record.qty

    def _bound(self, form: OrderForm) -> Decimal | None:
        """Return the price that an order with a tolerance, or at the best price, is given."""
        if form.slippage is None and not form.bbo_side:
            return None
        market = self._world.markets[form.symbol]
        view, _ = self._world.depth(form.symbol, form.bbo_level or 1)
        own, other = (view.bids, view.asks) if form.side is Side.BUY else (view.asks, view.bids)
        if form.bbo_side:
            chosen = own if form.bbo_side == "Queue" else other
            return chosen[-1].price if chosen else None
        if not other or form.slippage is None:
            return None
        best = other[0].price
        if form.slippage_type == "TickSize":
            return best + form.side.sign * form.slippage * market.tick
        rounding = Rounding.DOWN if form.side is Side.BUY else Rounding.UP
        far = best * (1 + form.side.sign * form.slippage / 100)
        return round_to_increment(far, market.tick, rounding)

    def _protective(self, form: OrderForm) -> Decimal:
        """Return the price that a market order's rows show: the limit that protects it."""
        market = self._world.markets[form.symbol]
        mark = self._world.prices(form.symbol).mark
        return market.nearest_tick(mark * (1 + form.side.sign * listing.MARKET_BAND))

    # Amending -------------------------------------------------------------------------------------

    def amend(self, book: AccountBook, record: OrderRecord, changes: Changes) -> None:
        """Change an order once the amendment has arrived."""
        record.amending = True
        self._later(lambda: self._amend_now(book, record, changes))

    def _amend_now(self, book: AccountBook, record: OrderRecord, changes: Changes) -> None:
        record.amending = False
        if record.ended:
            return
        if changes.attached is not None:
            record.form = replace(record.form, attached=changes.attached)
        if record.status == UNTRIGGERED:
            record.qty = changes.qty or record.qty
            record.price = changes.price or record.price
            record.trigger_price = changes.trigger_price or record.trigger_price
        elif record.world_id is not None and (changes.price or changes.qty):
            self._world.amend(book.account, record.world_id, price=changes.price, size=changes.qty)
        book.touch(record)

    # Ending ---------------------------------------------------------------------------------------

    def cancel(
        self, book: AccountBook, records: Sequence[OrderRecord], cancel_type: str = "CancelByUser"
    ) -> None:
        """End orders once the cancel has arrived."""
        self._later(lambda: self.cancel_now(book, records, cancel_type))

    def cancel_now(
        self, book: AccountBook, records: Sequence[OrderRecord], cancel_type: str
    ) -> None:
        """End orders."""
        for record in records:
            self._end(book, record, cancel_type)
            book.drain()

    def _end(self, book: AccountBook, record: OrderRecord, cancel_type: str) -> None:
        by_user = cancel_type == "CancelByUser"
        reject_reason = "EC_PerCancelRequest" if by_user else NO_ERROR
        if record.status == FILLED and by_user:
            # The cancel came too late, and the venue says so in a second report of the same end.
            record.cancel_type, record.reject_reason = cancel_type, "EC_OrigClOrdIDDoesNotExist"
            book.touch(record)
        elif record.status in (UNTRIGGERED, CREATED):
            self.triggers.remove(record)
            waited = record.status == UNTRIGGERED
            status = DEACTIVATED if waited else CANCELLED
            book.end(record, status, reject_reason, cancel_type)
        elif not record.ended and record.world_id is not None:
            record.ending_type = cancel_type
            self._world.cancel(book.account, record.world_id)

    # What follows from fills ----------------------------------------------------------------------

    def _on_news(self, book: AccountBook, news: News) -> None:
        """Keep the orders of a position within what it still is."""
        if not news.executions:
            return
        for leg in news.legs.values():
            about = [one for one in book.live.values() if book.leg_of(one) is leg]
            for record in about:
                if record.hangs_on_position and not leg.size:
                    self._end(book, record, "CancelByTpSlTsClear")
                elif leg.index != ONE_WAY and reduces(record.form) and record.world_id is not None:
                    self._trim(book, record, leg.closable(record.form.side))

    def _trim(self, book: AccountBook, record: OrderRecord, closable: Decimal) -> None:
        assert record.world_id is not None, "only what rests is cut"
        if closable == ZERO:
            self._end(book, record, "CancelByReduceOnly")
        elif record.leaves > closable:
            size = record.filled + closable
            self._world.amend(book.account, record.world_id, price=None, size=size)
