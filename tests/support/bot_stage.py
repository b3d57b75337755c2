"""A stage for the bot alone: scripted client, order port, strategy and observer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Market,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Purpose,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import BestBidOffer, StreamSignal
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.bot_ports import Ports
from execution.order_params import OrderParams
from helpers.risk_values import RiskAction, RiskVerdict
from strategies.base_strategy import (
    NOTHING,
    BaseStrategy,
    MarketData,
    StrategyAction,
    StrategyEvent,
    StrategyParameter,
    StrategyResult,
)
from trading_bot import TradingBot, TradingConfig

CONTRACT = ContractId("BTC-TEST")
MARKET = Market(Symbol("BTC"), CONTRACT, tick=Decimal("0.1"), step=Decimal("0.001"))


class FakeStream:
    """A feed whose quotes and signals the test calls."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.quote: Callable[[BestBidOffer], None] = lambda bbo: None
        self.signal: Callable[[StreamSignal], None] = lambda signal: None
        self.last: BestBidOffer | None = None

    async def prepare_market_feed(self, symbol: str, timeout: float) -> bool:
        return True

    def add_quote_listener(self, contract: str, listener: Callable[[BestBidOffer], None]) -> None:
        self.quote = listener

    def add_signal_listener(self, listener: Callable[[StreamSignal], None]) -> None:
        self.signal = listener

    def age_s(self, contract: str, feed: FeedKind) -> float | None:
        return None if self.last is None else (self.clock.now_ns() - self.last.local_ns) / NS

    def best_bid_offer(self, contract: str) -> BestBidOffer | None:
        return self.last


class FakeClient:
    """As much of a client as the bot itself touches."""

    def __init__(self, clock: VirtualClock) -> None:
        self.stream = FakeStream(clock)
        self.order_handler: Callable[[OrderInfo], None] = lambda info: None
        self.fill_handler: Callable[[Fill], None] = lambda fill: None
        self.known: dict[str, OrderInfo] = {}
        self.history: list[Fill] = []
        self.connected = False
        self.listed = MARKET
        self.questions: list[str] = []
        """Which orders were asked for one by one."""
        self.failing = 0
        """How many of the next reads of open orders fail."""
        self.on_listed: Callable[[], None] = lambda: None
        """Called when open orders are read."""

    async def connect(self) -> None:
        self.connected = True

    async def disconnect(self) -> None:
        self.connected = False

    async def await_fills(self, timeout: float) -> bool:
        assert self.connected, "what is on its way is heard while connected"
        return True

    async def get_contract_attributes(self, ticker: str) -> tuple[ContractId, Decimal]:
        return CONTRACT, MARKET.tick

    def market(self, contract_id: str) -> Market:
        return self.listed

    def setup_order_update_handler(self, handler: Callable[[OrderInfo], None]) -> None:
        self.order_handler = handler

    def setup_fill_handler(self, handler: Callable[[Fill], None]) -> None:
        self.fill_handler = handler

    async def get_active_orders(self, contract_id: str) -> list[OrderInfo]:
        if self.failing > 0:
            self.failing -= 1
            raise OutcomeUnknown("the venue does not answer")
        self.on_listed()
        return [info for info in self.known.values() if not info.status.terminal]

    async def get_user_trade_history(self, symbol: str, start: int, end: int) -> list[Fill]:
        return self.history

    async def get_order_info(
        self, order_id: str, *, force_refresh: bool = False
    ) -> OrderInfo | None:
        self.questions.append(order_id)
        return self.known.get(order_id)


class FakeOrders:
    """An order port that remembers what it was asked and accepts everything."""

    def __init__(self, clock: VirtualClock) -> None:
        self.placed: list[OrderParams] = []
        self.cancelled: list[str] = []
        self.reply = OrderResult(success=True, status=OrderStatus.OPEN)
        self.delay_s = 0.0
        self._clock = clock
        self._count = 0

    def mint(self, venue: str) -> ClientOrderId:
        self._count += 1
        return ClientOrderId(f"c{self._count}")

    async def place(
        self, venue: str, contract_id: str, order: OrderParams, client_order_id: ClientOrderId
    ) -> OrderResult:
        self.placed.append(order)
        await self._clock.sleep(self.delay_s)
        return self.reply

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        self.cancelled.append(client_order_id)
        return OrderResult(success=True, status=OrderStatus.CANCELED)


class FakeRisk:
    """A gate the test opens and closes."""

    def __init__(self, log: list[str]) -> None:
        self.action = RiskAction.NONE
        self._log = log

    async def initialize(self) -> None:
        """Know everything already."""

    def check(self, now_ns: int) -> RiskVerdict:
        self._log.append("risk")
        return RiskVerdict(self.action)


class MemoryStore:
    """State that outlives one bot, not the test."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.history: list[Fill] = []
        self.saves = 0

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        self.values[key] = value_json
        self.saves += 1

    def load_state(self, key: str) -> str | None:
        return self.values.get(key)

    def load_states(self, prefix: str) -> dict[str, str]:
        return {key: text for key, text in self.values.items() if key.startswith(prefix)}

    def fills(self, venue: str) -> Sequence[Fill]:
        return self.history

    def first_order_ns(self, venue: str) -> int | None:
        return 0

    def record_fill(self, venue: str, fill: Fill) -> bool:
        self.history.append(fill)
        return True


class Notes:
    """An observer that keeps everything."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, OrderStatus]] = []
        self.fills: list[tuple[str, Decimal]] = []
        self.texts: list[str] = []
        self.started: BestBidOffer | None = None
        self.ended = False

    def on_start(self, bbo: BestBidOffer | None) -> None:
        self.started = bbo

    def on_end(self) -> None:
        self.ended = True

    def on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        self.orders.append((key, info.status))

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        self.fills.append((key, fill.size))

    def on_note(self, now_ns: int, text: str) -> None:
        self.texts.append(text)


