"""The funding arbitrage strategy, behind the contract that all strategies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from execution.adoption import AdoptedPosition
from execution.readings import MarketReading, View
from strategies.base_strategy import (
    BaseStrategy,
    MarketData,
    ParameterError,
    SheetRow,
    StrategyContext,
    StrategyEvent,
    StrategyParameter,
    StrategyResult,
)
from strategies.implementations.funding_arbitrage.declarations import PARAMETERS
from strategies.implementations.funding_arbitrage.machine import ArbitrageMachine
from strategies.implementations.funding_arbitrage.parameters import arbitrage_settings
from strategies.implementations.funding_arbitrage.reports import arbitrage_report
from strategies.implementations.funding_arbitrage.sheet import arbitrage_sheet
from strategies.parameter import with_defaults


class FundingArbitrageStrategy(BaseStrategy):
    """Holds a symbol long where funding is low and short where it is high, equal in tokens."""

    executes_legs = True

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(with_defaults(PARAMETERS, parameters))
        self.settings = arbitrage_settings(self._parameters)
        self.machine = ArbitrageMachine(self.settings)

    @classmethod
    def get_strategy_name(cls) -> str:
        """Return ``"funding_arbitrage"``."""
        return "funding_arbitrage"

    @classmethod
    def get_required_parameters(cls) -> Sequence[StrategyParameter]:
        """Return every parameter; none is required."""
        return PARAMETERS

    async def initialize(self, context: StrategyContext) -> None:
        """Take the markets.

        Raises:
            ParameterError: there is only one venue; a pair needs two.
        """
        await super().initialize(context)
        if not context.extra_markets:
            raise ParameterError(
                "exchange", f"{context.venue} alone makes no pair; give two venues or more"
            )

    def sheet(self, bid: Decimal, ask: Decimal) -> Sequence[SheetRow]:
        """Return what pairs of these venues cost, bind and leave open."""
        del bid, ask
        return arbitrage_sheet(self.settings, self.context)

    def in_view(self, readings: Sequence[MarketReading], now_ns: int) -> View:
        """Return the legs of pairs, and the markets of pairs that may be worth opening."""
        return self.machine.in_view(readings, now_ns)

    async def should_execute(self, market_data: MarketData) -> bool:
        """Tell whether the latest survey is to be looked at for entries."""
        del market_data
        return self.machine.may_enter()

    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        """Open the best pairs."""
        return self.machine.enter(market_data.now_ns)

    async def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Act on a survey, a fill, an outcome, a liquidation or a timer; never gated."""
        return self.machine.on_event(event)

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions make no pairs; empty where they do."""
        return self.machine.refuse_adoption(positions)

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return self.machine.state_dict()

    def state_json(self) -> bytes:
        """Return the state as JSON text, without the detour over JSON values."""
        return msgspec.json.encode(self.machine.state)

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up a saved state; positions count again once they were read."""
        self.machine.load_state(state)

    @property
    def revision(self) -> int:
        """A number that grows with every change of the state."""
        return self.machine.revision

    def unverified(self) -> Mapping[str, str]:
        """Return the pairs with a leg whose position is not freshly known."""
        return self.machine.unverified()

    def report(self) -> Mapping[str, object]:
        """Return parameters, pairs, and what was made in three views."""
        given = {name: str(value) for name, value in self._parameters.items() if value is not None}
        return {"parameters": given, **arbitrage_report(self.machine)}
