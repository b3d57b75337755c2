"""Channels of an account: orders, algo orders, positions, balance.

Orders are told of as they change, and nothing is told at the beginning; account and positions
begin with a snapshot and are told again from time to time.
"""

from __future__ import annotations

from collections.abc import Sequence

from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.account_words import AccountWords, dust_row
from venue_simulators.okx.algo_desk import AlgoDesk
from venue_simulators.okx.algos import TRAILING, AlgoRecord, algo_row
from venue_simulators.okx.ground import Ground
from venue_simulators.okx.orders import OrderRecord
from venue_simulators.okx.positions import LegKey
from venue_simulators.okx.sessions import Follower
from venue_simulators.okx.topics import (
    ACCOUNT,
    ADVANCED_ALGOS,
    ALGOS,
    BALANCE_AND_POSITION,
    ORDERS,
    POSITIONS,
)
from venue_simulators.okx.wording import Row, ms

_POSITION_KEYS = (
    "posId",
    "tradeId",
    "instId",
    "instType",
    "mgnMode",
    "posSide",
    "pos",
    "ccy",
    "posCcy",
    "avgPx",
    "nonSettleAvgPx",
    "settledPnl",
    "uTime",
)


class PrivateFeeds:
    """What all accounts are told.

    Args:
        ground: What they stand on.
        words: Words positions and money.
        desk: The algo orders.
    """

    def __init__(self, ground: Ground, words: AccountWords, desk: AlgoDesk) -> None:
        self._world = ground.world
        self._words = words
        self._sessions = ground.sessions
        self._agenda = ground.agenda
        self._desk = desk
        self._terms = ground.terms
        self.books: dict[str, AccountBook] = {}
        self._last_fills: dict[str, list[Row]] = {}
        """What was told of each account's latest fill."""
        desk.listeners.append(self.on_algo)

    def listen(self, book: AccountBook) -> None:
        """Tell what happens to an account from now on."""
        self.books[book.account] = book
        book.listeners.append(_Listener(self, book, self._desk))

    # Joining --------------------------------------------------------------------------------------

    def join(self, follower: Follower) -> None:
        """Send a new follower what his channel begins with."""
        session, topic = follower
        book = self.books[session.account]
        if topic.kind == ACCOUNT:
            self._push_account(follower, book, "snapshot")
        elif topic.kind == POSITIONS:
            self._push_positions(follower, self._words.position_rows(book))
        elif topic.kind == ORDERS and self._terms.replays_fills:
            for row in self._last_fills.get(book.account, ()):
                self._sessions.push(follower, [row])
        elif topic.kind == BALANCE_AND_POSITION:
            rows = self._words.position_rows(book)
            self._sessions.push(follower, [self._both_row(book, rows, "snapshot")])
        if topic.kind in (ACCOUNT, POSITIONS) and not topic.silent_between:
            self._plan_again(follower)

    def _plan_again(self, follower: Follower) -> None:
        at_ns = self._world.now_ns + self._terms.account_interval_ns
        self._agenda.plan(at_ns, lambda: self._again(follower))

    def _again(self, follower: Follower) -> None:
        session, topic = follower
        if session.over or session.topics.get(topic.key) is not topic:
            return
        book = self.books[session.account]
        if topic.kind == ACCOUNT:
            self._push_account(follower, book, "snapshot")
        else:
            self._push_positions(follower, self._words.position_rows(book))
        self._plan_again(follower)

    # Telling --------------------------------------------------------------------------------------

    def on_order(self, book: AccountBook, record: OrderRecord, row: Row) -> None:
        """Tell of an order."""
        inst_id = record.asked.instrument.inst_id
        if row["tradeId"]:
            self._last_fills[book.account] = [row]
        for follower in self._sessions.own(ORDERS, book.account):
            if follower[1].chooses(inst_id):
                self._sessions.push(follower, [row])

    def on_algo(self, book: AccountBook, record: AlgoRecord) -> None:
        """Tell of an algo order: trailing ones have a channel of their own."""
        kind = ADVANCED_ALGOS if record.ord_type == TRAILING else ALGOS
        for follower in self._sessions.own(kind, book.account):
            if follower[1].chooses(record.instrument.inst_id):
                self._sessions.push(follower, [algo_row(record)])

    def on_state(self, book: AccountBook, keys: Sequence[LegKey], event: str) -> None:
        """Tell of positions that have changed, and of the money that is there and bound."""
        for follower in self._sessions.own(ACCOUNT, book.account):
            self._push_account(follower, book, "event_update")
        if not event:
            return
        rows = [self._changed(book, key) for key in keys]
        for follower in self._sessions.own(POSITIONS, book.account) if rows else ():
            self._push_positions(follower, rows)
        for follower in self._sessions.own(BALANCE_AND_POSITION, book.account):
            self._sessions.push(follower, [self._both_row(book, rows, event)])

    def _changed(self, book: AccountBook, key: LegKey) -> Row:
        leg = book.positions.legs.get(key)
        if leg is None:
            return self._words.gone_row(book, key)
        return self._words.position_row(book, leg)

    def _push_account(self, follower: Follower, book: AccountBook, event: str) -> None:
        pages = [self._words.money_row(book)]
        if self._terms.paged_account and event == "snapshot":
            pages.insert(0, {**pages[0], "details": [dust_row()]})
        for number, row in enumerate(pages, 1):
            last = number == len(pages)
            self._sessions.push(follower, [row], eventType=event, curPage=number, lastPage=last)

    def _push_positions(self, follower: Follower, rows: Sequence[Row]) -> None:
        at = ms(self._world.now_ns)
        _, topic = follower
        chosen = [{**row, "pTime": at} for row in rows if topic.chooses(str(row["instId"]))]
        if chosen or not rows:
            self._sessions.push(follower, chosen)

    def _both_row(self, book: AccountBook, rows: Sequence[Row], event: str) -> Row:
        at = ms(self._world.now_ns)
        detail = self._words.money_row(book)["details"]
        assert isinstance(detail, list), "the balance has details"
        cash = [{"ccy": one["ccy"], "cashBal": one["cashBal"], "uTime": at} for one in detail]
        return {
            "pTime": at,
            "eventType": event,
            "balData": cash,
            "posData": [{name: row.get(name, "") for name in _POSITION_KEYS} for row in rows],
            "trades": [{"instId": row["instId"], "tradeId": row["tradeId"]} for row in rows],
        }


class _Listener:
    """One account's way to the feeds."""

    def __init__(self, feeds: PrivateFeeds, book: AccountBook, desk: AlgoDesk) -> None:
        self._feeds = feeds
        self._book = book
        self._desk = desk

    def on_order(self, record: OrderRecord, row: Row) -> None:
        self._feeds.on_order(self._book, record, row)

    def on_state(self, keys: Sequence[LegKey], event: str) -> None:
        self._feeds.on_state(self._book, keys, event)

    def on_order_ended(self, record: OrderRecord) -> None:
        self._desk.attach(self._book, record)
