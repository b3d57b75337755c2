"""Which grids a run draws: what opens, what stops it, and how its cycles end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exchange_clients.shared.clock import Rng
from tests.simulation.troubles import log_uniform, pick
from tests.support.venue_listings import listed_markets

EXTRA_SHARE = 0.25
"""Of grids that have an extra."""


def draw_grid(rng: Rng, venue: str, symbol: str) -> dict[str, str]:
    """Return what the configuration of a grid says.

    Args:
        rng: Of all draws.
        venue: Where it trades.
        symbol: What it trades.
    """
    side = pick(rng, ("buy", "sell"))
    settings = {
        "strategy.take_profit": "0.04",
        "strategy.grid_step": "0.02",
        "strategy.direction": side,
        "strategy.order_notional_usd": "150",
        "strategy.max_orders": "40",
        "strategy.wait_time": "4",
        "strategy.entry_timeout_s": "5",
        "strategy.exit_open_orders": pick(rng.stream("exit"), ("keep", "cancel")),
    }
    listed = listed_markets(venue)
    begins_at = next(each.price for each in listed if each.market.symbol == symbol)
    outward = 1 if side == "buy" else -1
    for name, extra in EXTRAS.items():
        one = rng.stream(name)
        if one.random() < EXTRA_SHARE:
            settings |= {f"strategy.{key}": told for key, told in extra(one, begins_at, outward)}
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
