"""What the strategies hold and why they trade nothing, each told by its own pure functions.

A strategy that is not listed here holds what its fills say, and explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from strategies.holdings import Explanation, StrategyHolding

if TYPE_CHECKING:
    from database.projection import Told
    from database.run_identity import RunIdentity
    from strategies.base_strategy import BaseStrategy, MarketData

BOT_KEY = "bot"
EXECUTION_PREFIX = "execution/"
LEGS_PREFIX = "legs/"
UNDER_WAY = "under_way"


def holdings_of(strategy: str, state: Mapping[str, Any], symbol: str) -> list[StrategyHolding]:
    """Return what a strategy holds, from its saved state.

    Args:
        strategy: Its name.
        state: As it was saved.
        symbol: What its run trades, where that is one market.
    """
    view = _HOLDINGS.get(strategy)
    return [] if view is None else view(state, symbol)


def explain(strategy: BaseStrategy, quote: MarketData | None) -> Sequence[Explanation]:
    """Return what stands before an entry of a strategy at work; empty where it does not tell."""
    view = _EXPLANATIONS.get(strategy.get_strategy_name())
    return () if view is None else view(strategy, quote)


def told_by_states(run: RunIdentity, states: Mapping[str, str]) -> Told:
    """Return what entries of a run's journal mean, as rows of the store."""
    from database.projection import Told  # noqa: PLC0415  # brings SQLAlchemy, which reading need not

    told = Told()
    for key, text in states.items():
        if key == BOT_KEY:
            saved = msgspec.json.decode(text)["strategy"]
            told.strategy_state = msgspec.json.encode(saved).decode()
            for holding in holdings_of(run.strategy, saved, run.ticker):
                _tell_holding(told, holding)
        elif key.startswith(EXECUTION_PREFIX):
            told.executions.append(_order_execution(key.removeprefix(EXECUTION_PREFIX), text))
        elif key.startswith(LEGS_PREFIX):
            _tell_legs(told, key.removeprefix(LEGS_PREFIX), text)
    return told


def _tell_holding(told: Told, holding: StrategyHolding) -> None:
    told.positions.append(
        {
            "name": holding.name,
            "symbol": holding.symbol,
            "status": holding.status,
            "opened_ns": holding.opened_ns,
            "ended_ns": holding.ended_ns,
            "why": msgspec.json.encode(holding.why).decode(),
        }
    )
    told.legs += [
        {
            "name": holding.name,
            "venue": leg.venue,
            "contract_id": leg.contract_id,
            "side": leg.side.value,
            "target": leg.target,
            "quantity": leg.quantity,
            "cost": leg.cost,
        }
        for leg in holding.legs
    ]


def _order_execution(name: str, text: str) -> Mapping[str, object]:
    record = msgspec.json.decode(text)
    report = record.get("report")
    return {
        "execution_id": name,
        "kind": "order",
        "outcome": UNDER_WAY if report is None else report["outcome"],
        "started_ns": record["started_ns"],
        "record": text,
    }


def _tell_legs(told: Told, name: str, text: str) -> None:
    """Tell an execution of several legs, and what each of its orders was for."""
    record = msgspec.json.decode(text)
    told.executions.append(
        {
            "execution_id": name,
            "kind": "legs",
            "outcome": record.get("outcome") or UNDER_WAY,
            "started_ns": record["started_ns"],
            "record": text,
        }
    )
    told.names += [
        {
            "venue": leg["venue"],
            "client_order_id": order["client_order_id"],
            "key": name,
            "purpose": order["job"],
        }
        for leg, state in zip(record["plan"]["legs"], record["legs"], strict=True)
        for order in state["orders"]
    ]


def _grid_holdings(state: Mapping[str, Any], symbol: str) -> list[StrategyHolding]:
    from strategies.implementations.grid import explaining  # noqa: PLC0415  # one strategy's alone

    # The two kinds of grid save different states; only a range has cells.
    held = explaining.held_by_range if "cells" in state else explaining.held_by_cycles
    return held(state, symbol)


def _arbitrage_holdings(state: Mapping[str, Any], symbol: str) -> list[StrategyHolding]:
    from strategies.implementations.funding_arbitrage.explaining import (  # noqa: PLC0415  # as above
        held_pairs,
    )

    del symbol
    return held_pairs(state)


def _explain_grid(strategy: BaseStrategy, quote: MarketData | None) -> Sequence[Explanation]:
    from strategies.implementations.grid.strategy import GridStrategy  # noqa: PLC0415  # as above

    assert isinstance(strategy, GridStrategy), "it is registered by this name"
    return () if quote is None else strategy.machine.explain(quote)


def _explain_arbitrage(strategy: BaseStrategy, quote: MarketData | None) -> Sequence[Explanation]:
    from strategies.implementations.funding_arbitrage.explaining import (  # noqa: PLC0415  # as above
        explain_pairs,
    )
    from strategies.implementations.funding_arbitrage.strategy import (  # noqa: PLC0415  # as above
        FundingArbitrageStrategy,
    )

    del quote
    assert isinstance(strategy, FundingArbitrageStrategy), "it is registered by this name"
    return explain_pairs(strategy.machine)


_HOLDINGS: Mapping[str, Callable[[Mapping[str, Any], str], list[StrategyHolding]]] = {
    "funding_arbitrage": _arbitrage_holdings,
    "grid": _grid_holdings,
}
_EXPLANATIONS: Mapping[str, Callable[[BaseStrategy, MarketData | None], Sequence[Explanation]]] = {
    "funding_arbitrage": _explain_arbitrage,
    "grid": _explain_grid,
}
