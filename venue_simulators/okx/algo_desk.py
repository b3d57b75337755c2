"""The algo orders of all accounts: kept until their price comes, then turned into orders.

They are no orders of the world: it is looked at here whether a price was reached, after every
event of the market.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ContractId
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.algo_form import exit_above, price_of
from venue_simulators.okx.algos import (
    CANCELED,
    CONDITIONAL,
    EFFECTIVE,
    FAILED,
    LIVE,
    OCO,
    TRAILING,
    AlgoRecord,
    Watch,
)
from venue_simulators.okx.errors import ItemError
from venue_simulators.okx.exits import MARKET_PX
from venue_simulators.okx.order_form import judge
from venue_simulators.okx.orders import Asked, Exit, OrderRecord, Origin
from venue_simulators.okx.positions import LONG, NET
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.okx.wording import plain
from venue_simulators.world import Ticker, World

ENDED_MAX = 1_000
_FIRST_ID = 2_510_789_768_709_120_000

AlgoListener: TypeAlias = Callable[[AccountBook, AlgoRecord], None]


class AlgoDesk:
    """Waiting algo orders, and what became of those that have ended.

    Args:
        world: Whose prices they wait for.
        terms: How the orders are named that come of them.
    """

    def __init__(self, world: World, terms: OkxTerms) -> None:
        self._world = world
        self._terms = terms
        self._count = 0
        self._live: dict[str, tuple[AccountBook, AlgoRecord]] = {}
        self._ended: dict[str, deque[AlgoRecord]] = {}
        self._touched: dict[ContractId, None] = {}
        self.listeners: list[AlgoListener] = []
        for contract_id in world.markets:
            world.listen_book(contract_id, lambda change: self._touch(change.contract_id))
            world.listen_trades(contract_id, lambda trade: self._touch(trade.contract_id))

    # Commands -------------------------------------------------------------------------------------

    def add(self, book: AccountBook, record: AlgoRecord) -> AlgoRecord:
        """Keep an algo order from now on."""
        self._count += 1
        record.algo_id = str(_FIRST_ID + self._count)
        record.created_ns = record.updated_ns = self._world.now_ns
        record.lever = plain(book.lever(record.instrument.inst_id, record.td_mode))
        self._live[record.algo_id] = (book, record)
        self._touch(record.instrument.inst_id)
        self._tell(book, record)
        return record

    def attach(self, book: AccountBook, order: OrderRecord) -> None:
        """Let the exits of an order live that has ended with fills."""
        asked = order.asked
        if not order.filled:
            return
        for one in asked.exits:
            both = one.take_px is not None and one.stop_px is not None
            record = AlgoRecord(
                "",
                one.cl_ord_id,
                asked.instrument,
                OCO if both else CONDITIONAL,
                asked.side.opposite,
                asked.pos_side,
                asked.td_mode,
                order.filled,
                asked.pos_side == NET,
                asked.tag,
                "",
                0,
            )
            record.take, record.stop = _watches(one, record)
            self.add(book, record)

    def cancel(self, book: AccountBook, record: AlgoRecord) -> None:
        """End a waiting algo order."""
        self._end(book, record, CANCELED)

    def amended(self, book: AccountBook, record: AlgoRecord) -> None:
        """Tell that an algo order was changed."""
        record.updated_ns = self._world.now_ns
        self._touch(record.instrument.inst_id)
        self._tell(book, record)

    def live(self, book: AccountBook) -> Sequence[AlgoRecord]:
        """Return the waiting algo orders of an account, oldest first."""
        return [record for owner, record in self._live.values() if owner is book]

    def ended(self, book: AccountBook) -> Sequence[AlgoRecord]:
        """Return those that wait no more, oldest first."""
        return list(self._ended.get(book.account, ()))

    def find(
        self, book: AccountBook, algo_id: str | None, cl_ord_id: str | None
    ) -> AlgoRecord | None:
        """Return an algo order by either name, the newest of that name."""
        known = [*self.ended(book), *self.live(book)]
        named = (
            one
            for one in reversed(known)
            if (one.algo_id == algo_id if algo_id is not None else one.cl_ord_id == cl_ord_id)
        )
        return next(named, None)

    # Prices ---------------------------------------------------------------------------------------

    def look(self) -> bool:
        """See whether any price was reached; say whether an order came of it."""
        touched, self._touched = self._touched, {}
        fired = False
        for contract_id in touched:
            waiting = [
                (book, record)
                for book, record in self._live.values()
                if record.instrument.inst_id == contract_id
            ]
            if not waiting or not self._world.tradable(contract_id):
                continue
            ticker = self._world.ticker(contract_id)
            for book, record in waiting:
                if record.state == LIVE and self._fires(book, record, ticker):
                    fired = True
        return fired

    def _touch(self, contract_id: ContractId) -> None:
        if self._live:
            self._touched[contract_id] = None

    def _fires(self, book: AccountBook, record: AlgoRecord, ticker: Ticker) -> bool:
        for name, watch in record.watches():
            if watch.reached(price_of(ticker, watch.price_type)):
                self._fire(book, record, watch, name)
                return True
        if record.ord_type == TRAILING and record.trails(ticker.last):
            self._fire(book, record, None, "trailing")
            return True
        return False

    def _fire(self, book: AccountBook, record: AlgoRecord, watch: Watch | None, name: str) -> None:
        record.triggered_ns = self._world.now_ns
        record.actual_side = name if name in ("tp", "sl") else ""
        # It waits no more: the order that comes of it may move the price again.
        self._live.pop(record.algo_id)
        held = abs(book.positions.size((record.instrument.inst_id, record.pos_side)))
        size = held if record.size is None else record.size
        try:
            if not size:
                raise ItemError("51023", "Position does not exist.")
            child = self._child(record, size, None if watch is None else watch.ord_px)
            order = book.place(child, judge(child, self._world, book, None))
        except ItemError as error:
            record.fail_code = error.code
            self._end(book, record, FAILED)
            return
        record.ord_id = order.ord_id
        record.actual_size = size
        record.actual_px = child.px if order.last_fill is None else order.last_fill.price
        self._end(book, record, EFFECTIVE)

    def _child(self, record: AlgoRecord, size: Decimal, px: Decimal | None) -> Asked:
        """Return the order that comes of an algo order."""
        opening = (record.pos_side == LONG) is (record.side.sign > 0)
        return Asked(
            record.instrument,
            record.td_mode,
            record.side,
            record.pos_side,
            "market" if px is None else "limit",
            size,
            px,
            cl_ord_id=f"{record.algo_id}_0" if self._terms.child_client_ids else "",
            tag=record.tag,
            reduce_only=record.reduce_only and record.pos_side == NET,
            closes=record.pos_side != NET and not opening,
            origin=Origin(record.algo_id, record.cl_ord_id, record.source),
        )

    def _end(self, book: AccountBook, record: AlgoRecord, state: str) -> None:
        record.state, record.updated_ns = state, self._world.now_ns
        self._live.pop(record.algo_id, None)
        self._ended.setdefault(book.account, deque(maxlen=ENDED_MAX)).append(record)
        self._tell(book, record)

    def _tell(self, book: AccountBook, record: AlgoRecord) -> None:
        for listener in self.listeners:
            listener(book, record)


def _watches(one: Exit, record: AlgoRecord) -> tuple[Watch | None, Watch | None]:
    found: list[Watch | None] = []
    for name, px, ord_px, price_type in (
        ("tp", one.take_px, one.take_ord_px, one.take_type),
        ("sl", one.stop_px, one.stop_ord_px, one.stop_type),
    ):
        at = None if ord_px == MARKET_PX else ord_px
        above = exit_above(name, record.side)
        found.append(None if px is None else Watch(px, above, at, price_type))
    return found[0], found[1]
