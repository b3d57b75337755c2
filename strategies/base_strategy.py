"""The contract between the bot and a strategy.

A strategy is a state machine fed with prices and events. It decides on local state only: its
methods are async by contract, yet never suspend, and the bot reports one that does as an error. It
never talks to a venue; it returns a ``StrategyResult`` and hears what became of it as events.

Orders are known to a strategy by a ``key`` of its own making (``"entry-12"``), unique within a run
and over restarts. The bot joins keys to client order ids and remembers both before it sends.

Exits share no gate with entries: ``on_event`` runs for every fill, order and timer event, whatever
``should_execute`` says; ``should_execute`` gates results of purpose ENTRY alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

import msgspec

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    OrderResult,
)
from exchange_clients.events import BestBidOffer
from execution.adoption import AdoptedPosition, PositionsAdopted
from execution.legs_order import LegsFinished, LegsOrder
from execution.order_params import OrderParams
from execution.overruled import Overruled
from execution.position_check import PositionsRead
from execution.readings import FillVoided, Liquidated, MarketChanged, MarketReading, Surveyed, View
from strategies.parameter import ParameterError, StrategyParameter

__all__ = [
    "NOTHING",
    "UNMOVED",
    "BaseStrategy",
    "LegsFinished",
    "LegsOrder",
    "Liquidated",
    "MarketData",
    "OrderChanged",
    "OrderFilled",
    "OrderOutcome",
    "OrderParams",
    "Overruled",
    "ParameterError",
    "PositionsAdopted",
    "PositionsRead",
    "Reconciled",
    "SheetRow",
    "StopRequested",
    "StrategyAction",
    "StrategyContext",
    "StrategyEvent",
    "StrategyParameter",
    "StrategyResult",
    "Surveyed",
    "TimerFired",
    "WakeBand",
]


class StrategyAction(StrEnum):
    """The main thing a result asks for."""

    NONE = "none"
    WAIT = "wait"
    PLACE_ORDER = "place_order"
    CANCEL_ORDER = "cancel_order"
    CLOSE_POSITION = "close_position"
    """Without orders of its own: the bot closes what it holds, reduce-only at market."""
    EXECUTE_LEGS = "execute_legs"
    """Each of ``legs`` is one execution: all of its orders stand at the end, or none."""
    HALT = "halt"
    """Nothing more will be done: the run ends, with ``message`` as the reason."""


@dataclass(frozen=True, slots=True)
class MarketData:
    """What a strategy decides on: sound prices of one market and the time."""

    ticker: str
    best_bid: Decimal
    best_ask: Decimal
    now_ns: int
    contract_id: ContractId | None = None
    venue: str = ""
    age_s: float = 0.0
    """Seconds since the book was last heard."""

    @classmethod
    def of(
        cls, ticker: str, venue: str, market: Market, quote: BestBidOffer, now_ns: int
    ) -> MarketData:
        """Return a quote of the book as exact prices."""
        return cls(
            ticker=ticker,
            best_bid=market.price_of(quote.bid),
            best_ask=market.price_of(quote.ask),
            now_ns=now_ns,
            contract_id=quote.contract_id,
            venue=venue,
            age_s=max(now_ns - quote.local_ns, 0) / NS,
        )

    @property
    def mid_price(self) -> Decimal:
        """The middle between bid and ask, exact."""
        return (self.best_bid + self.best_ask) / 2


@dataclass(frozen=True, slots=True)
class WakeBand:
    """Quotes with bid > ``low`` and ask < ``high`` need not call the strategy; None: no bound."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """What a strategy wants done: ``cancels`` first, then ``orders`` and ``legs``, each once.

    ``wait_time`` (seconds) sets a timer that calls the strategy again; ``wake`` tells which quotes
    may be skipped until then. A result without ``wake`` is called with every quote.
    """

    action: StrategyAction = StrategyAction.NONE
    orders: Sequence[OrderParams] = ()
    cancels: Sequence[str] = ()
    """Keys of orders to cancel."""
    message: str = ""
    wait_time: float = 0.0
    wake: WakeBand | None = None
    legs: Sequence[LegsOrder] = ()
    """Executions over several venues; what became of each is told by ``LegsFinished``."""


NOTHING = StrategyResult()
UNMOVED = StrategyResult()
"""The answer to an event that told nothing new: the wait and the wake bands asked for still hold.

After any other answer to an event the next quote of every market calls the strategy.
"""


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """A fill of one of the strategy's orders; each trade id comes once."""

    key: str
    fill: Fill
    filled_size: Decimal
    """Cumulative size of the order, this fill included."""
    now_ns: int


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order moved to another state. Fills are told by ``OrderFilled`` first."""

    key: str
    info: OrderInfo
    now_ns: int


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What a place (or cancel, ``cancel`` True) came to, refusals and lost answers included."""

    key: str
    result: OrderResult
    cancel: bool
    now_ns: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The wait that the strategy asked for is over."""

    now_ns: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """After a start or reconnect: what is true at the venues, of our own orders only.

    ``orders`` holds every order of ours by key, terminal ones since the last saved state included;
    a key the strategy knows and that is absent here was never sent. ``position`` is signed, by
    (venue, contract), of our own fills.
    """

    orders: Mapping[str, OrderInfo]
    position: Mapping[tuple[str, ContractId], Decimal]
    now_ns: int
    restarted: bool
    """True at a start with saved state, False after a reconnect."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The operator wants to stop: cancel or keep open orders as configured, open nothing."""

    now_ns: int


