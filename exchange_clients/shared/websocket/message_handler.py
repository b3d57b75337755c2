"""Where each decoded event goes; nothing here waits, decides or remembers.

Dispatch is by exact type: of msgspec structs and of long chains, ``isinstance`` is slow to say no,
and several thousand events pass here each second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from exchange_clients.base_models import ContractId, Fill, LiquidationEvent, OrderInfo
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BookDelta,
    BookSnapshot,
    Event,
    FundingPayment,
    FundingUpdate,
    LabelledBookDelta,
    LoginAccepted,
    LoginRefused,
    PositionUpdate,
    PrivateEvent,
    PrivateSequence,
    PublicTrade,
    ServerClosing,
    StreamSignal,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
    VoidedFill,
)
from exchange_clients.shared.websocket.book_feed import BookFeed, tell
from exchange_clients.shared.websocket.book_sync import BookSync

AccountEvent: TypeAlias = PrivateEvent | Unreadable
"""What an account's listeners hear."""
PrivateListener: TypeAlias = Callable[[AccountEvent], None]
VenueEvent: TypeAlias = FundingUpdate | LiquidationEvent
"""What is public, but neither a book nor a trade."""
MarketListener: TypeAlias = Callable[[VenueEvent], None]


class Listeners:
    """Who hears what; lists are replaced, never changed: somebody may be walking over one."""

    def __init__(self) -> None:
        self.feeds: dict[ContractId, BookFeed] = {}
        self.private: list[PrivateListener] = []
        self.market: list[MarketListener] = []
        self.missed: list[Callable[[], None]] = []
        """Are told when what happened to the account may not have been heard."""

    def remove(self, listener: Callable[..., None]) -> None:
        """Stop calling a listener, whatever it listened to."""
        for feed in self.feeds.values():
            feed.quote_listeners = [each for each in feed.quote_listeners if each != listener]
            feed.trade_listeners = [each for each in feed.trade_listeners if each != listener]
            feed.depth_listeners = [each for each in feed.depth_listeners if each != listener]
        self.private = [each for each in self.private if each != listener]
        self.market = [each for each in self.market if each != listener]
        self.missed = [each for each in self.missed if each != listener]


class ConnectionControl(Protocol):
    """What a connection learns from its own frames."""

    current: bool
    """Whether it serves; False while it is being brought up beside another one."""

    def on_login(self, refusal: LoginRefused | None) -> None:
        """Go on, or give up."""

    def on_acknowledged(self, ack: SubscribeAck) -> None:
        """Count an accepted subscription."""

    def on_refused(self, refusal: SubscribeRefused) -> None:
        """Note a refused subscription."""

    def on_closing(self, closing: ServerClosing) -> None:
        """Look for a successor."""

    def on_number(self, event: PrivateSequence) -> None:
        """Note where a frame of the account stands."""

    def answer(self, text: str) -> None:
        """Send a frame back."""


class MessageHandler:
    """Hands the events of one connection on."""

    def __init__(
        self,
        books: dict[ContractId, BookSync],
        listeners: Listeners,
        control: ConnectionControl,
    ) -> None:
        self._books = books
        self._listeners = listeners
        self._control = control
        self._rare: dict[type[object], Callable[[Event], None]] = {
            each: self._on_private
            for each in (OrderInfo, Fill, VoidedFill, PositionUpdate, BalanceUpdate)
        }
        self._rare |= dict.fromkeys((FundingPayment, Unreadable), self._on_private)
        self._rare |= {FundingUpdate: self._on_public, LiquidationEvent: self._on_liquidation}
        controls: tuple[type[object], ...]
        controls = (LoginAccepted, LoginRefused, SubscribeAck, SubscribeRefused)
        controls += (AnswerFrame, ServerClosing, PrivateSequence)
        self._rare |= dict.fromkeys(controls, self._on_control)
        self._rare[StreamSignal] = self._on_signal

    def handle(self, event: Event) -> None:
        """Hand one event on.

        Raises:
            Exception: the first of its listeners' own, after all of them were called.
        """
        if type(event) is BookDelta or type(event) is LabelledBookDelta:
            sync = self._books.get(event.contract_id)
            if sync is not None:
                sync.on_delta(event)
        elif type(event) is PublicTrade:
            feed = self._listeners.feeds.get(event.contract_id)
            if feed is not None and self._control.current:
                feed.on_trade(event)
        elif type(event) is BookSnapshot:
            sync = self._books.get(event.contract_id)
            if sync is not None:
                sync.on_snapshot(event)
        else:
            handler = self._rare.get(type(event))
            if handler is not None:
                handler(event)

    def _on_private(self, event: Event) -> None:
        # Of two connections that overlap, both are heard: what is told twice counts once by its
        # id, what is told by neither would be lost.
        tell(self._listeners.private, event)  # type: ignore[arg-type]  # by the table above

    def _on_public(self, event: Event) -> None:
        if self._control.current:
            tell(self._listeners.market, event)  # type: ignore[arg-type]  # by the table above

    def _on_liquidation(self, event: Event) -> None:
        assert isinstance(event, LiquidationEvent)
        if event.ours:
            self._on_private(event)
        else:
            self._on_public(event)

    def _on_signal(self, event: Event) -> None:
        assert isinstance(event, StreamSignal)
        sync = None if event.contract_id is None else self._books.get(event.contract_id)
        if sync is not None:
            sync.doubt(event.signal, event.detail)

    def _on_control(self, event: Event) -> None:
        control = self._control
        if isinstance(event, AnswerFrame):
            control.answer(event.text)
        elif isinstance(event, SubscribeAck):
            control.on_acknowledged(event)
        elif isinstance(event, SubscribeRefused):
            control.on_refused(event)
        elif isinstance(event, ServerClosing):
            control.on_closing(event)
        elif isinstance(event, PrivateSequence):
            control.on_number(event)
        else:
            control.on_login(event if isinstance(event, LoginRefused) else None)
