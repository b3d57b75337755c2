"""Which grids a run draws: what opens, what stops it, and how its cycles end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from exchange_clients.paper.sources.synthetic import SyntheticMarket
from exchange_clients.shared.clock import Rng
from tests.simulation.troubles import log_uniform, pick
from tests.support.venue_listings import listed_markets
from venue_simulators.options import SharedWorld


class GridKind(StrEnum):
    """What a grid does."""

    CYCLE = "cycle"
    RANGE = "fixed range"
    HEDGED = "cycles that a second venue hedges"


RANGE_SHARE = 0.25
"""Of grids that hold levels between two prices."""
HEDGED_SHARE = 0.12
"""Of grids whose old cycles are hedged on a second venue."""
EXTRA_SHARE = 0.25
"""Of grids that have an extra."""
CEILING_SHARE = 0.12
"""Of grids that have a ceiling, which ends a run for good."""
ONE_WORD = ("edgex", "paradex")
"""Venues that say the same of a close that they refuse and of one that they end later, because
nothing is left to close: the judge cannot compare the books of what was taken then."""
ORDER_USD = "150"
MOST_ORDERS = "40"
TRAIL_SHARE = 0.5
GAPS = (0.0002, 0.002)
"""Between two levels, as a part of the price."""
GAP_TICKS = 12
"""So many ticks are between two levels at least: a venue may make them ten times coarser."""
LIMITS_USD = {"range_take_profit_usd": (0.1, 5.0), "range_stop_loss_usd": (0.3, 15.0)}
"""Between which bounds a range's own limits are drawn."""


def kind_of_grid(rng: Rng) -> GridKind:
    """Draw what a grid does."""
    drawn = rng.random()
    if drawn < RANGE_SHARE:
        return GridKind.RANGE
    return GridKind.HEDGED if drawn < RANGE_SHARE + HEDGED_SHARE else GridKind.CYCLE


def draw_grid(rng: Rng, kind: GridKind, venue: str, symbol: str) -> dict[str, str]:
    """Return what the configuration of a grid says.

    Args:
        rng: Of all draws.
        kind: What it does.
        venue: Where it trades.
        symbol: What it trades.
    """
    listed = next(each for each in listed_markets(venue) if each.market.symbol == symbol)
    if kind is GridKind.RANGE:
        return _range(rng.stream("range"), listed, both_ways=venue not in ONE_WORD)
    if kind is GridKind.CYCLE:
        return _cycle(rng, listed.price)
    # A recovery that closes at market has nothing left to hedge.
    settings = _cycle(rng, SharedWorld(0, 0).market(listed).price, left_out=("boost", "timeout"))
    minutes = log_uniform(rng.stream("hedge"), 0.5, 6)
    return settings | {
        "strategy.position_timeout_minutes": f"{minutes:.2f}",
        "strategy.recovery_mode": "hedge",
    }


def _cycle(rng: Rng, begins_at: float, left_out: tuple[str, ...] = ()) -> dict[str, str]:
    """Draw one-sided cycles.

    Args:
        rng: Of all draws.
        begins_at: The market's price at the beginning.
        left_out: Extras that do not go with it.
    """
    side = pick(rng, ("buy", "sell"))
    settings = {
        "strategy.take_profit": "0.04",
        "strategy.grid_step": "0.02",
        "strategy.direction": side,
        "strategy.order_notional_usd": ORDER_USD,
        "strategy.max_orders": MOST_ORDERS,
        "strategy.wait_time": "4",
        "strategy.entry_timeout_s": "5",
        "strategy.exit_open_orders": pick(rng.stream("exit"), ("keep", "cancel")),
    }
    outward = 1 if side == "buy" else -1
    for name, extra in EXTRAS.items():
        one = rng.stream(name)
        if one.random() < EXTRA_SHARE and name not in left_out:
            settings |= {f"strategy.{key}": told for key, told in extra(one, begins_at, outward)}
    ceiling = rng.stream("ceiling")
    if ceiling.random() < CEILING_SHARE:
        settings["strategy.ceiling_price"] = _ceiling(ceiling, settings, begins_at, outward)
    return settings


def _ceiling(rng: Rng, settings: Mapping[str, str], price: float, outward: int) -> str:
    """Draw a ceiling that is reached within minutes, or hours; it lies beyond a pause."""
    paused_at = float(settings.get("strategy.pause_price", price))
    return f"{paused_at * (1 + outward * log_uniform(rng, 0.001, 0.02)):.10f}"


