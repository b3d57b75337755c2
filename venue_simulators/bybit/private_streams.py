"""Private streams: orders, executions, positions and the wallet, each as it changes.

A subscription begins with nothing: what is open already must be asked for. The dead-man switch is
watched here too, because it works only while somebody listens to its topic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.bybit.account_book import AccountBook, News
from venue_simulators.bybit.account_words import position_data, wallet_row
from venue_simulators.bybit.order_desk import OrderDesk
from venue_simulators.bybit.order_record import order_row
from venue_simulators.bybit.sockets import Hub, Socket
from venue_simulators.bybit.topics import (
    DEAD_MAN,
    EXECUTION,
    FAST,
    LINEAR,
    ORDER,
    POSITION,
    WALLET,
)
from venue_simulators.bybit.wording import Row, ms, uuid_of
from venue_simulators.world import World


class PrivateStreams:
    """Turns the news of accounts into frames.

    Args:
        world: Whose time it is.
        agenda: Where a dead man's orders are ended.
        hub: Who listens.
        desk: Ends them.
        books: The accounts.
    """

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        hub: Hub,
        desk: OrderDesk,
        books: dict[str, AccountBook],
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._hub = hub
        self._desk = desk
        self._books = books
        self._told = 0
        for book in books.values():
            book.listeners.append(self._on_news)

    def _on_news(self, book: AccountBook, news: News) -> None:
        trades = [one for one in news.executions if one.kind == "Trade"]
        legs = news.legs.values()
        self._say(book, EXECUTION, lambda: [one.data() for one in news.executions])
        self._say(book, FAST, lambda: [one.fast_data() for one in trades])
        self._say(book, ORDER, lambda: [order_row(one) for one in news.orders.values()])
        self._say(book, POSITION, lambda: [position_data(book, leg) for leg in legs])
        if news.wallet:
            self._say(book, WALLET, lambda: [wallet_row(book)])

    def _say(self, book: AccountBook, topic: str, rows: Callable[[], list[Row]]) -> None:
        """Tell of something, worded only where somebody listens."""
        for name in (topic, f"{topic}{LINEAR}"):
            if self._hub.listens(name, book.account):
                told = rows()
                if told:
                    self._publish(name, told, book.account)

    def _publish(self, topic: str, rows: list[Row], account: str) -> None:
        self._told += 1
        now_ms = ms(self._world.now_ns)
        frame: Row = {
            "topic": topic,
            "id": uuid_of("message", now_ms, self._told),
            "creationTime": now_ms,
            "data": rows,
        }
        self._hub.publish(topic, frame, account)

    # The dead-man switch --------------------------------------------------------------------------

    def on_gone(self, socket: Socket, topics: Sequence[str]) -> None:
        """Begin to count when the last listener of an armed account is gone."""
        if socket.account is None or DEAD_MAN not in topics:
            return
        book = self._books[socket.account]
        if book.dead_man_window_s is None or self._hub.listens(DEAD_MAN, book.account):
            return
        gone_ns = self._world.now_ns
        due_ns = gone_ns + book.dead_man_window_s * NS
        self._agenda.plan(due_ns, lambda: self._strike(book))

    def _strike(self, book: AccountBook) -> None:
        if not self._hub.listens(DEAD_MAN, book.account):
            self._desk.cancel_now(book, list(book.live.values()), "CancelByDCP")
