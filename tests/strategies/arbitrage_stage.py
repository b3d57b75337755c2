"""Readings, pairs and a strategy on them, for the tests of funding arbitrage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import (
    NS,
    ContractId,
    DepthView,
    Fill,
    Level,
    LeverageInfo,
    Liquidity,
    Market,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from execution.legs_order import LegFill, LegsFinished, LegsOrder, LegsOutcome
from execution.order_params import OrderParams
from execution.readings import MarketReading, Payment, PositionReading, Surveyed
from strategies.base_strategy import MarketData, StrategyEvent, StrategyResult
from strategies.driver import drive
from strategies.factory import parse_parameters
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.state import Pair, PairStatus
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy

D = Decimal
START = datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
START_NS = int(START.timestamp()) * NS
MINUTE_NS = 60 * NS


def market(symbol: str = "ETH", **changes: Any) -> Market:
    plain: dict[str, Any] = {
        "tick": D("0.1"),
        "step": D("0.001"),
        "maker_fee": D("0.0001"),
        "taker_fee": D("0.0005"),
    }
    contract = ContractId(changes.pop("contract_id", f"{symbol}-PERP"))
    return Market(Symbol(symbol), contract, **{**plain, **changes})


def book(bid: str = "1999.9", ask: str = "2000.1", size: str = "100") -> DepthView:
    return DepthView({"bids": [Level(D(bid), D(size))], "asks": [Level(D(ask), D(size))]})


def reading(
    venue: str, rate: str, *, now_ns: int = START_NS, hours: int = 8, **changes: Any
) -> MarketReading:
    """Return a sound reading; each part can be replaced, or taken away with None."""
    listed = changes.pop("market", market(changes.pop("symbol", "ETH")))
    upcoming = START + timedelta(hours=int((now_ns - START_NS) // (3600 * NS)), minutes=30)
    sound: dict[str, Any] = {
        "funding": FundingRateSample(listed.symbol, D(rate), D(hours), upcoming),
        "funding_ns": now_ns,
        "stats": MarketStats(listed.symbol, D(10**8), D(10**7)),
        "book": book(),
        "book_ns": now_ns,
        "leverage": LeverageInfo(D(10), None, D("0.1")),
        "available": D(10_000),
        "position": PositionReading(D(0), now_ns),
    }
    return MarketReading(venue, listed, **{**sound, **changes})


def fill(
    trade: str, side: Side, size: str, price: str, *, contract: str = "ETH-PERP", fee: str = "0.1"
) -> Fill:
    return Fill(
        trade_id=TradeId(trade),
        order_id=VenueOrderId("1"),
        client_order_id=None,
        contract_id=ContractId(contract),
        side=side,
        price=D(price),
        size=D(size),
        fee=D(fee),
        fee_asset="USDC",
        liquidity=Liquidity.TAKER,
        venue_ns=START_NS,
    )


@dataclass
class Stage:
    """A strategy on two venues, ``low`` and ``high``, whose markets the test moves."""

    parameters: dict[str, object] = field(default_factory=dict)
    rates: dict[str, str] = field(default_factory=lambda: {"low": "-0.001", "high": "0.001"})
    changes: dict[str, dict[str, Any]] = field(default_factory=lambda: {"low": {}, "high": {}})
    held: dict[str, Decimal] = field(default_factory=lambda: {"low": D(0), "high": D(0)})
    now_ns: int = START_NS

    def __post_init__(self) -> None:
        self.strategy = self.fresh()
        self.trades = 0

    def fresh(self) -> FundingArbitrageStrategy:
        return FundingArbitrageStrategy(parse_parameters(FundingArbitrageStrategy, self.parameters))

    def restart(self) -> None:
        """Kill the strategy and load what it saved."""
        saved = self.strategy.state_dict()
        self.strategy = self.fresh()
        self.strategy.load_state(saved)

    def readings(self) -> list[MarketReading]:
        return [
            reading(
                venue,
                rate,
                now_ns=self.now_ns,
                **{
                    "position": PositionReading(self.held[venue], self.now_ns),
                    **self.changes[venue],
                },
            )
            for venue, rate in self.rates.items()
        ]

    def survey(self, minutes: float = 1, payments: Sequence[Payment] = ()) -> StrategyResult:
        """Let time pass, then tell what is read."""
        self.now_ns += int(minutes * MINUTE_NS)
        return self.tell(Surveyed(self.readings(), self.now_ns, payments))

    def tell(self, event: StrategyEvent) -> StrategyResult:
        return drive(self.strategy.on_event(event))

    def enter(self) -> StrategyResult | None:
        """Ask for entries as the bot does; None where the gate says no."""
        quote = MarketData("ETH", D("1999.9"), D("2000.1"), self.now_ns)
        if not drive(self.strategy.should_execute(quote)):
            return None
        return drive(self.strategy.execute_strategy(quote))

    def execute(self, order: LegsOrder, outcome: LegsOutcome = LegsOutcome.COMPLETED) -> None:
        """Fill every leg at its limit (or 2000), or none, and tell the outcome."""
        fills = []
        if outcome is LegsOutcome.COMPLETED:
            fills = [self._fill(leg) for leg in order.orders]
        self.now_ns += NS
        self.tell(LegsFinished(order.key, outcome, self.now_ns, fills))

    def _fill(self, leg: OrderParams) -> LegFill:
        assert leg.venue is not None
        self.trades += 1
        self.held[leg.venue] += leg.quantity * leg.side.sign
        price = str(leg.price or 2000)
        return LegFill(leg.venue, fill(f"t{self.trades}", leg.side, str(leg.quantity), price))

    def opened(self) -> Pair:
        """Open a pair and survey it once."""
        self.survey()
        result = self.enter()
        assert result is not None
        (order,) = result.legs
        self.execute(order)
        assert not self.survey().legs
        return self.pair

    @property
    def pair(self) -> Pair:
        """The latest pair."""
        return self.strategy.machine.state.pairs[-1]

    def status(self) -> PairStatus:
        """Where the latest pair is in its life."""
        return self.pair.status

    @property
    def reason(self) -> ExitReason | None:
        """Why the latest pair is, or waits to be, closed."""
        return None if self.pair.trigger is None else self.pair.trigger.reason

    def unread(self, venue: str) -> None:
        self.changes[venue]["position"] = None

    def stale(self, venue: str, minutes: float) -> None:
        self.changes[venue]["funding_ns"] = self.now_ns - int(minutes * MINUTE_NS)
