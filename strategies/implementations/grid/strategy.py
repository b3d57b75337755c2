"""The grid strategy: one-sided cycles, or levels between two prices, behind one contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from execution.adoption import AdoptedPosition
from strategies.base_strategy import (
    BaseStrategy,
    MarketData,
    ParameterError,
    SheetRow,
    StrategyContext,
    StrategyEvent,
    StrategyParameter,
    StrategyResult,
    WakeBand,
)
from strategies.holdings import Explanation
from strategies.implementations.grid.cycle_grid import CycleGrid
from strategies.implementations.grid.declarations import PARAMETERS
from strategies.implementations.grid.desk import SecondMarket
from strategies.implementations.grid.fixed_range import FixedRangeGrid
from strategies.implementations.grid.parameters import CycleSettings, cycle_settings
from strategies.implementations.grid.range_settings import RangeSettings, range_settings
from strategies.implementations.grid.sheet import grid_sheet
from strategies.parameter import with_defaults

ASLEEP = StrategyResult(wake=WakeBand())
"""The answer to prices that never matter."""


class Machine(Protocol):
    """One kind of grid: a pure state machine."""

    revision: int

    @property
    def state(self) -> object:
        """The state itself, of values that JSON can tell."""

    def may_enter(self, quote: MarketData) -> bool:
        """Tell whether an entry may be placed now."""

    def enter(self, quote: MarketData) -> StrategyResult:
        """Place it."""

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions cannot be taken over."""

    def on_quote(self, quote: MarketData) -> StrategyResult:
        """Watch what no gate may hold back."""

    def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Book what happened and do what follows."""

    def explain(self, quote: MarketData) -> Sequence[Explanation]:
        """Return what stands before an entry now."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""

    def load_state(self, saved: Mapping[str, Any]) -> None:
        """Take up a saved state."""

    def report(self) -> dict[str, object]:
        """Return what the run came to."""

    @property
    def doubtful(self) -> bool:
        """Whether the position at the venue differs from what it has booked."""

    @property
    def stays_halted(self) -> bool:
        """Whether a stop has halted it until it is re-armed."""


class GridStrategy(BaseStrategy):
    """Buys (or sells) in steps and closes each fill at its own profit."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(with_defaults(PARAMETERS, parameters))
        self._settings: CycleSettings | RangeSettings = (
            range_settings(self._parameters)
            if self._parameters["grid_kind"] == "fixed_range"
            else cycle_settings(self._parameters)
        )
        self._machine: Machine | None = None

    @classmethod
    def get_strategy_name(cls) -> str:
        """Return ``"grid"``."""
        return "grid"

    @classmethod
    def get_required_parameters(cls) -> Sequence[StrategyParameter]:
        """Return every parameter of both kinds of grid."""
        return PARAMETERS

    @property
    def machine(self) -> Machine:
        """The grid at work; made by ``initialize``."""
        assert self._machine is not None, "initialize() comes first"
        return self._machine

    async def initialize(self, context: StrategyContext) -> None:
        """Take the market.

        Raises:
            ParameterError: a parameter does not fit this market.
        """
        await super().initialize(context)
        settings, market = self._settings, context.market
        check_leverage(settings.leverage, context)
        if isinstance(settings, RangeSettings):
            self._machine = FixedRangeGrid(settings, market)
            return
        check_recovery(settings, context)
        position_key = (context.venue, context.contract_id)
        self._machine = CycleGrid(settings, market, position_key, second_market(context))

    def sheet(self, bid: Decimal, ask: Decimal) -> Sequence[SheetRow]:
        """Return what the grid will earn, bind and leave open."""
        return grid_sheet(self._parameters, self.context.market, bid, ask).rows

    async def should_execute(self, market_data: MarketData) -> bool:
        """Tell whether an entry may be placed now."""
        return not self._is_elsewhere(market_data) and self.machine.may_enter(market_data)

    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        """Place the next entry."""
        return self.machine.enter(market_data)

    async def on_quote(self, market_data: MarketData) -> StrategyResult:
        """Watch stops, losses and the pending entry, by the prices of the market that is traded."""
        if self._is_elsewhere(market_data):
            return ASLEEP
        return self.machine.on_quote(market_data)

    def _is_elsewhere(self, market_data: MarketData) -> bool:
        """Whether prices are of the market that hedges go to: nothing is decided on those."""
        return market_data.venue != self.context.venue

    async def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Act on a fill, an order's change, an outcome, a timer or a stop; never gated."""
        return self.machine.on_event(event)

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions cannot be taken over; empty where they can."""
        return self.machine.refuse_adoption(positions)

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return self.machine.state_dict()

    def state_json(self) -> bytes:
        """Return the state as JSON text, without the detour over JSON values."""
        return msgspec.json.encode(self.machine.state)

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up a saved state; nothing is sent before ``Reconciled``."""
        self.machine.load_state(state)

    @property
    def doubtful(self) -> bool:
        """Whether the position at the venue differs from what the grid has booked."""
        return self.machine.doubtful

    @property
    def stays_halted(self) -> bool:
        """Whether a stop has halted it until it is re-armed."""
        return self.machine.stays_halted

    @property
    def revision(self) -> int:
        """A number that grows with every change of the state."""
        return self.machine.revision

    def report(self) -> Mapping[str, object]:
        """Return parameters, state, cycles and profit."""
        given = {name: str(value) for name, value in self._parameters.items() if value is not None}
        return {"parameters": given, **self.machine.report()}


def second_market(context: StrategyContext) -> SecondMarket | None:
    """Return the market on another venue that hedges go to, None where there is none."""
    for (venue, contract_id), market in context.extra_markets.items():
        return SecondMarket(venue, contract_id, market)
    return None


def check_leverage(leverage: Decimal, context: StrategyContext) -> None:
    """Refuse a leverage that this market does not allow."""
    limit = context.market.max_leverage
    if leverage > limit:
        raise ParameterError(
            "target_leverage",
            f"{leverage} is more than {context.ticker} allows on {context.venue}; "
            f"use at most {limit}",
        )


def check_recovery(settings: CycleSettings, context: StrategyContext) -> None:
    """Refuse to hedge without a place to hedge at."""
    if settings.recovery_mode == "hedge" and not context.extra_markets:
        raise ParameterError(
            "recovery_mode",
            "hedge needs a second venue, because one account nets both sides of a contract; "
            "give two exchanges, or use aggressive",
        )