def _range(rng: Rng, listed: SyntheticMarket, *, both_ways: bool) -> dict[str, str]:
    """Draw levels about the price, and what moves, starts or stops the whole of them."""
    side = pick(rng, ("long", "long", "short", "short", "neutral" if both_ways else "long"))
    begins_at, (least, most) = listed.price, GAPS
    least = max(least, GAP_TICKS * float(listed.market.tick) / begins_at)
    levels, gap = rng.randint(3, 20), log_uniform(rng, least, most)
    width = gap * (levels - 1)
    lower = begins_at * (1 - width * rng.uniform(0.2, 0.8))
    upper = lower + begins_at * width
    settings = {
        "strategy.grid_kind": "fixed_range",
        "strategy.side": side,
        "strategy.levels": str(levels),
        "strategy.spacing": pick(rng, ("arithmetic", "geometric")),
        "strategy.lower_price": f"{lower:.10f}",
        "strategy.upper_price": f"{upper:.10f}",
        "strategy.order_notional_usd": ORDER_USD,
        "strategy.max_orders": MOST_ORDERS,
        "strategy.exit_open_orders": pick(rng, ("keep", "cancel")),
    }
    settings |= _trail(rng.stream("trail"), side, lower, upper)
    return settings | _limits(rng.stream("limits"), side, (lower, upper), begins_at)


def _trail(rng: Rng, side: str, lower: float, upper: float) -> dict[str, str]:
    """Let some ranges follow the price, the way in which their cells empty."""
    if rng.random() >= TRAIL_SHARE:
        return {}
    way = {"long": "up", "short": "down"}.get(side) or pick(rng, ("up", "down"))
    far = log_uniform(rng, 0.002, 0.03)
    price = upper * (1 + far) if way == "up" else lower * (1 - far)
    return {f"strategy.trail_{way}_to": f"{price:.10f}"}


def _limits(rng: Rng, side: str, edges: tuple[float, float], begins_at: float) -> dict[str, str]:
    """Draw what ends the whole range, and what begins it."""
    settings = {}
    for name, bounds in LIMITS_USD.items():
        one = rng.stream(name)
        if one.random() < EXTRA_SHARE:
            settings[f"strategy.{name}"] = f"{log_uniform(one, *bounds):.2f}"
    stop = rng.stream("stop")
    if side != "neutral" and stop.random() < EXTRA_SHARE:
        edge, outward = (edges[0], -1) if side == "long" else (edges[1], 1)
        at = edge * (1 + outward * log_uniform(stop, 0.0005, 0.02))
        settings["strategy.stop_price"] = f"{at:.10f}"
        settings["strategy.rearm"] = pick(stop, ("true", "false"))
    trigger = rng.stream("trigger")
    if trigger.random() < EXTRA_SHARE / 2:
        way = pick(trigger, (1, -1)) * log_uniform(trigger, 0.0002, 0.004)
        settings["strategy.trigger_price"] = f"{begins_at * (1 + way):.10f}"
    return settings


def _stop(rng: Rng, price: float, outward: int) -> tuple[tuple[str, str], ...]:
    """Draw a stop that is reached within minutes, or hours."""
    at = price * (1 - outward * log_uniform(rng, 0.001, 0.02))
    return ("stop_price", f"{at:.10f}"), ("rearm", pick(rng, ("true", "false")))


def _pause(rng: Rng, price: float, outward: int) -> tuple[tuple[str, str], ...]:
    return (("pause_price", f"{price * (1 + outward * log_uniform(rng, 0.0005, 0.01)):.10f}"),)


def _stop_loss(rng: Rng, price: float, outward: int) -> tuple[tuple[str, str], ...]:
    del price, outward
    return (("stop_loss_pct", f"{log_uniform(rng, 0.05, 1):.3f}"),)


def _boost(rng: Rng, price: float, outward: int) -> tuple[tuple[str, str], ...]:
    del rng, price, outward
    return (("boost", "true"),)


def _timeout(rng: Rng, price: float, outward: int) -> tuple[tuple[str, str], ...]:
    del price, outward
    minutes = f"{log_uniform(rng, 0.5, 20):.2f}"
    return ("position_timeout_minutes", minutes), ("recovery_mode", "aggressive")


EXTRAS: Mapping[str, Callable[[Rng, float, int], tuple[tuple[str, str], ...]]] = {
    "stop": _stop,
    "pause": _pause,
    "stop loss": _stop_loss,
    "boost": _boost,
    "timeout": _timeout,
}
"""By what they are."""