StrategyEvent: TypeAlias = (
    OrderFilled
    | OrderChanged
    | OrderOutcome
    | TimerFired
    | Reconciled
    | StopRequested
    | Surveyed
    | Liquidated
    | FillVoided
    | LegsFinished
    | PositionsAdopted
    | Overruled
    | PositionsRead
    | MarketChanged
)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the sheet before the start: what, how much, why, and whether to worry."""

    label: str
    value: str
    note: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class StrategyContext:
    """Where a strategy trades: one venue and market for each leg."""

    ticker: str
    venue: str
    contract_id: ContractId
    market: Market
    extra_markets: Mapping[tuple[str, ContractId], Market] = field(default_factory=dict)

    @classmethod
    def of(cls, ticker: str, markets: Mapping[tuple[str, ContractId], Market]) -> StrategyContext:
        """Return the context of markets by (venue, contract), the primary one first."""
        (venue, contract_id), *others = markets
        extra = {key: markets[key] for key in others}
        return cls(ticker, venue, contract_id, markets[venue, contract_id], extra)


class BaseStrategy(ABC):
    """A strategy: pure decisions on state that it owns and can save."""

    executes_legs: ClassVar[bool] = False
    """Whether it asks for executions over several venues, decided on surveys of them."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = dict(parameters)
        self._context: StrategyContext | None = None

    # What it is ----------------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def get_strategy_name(cls) -> str:
        """Return the name users type: ``"grid"``."""

    @classmethod
    @abstractmethod
    def get_required_parameters(cls) -> Sequence[StrategyParameter]:
        """Return every parameter it understands, required ones marked."""

    def get_parameter(self, name: str) -> Any:
        """Return a parameter's value.

        Raises:
            ParameterError: it was not given and has no default.
        """
        if name not in self._parameters:
            raise ParameterError(name, "is not set")
        return self._parameters[name]

    @property
    def context(self) -> StrategyContext:
        """Where it trades; set by ``initialize``."""
        assert self._context is not None, "initialize() comes first"
        return self._context

    def sheet(self, bid: Decimal, ask: Decimal) -> Sequence[SheetRow]:
        """Return what a person should see before anything is traded at these prices."""
        del bid, ask
        return ()

    # Life ----------------------------------------------------------------------------------------

    async def initialize(self, context: StrategyContext) -> None:
        """Take the market. Checks what only the market can tell.

        Raises:
            ParameterError: a parameter does not fit this market.
        """
        self._context = context

    @abstractmethod
    async def should_execute(self, market_data: MarketData) -> bool:
        """Tell whether an entry may be considered now; exits never ask."""

    @abstractmethod
    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        """Decide on a price."""

    async def on_quote(self, market_data: MarketData) -> StrategyResult:
        """Act on a price whatever ``should_execute`` says: stops and trailing live here."""
        del market_data
        return NOTHING

    async def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Act on a fill, an order's change, an outcome or a timer; never gated."""
        if isinstance(event, OrderFilled):
            return await self.notify_order_filled(event.fill.price, event.fill.size)
        return NOTHING

    async def notify_order_filled(self, price: Decimal, quantity: Decimal) -> StrategyResult:
        """Act on a fill, in short form."""
        del price, quantity
        return NOTHING

    async def shutdown(self) -> None:  # noqa: B027 - most strategies hold nothing to let go
        """Let go; called once, after the last event."""

    def in_view(self, readings: Sequence[MarketReading], now_ns: int) -> View:
        """Return which markets to read whole for the next ``Surveyed``, and whose payments.

        Args:
            readings: every market with its rate, activity and position, and no book.
            now_ns: wall time, ns since the epoch.
        """
        del readings, now_ns
        return View()

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions that a person has named cannot be taken over; empty where they can.

        They are told by ``PositionsAdopted`` then, at this start and at each one after it.
        """
        del positions
        return f"{self.get_strategy_name()} takes over no positions"

    # State ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON values (Decimals as text)."""
        return {}

    def state_json(self) -> bytes:
        """Return ``state_dict`` as JSON text; a strategy that changes often may word it faster."""
        return msgspec.json.encode(self.state_dict())

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up a saved state; ``Reconciled`` follows with the truth."""
        del state

    def get_strategy_state(self, key: str) -> Any:
        """Return one entry of the state, None where there is none."""
        return self.state_dict().get(key)

    def report(self) -> Mapping[str, object]:
        """Return what the run came to so far, for people: names and plain values."""
        return {}

    def unverified(self) -> Mapping[str, str]:
        """Return the positions that are not known for certain: by what people call them, why."""
        why = "what the venue holds differs from what our fills say; no entries until it agrees"
        return {self.context.ticker: why} if self.doubtful else {}

    @property
    def doubtful(self) -> bool:
        """Whether its books differ from the last ``Reconciled``; the truth is then asked again."""
        return False

    @property
    def stays_halted(self) -> bool:
        """Whether it has halted and a later run must find it so, until a person re-arms it."""
        return False

    @property
    def revision(self) -> int:
        """A number that grows whenever the state to save has changed."""
        return 0
