"""What happens in a soak: one run over weeks, with little trouble and often, and nobody's halt.

Each day has its troubles, drawn from a stream of its own, so that a longer soak begins as a shorter
one does. What is drawn lets the run go on: it is to show what grows, not what is survived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange_clients.shared.clock import Rng
from tests.simulation.plan import Kill, Trouble
from tests.simulation.troubles import log_uniform, pick
from tests.simulation.whole.scenario import ByHand, Happening, Scenario, Strategy
from venue_simulators.catalogue import VENUES

DAY_S = 86_400.0
LIFE_DAYS = 5.0
"""After how many days a process dies: what it holds is watched for three once it is warm."""
QUIET_S = 120.0
TROUBLE_EVERY_S = 5_400.0
"""Mean time between two troubles of a soak."""
BY_HAND_EVERY_S = 6 * 3_600.0
GRID_SYMBOL = "SOL"
PAIR_SYMBOLS = ("BTC", "SOL")
KINDS: Sequence[tuple[str, str, int]] = (
    ("ws.cut", "*", 0),
    ("ws.mute", "orders", 0),
    ("rp.drop", "create", 0),
    ("rp.drop", "cancel", 0),
    ("rq.drop", "*", 0),
    ("rp.status", "create", 429),
    ("rp.status", "*", 503),
    ("down", "*", 0),
)
"""Kind, what it befalls, and the status of an answer: reconnections, lost answers, refusals."""
LASTS_S = (0.5, 20.0)
ONCE = ("rp.drop", "rq.drop", "rp.status")
"""Troubles that befall a request or two."""


def soak_scenario(
    strategy: Strategy, seed: int, run_s: float, life_s: float = LIFE_DAYS * DAY_S
) -> Scenario:
    """Return a run over many days.

    Args:
        strategy: What trades.
        seed: Of markets and all draws; venues come round with it.
        run_s: How long it trades.
        life_s: How old each of its processes grows.
    """
    rng = Rng(seed, "soak")
    grid = strategy is Strategy.GRID
    first = seed % len(VENUES)
    number = 1 if grid else 2
    venues = tuple(VENUES[(first + 4 * place) % len(VENUES)] for place in range(number))
    symbols = (GRID_SYMBOL,) if grid else PAIR_SYMBOLS
    return Scenario(
        seed=seed,
        strategy=strategy,
        venues=venues,
        symbols=symbols,
        chaos_s=run_s,
        quiet_s=QUIET_S,
        troubles=tuple(_troubles(rng.stream("troubles"), venues, run_s)),
        happenings=tuple(_by_hand(rng.stream("by hand"), venues, symbols, run_s)),
        kills=tuple(Kill(at_s=at_s) for at_s in _each(life_s, run_s)),
        latency_ms=5,
        most_usd="100",
        settings=_GRID if grid else _PAIRS,
    )


def _troubles(rng: Rng, venues: Sequence[str], run_s: float) -> Iterator[Trouble]:
    at_s, number = TROUBLE_EVERY_S, 0
    while at_s < run_s:
        number += 1
        one = rng.stream(str(number))
        kind, target, status = pick(one, KINDS)
        venue, for_s = pick(one, venues), round(log_uniform(one, *LASTS_S), 3)
        times = one.randint(1, 2) if kind in ONCE else None
        kinds = ("rq.drop", "ws.blackhole") if kind == "down" else (kind,)
        for each in kinds:
            yield Trouble(each, venue, round(at_s, 3), for_s, target, times=times, status=status)
        at_s += one.uniform(0.2, 1.8) * TROUBLE_EVERY_S


def _by_hand(
    rng: Rng, venues: Sequence[str], symbols: Sequence[str], run_s: float
) -> Iterator[Happening]:
    """Yield what the user does: a grid enters nothing more after a close, so it has none."""
    kinds = (ByHand.CANCEL,) if len(venues) == 1 else (ByHand.CANCEL, ByHand.CLOSE)
    for number, at_s in enumerate(_each(BY_HAND_EVERY_S, run_s)):
        one = rng.stream(str(number))
        share = pick(one, (1.0, 0.5))
        yield Happening(pick(one, kinds), pick(one, venues), pick(one, symbols), at_s, share=share)


def _each(every_s: float, run_s: float) -> Iterator[float]:
    """Yield the multiples of a span within a run."""
    at_s = every_s
    while at_s < run_s:
        yield at_s
        at_s += every_s


_GRID = {
    "strategy.take_profit": "0.04",
    "strategy.grid_step": "0.02",
    "strategy.direction": "buy",
    "strategy.order_notional_usd": "60",
    "strategy.max_orders": "40",
    "strategy.wait_time": "4",
    "strategy.entry_timeout_s": "5",
    # A price that has run off would leave nothing to do for days.
    "strategy.position_timeout_minutes": "30",
    "strategy.recovery_mode": "aggressive",
    "risk.emergency_loss_percent": "100",
}
_PAIRS = {
    # Rates of ten days pay for almost any pair, and pairs end within half an hour.
    "strategy.horizon_hours": "240",
    "strategy.max_break_even_hours": "240",
    "strategy.max_age_hours": "0.3",
    "strategy.cooldown_minutes": "1",
    "strategy.exit_wait_minutes": "1",
    "strategy.target_margin": "100",
    "strategy.max_leverage": "1",
    "execution.max_unhedged_usd": "200",
    "execution.survey_seconds": "20",
    "risk.emergency_loss_percent": "100",
}
