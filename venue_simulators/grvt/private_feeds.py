"""What the private streams say: orders, their states, fills, positions and late cancels.

A selector is a sub account, ``8289849667772468``, or one market of it,
``8289849667772468-BTC_USDT_Perp``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from venue_simulators.grvt.account_book import AccountBook, Row
from venue_simulators.grvt.channels import Feed
from venue_simulators.grvt.errors import MALFORMED, NO_PERMISSION, GrvtError
from venue_simulators.grvt.instruments import Instruments
from venue_simulators.grvt.order_desk import OrderDesk, WaitingCancel
from venue_simulators.grvt.order_record import OrderRecord
from venue_simulators.grvt.wording import Words

Publish = Callable[[Words], None]
ACCOUNT_STREAMS = ("v1.order", "v1.state", "v1.fill", "v1.position", "v1.cancel")
MAIN_STREAMS = ("v1.deposit", "v1.transfer", "v1.withdrawal")


class PrivateFeed:
    """Everything of one stream that concerns one selector; where nobody listens it counts on."""

    numbered = True

    def __init__(self, snapshots: Callable[[], Sequence[Words]] | None = None) -> None:
        self._snapshots = snapshots
        self._publish: Publish | None = None

    def snapshots(self) -> Sequence[Words]:
        """Return what a new subscriber is told first."""
        return self._snapshots() if self._snapshots else ()

    def start(self, publish: Publish) -> None:
        """Begin to publish."""
        self._publish = publish

    def stop(self) -> None:
        """Go on: a gateway counts what happens whether anybody listens or not."""

    def say(self, words: Words) -> None:
        """Publish something new."""
        if self._publish is not None:
            self._publish(words)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A feed with what it listens for."""

    stream: str
    account: str
    contract_id: str
    """Empty for all markets."""
    feed: PrivateFeed


class PrivateSelectors:
    """Makes the feeds of the trading host and tells them what happens.

    Args:
        desk: Where orders live.
        books: The accounts' books, by name.
        instruments: The listed markets.
        replays_open_orders: Whether order streams begin with the orders that are open.
    """

    def __init__(
        self,
        desk: OrderDesk,
        books: Mapping[str, AccountBook],
        instruments: Instruments,
        *,
        replays_open_orders: bool,
    ) -> None:
        self._desk = desk
        self._books = books
        self._instruments = instruments
        self._replays = replays_open_orders
        self._heard: list[_Heard] = []
        desk.record_listeners.append(self._on_record)
        desk.cancel_listeners.append(self._on_cancel)
        for book in books.values():
            book.listeners.append(self._on_row)

    def primary(self, selector: str) -> str:
        """Return what a connection can hear once only: an account, or one market of it."""
        return selector

    def feed(self, stream: str, selector: str, book: AccountBook) -> Feed:
        """Return a feed that nobody listens to yet.

        Raises:
            GrvtError: the stream is unknown, or the selector is not the account's.
        """
        owner, _, contract_id = selector.partition("-")
        if stream in MAIN_STREAMS:
            if owner.lower() != book.member.main_account:
                raise GrvtError(NO_PERMISSION)
            return PrivateFeed()
        if stream not in ACCOUNT_STREAMS:
            raise GrvtError(MALFORMED, f"stream {stream} is unknown")
        if owner != book.member.sub_account_id:
            raise GrvtError(NO_PERMISSION)
        if contract_id:
            self._instruments.get(contract_id)
        feed = PrivateFeed(lambda: self._snapshots(stream, book, contract_id))
        self._heard.append(_Heard(stream, book.member.name, contract_id, feed))
        return feed

    def _snapshots(self, stream: str, book: AccountBook, contract_id: str) -> Sequence[Words]:
        if stream == "v1.position":
            held = book.world.positions(book.member.name)
            names = [each.contract_id for each in held]
            return [book.position(name) for name in names if contract_id in ("", name)]
        if not self._replays or stream not in ("v1.order", "v1.state"):
            return ()
        records = [
            each
            for each in self._desk.active(book.member.name)
            if contract_id in ("", each.form.instrument.contract_id)
        ]
        if stream == "v1.state":
            return [each.state_words() for each in records]
        return [each.words(each.state) for each in records]

    # What happens ---------------------------------------------------------------------------------

    def _on_record(self, record: OrderRecord) -> None:
        contract_id = record.form.instrument.contract_id
        self._say("v1.order", record.account, contract_id, record.words(record.state))
        self._say("v1.state", record.account, contract_id, record.state_words())

    def _on_row(self, book: AccountBook, stream: str, row: Row) -> None:
        self._say(stream, book.member.name, row.contract_id, row.words)

    def _on_cancel(self, waiting: WaitingCancel, status: str) -> None:
        book = self._books[waiting.account]
        words: Words = {
            "sub_account_id": book.member.sub_account_id,
            "client_order_id": waiting.client_order_id,
            "cancel_status": status,
            "update_time": str(book.world.now_ns),
        }
        self._say("v1.cancel", waiting.account, "", words)

    def _say(self, stream: str, account: str, contract_id: str, words: Words) -> None:
        for heard in self._heard:
            concerned = (heard.stream, heard.account) == (stream, account)
            if concerned and heard.contract_id in ("", contract_id):
                heard.feed.say(words)