class ScriptedStrategy(BaseStrategy):
    """Answers from scripts and writes down what it was asked."""

    def __init__(self, log: list[str]) -> None:
        super().__init__({})
        self.log = log
        self.wants_entry = True
        self.entries: list[StrategyResult] = []
        self.answers: dict[type, list[StrategyResult]] = {}
        self.events: list[StrategyEvent] = []
        self.quotes: list[MarketData] = []
        self.state: dict[str, Any] = {}
        self.error: Exception | None = None
        self.doubts = 0
        """How many more truths it will call doubtful."""

    @classmethod
    def get_strategy_name(cls) -> str:
        return "scripted"

    @classmethod
    def get_required_parameters(cls) -> Sequence[StrategyParameter]:
        return ()

    async def should_execute(self, market_data: MarketData) -> bool:
        self.log.append("should_execute")
        self.quotes.append(market_data)
        if self.error is not None:
            raise self.error
        return self.wants_entry

    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        self.log.append("execute")
        return self.entries.pop(0) if self.entries else NOTHING

    async def on_event(self, event: StrategyEvent) -> StrategyResult:
        self.events.append(event)
        answers = self.answers.get(type(event))
        return answers.pop(0) if answers else NOTHING

    @property
    def doubtful(self) -> bool:
        self.doubts -= 1
        return self.doubts >= 0

    def state_dict(self) -> dict[str, Any]:
        return self.state

    def load_state(self, state: Any) -> None:
        self.state = dict(state)

    def of(self, kind: type) -> list[Any]:
        """Return the events of one kind that were told."""
        return [event for event in self.events if type(event) is kind]


class Stage:
    """A bot with everything around it scripted, on virtual time."""

    def __init__(self, loop: VirtualLoop, store: MemoryStore | None = None) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.log: list[str] = []
        self.client = FakeClient(self.clock)
        self.orders = FakeOrders(self.clock)
        self.risk = FakeRisk(self.log)
        self.store = store or MemoryStore()
        self.client.history = self.store.history
        self.notes = Notes()
        self.strategy = ScriptedStrategy(self.log)
        self.bot = self.make_bot(self.strategy)

    def make_bot(self, strategy: BaseStrategy) -> TradingBot:
        """Build a bot on this stage."""
        return TradingBot(
            TradingConfig("BTC", ("test",), "scripted"),
            clients={"test": cast("BaseExchangeClient", self.client)},  # the part the bot uses
            strategy=strategy,
            ports=Ports(self.orders, self.risk, self.clock, self.store, self.notes),
        )

    async def start(self) -> None:
        """Start the bot and let it settle."""
        self.running = self.loop.create_task(self.bot.run())
        await self.clock.sleep(0.001)

    async def settle(self, seconds: float = 0.001) -> None:
        """Let tasks run."""
        await self.clock.sleep(seconds)

    async def end(self) -> str:
        """End the run and return why it ended."""
        self.bot.finish("test over")
        return await self.running

    def quote(self, bid: float, ask: float) -> None:
        """Tell a quote."""
        bbo = BestBidOffer(CONTRACT, bid, 1.0, ask, 1.0, None, self.clock.now_ns())
        self.client.stream.last = bbo
        self.client.stream.quote(bbo)

    def report(self, cid: str, status: OrderStatus, filled: str = "0") -> None:
        """Report an order's state from the venue."""
        self.client.order_handler(self.order_info(cid, status, filled))

    def order_info(self, cid: str, status: OrderStatus, filled: str = "0") -> OrderInfo:
        """Return a buy order of 1 at 100 as the venue shows it."""
        return OrderInfo(
            VenueOrderId(f"v-{cid}"),
            ClientOrderId(cid),
            CONTRACT,
            Side.BUY,
            Decimal(1),
            Decimal(100),
            status,
            Decimal(filled),
        )

    def fill(self, cid: str, size: str, trade_id: str = "t1") -> None:
        """Report a fill from the venue."""
        self.client.fill_handler(make_fill(cid, size, trade_id))


def make_fill(cid: str, size: str, trade_id: str = "t1") -> Fill:
    """Return a buy fill at 100."""
    return Fill(
        TradeId(trade_id),
        VenueOrderId(f"v-{cid}"),
        ClientOrderId(cid),
        CONTRACT,
        Side.BUY,
        Decimal(100),
        Decimal(size),
        Decimal(0),
        "USD",
        Liquidity.MAKER,
        0,
    )


def order(key: str = "entry-1", purpose: Purpose = Purpose.ENTRY) -> OrderParams:
    """Return a buy of 1 at 100."""
    return OrderParams(Side.BUY, Decimal(1), Decimal(100), key=key, purpose=purpose)


def on_stage(play: Callable[[Stage], Awaitable[None]], store: MemoryStore | None = None) -> Stage:
    """Run a play on a stage of its own and return the stage for asserts."""

    async def main(loop: VirtualLoop) -> Stage:
        stage = Stage(loop, store)
        await play(stage)
        return stage

    return run_virtual(main)


def placing(*keys: str, purpose: Purpose = Purpose.ENTRY) -> StrategyResult:
    """Return the wish to place one order a key."""
    return StrategyResult(StrategyAction.PLACE_ORDER, orders=[order(key, purpose) for key in keys])
