"""From a seed to a scenario: who trades where, and what goes wrong meanwhile.

A run enables a random third of the kinds of trouble (swarm testing). What no program could survive
is not drawn: each trouble ends, and what was acted on stays on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_clients.shared.clock import Rng
from tests.simulation.bursts import bursts
from tests.simulation.drawing import REBATING, kills_of
from tests.simulation.plan import HALT, Kill, Trouble
from tests.simulation.troubles import OF_BOOKS, TARGETS, log_uniform, pick, troubles_of
from tests.simulation.whole.beyond import belated, troubles_beyond, unpaid
from tests.simulation.whole.grids import ONE_WORD, GridKind, draw_grid, kind_of_grid
from tests.simulation.whole.scenario import (
    ByHand,
    Command,
    Faults,
    Happening,
    Holding,
    Scenario,
    Serving,
    Strategy,
)
from venue_simulators.catalogue import VENUES

CHAOS_S = 3600.0
"""Until when there is trouble."""
QUIET_SHARE = 0.2
QUIET_LEAST_S = 320.0
"""Everything has so long to agree, and to go on."""
CALM_S = 60.0
"""Nothing goes wrong before: a run that cannot start tells nothing."""
PAUSE_S: Mapping[Faults, float] = {Faults.LIGHT: 600.0, Faults.HEAVY: 75.0}
"""Mean time between the beginnings of two troubles of a run."""
DEATHS: Mapping[Faults, int] = {Faults.LIGHT: 1, Faults.HEAVY: 4}
OF_A_KIND = 5
"""How often a trouble beyond the network's comes in a run of heavy faults, at most."""
BURST_EVERY_S = 300.0
"""How often troubles come right behind one another, at most."""
STOP = "strategy.stop_price"
EFFECTS = 1500
"""A process that dies at an effect has had so many of them at most."""
NOT_DRAWN = (*OF_BOOKS, HALT, "kill")
"""Kinds that come by other rows here."""
TWO_SYMBOLS = (("BTC", "SOL"), ("BTC", "PEPE"), ("SOL", "PEPE"))
ONE_SYMBOL = (("BTC",), ("BTC",), ("PEPE",), ("SOL",))
"""What is traded; a unit of PEPE is a thousand tokens at most venues, and one at OKX."""
LEVERAGES = ("1", "2", "3", "5")
MARGIN_USD = 100
TAKING = ("v.take", "v.delisted")
"""Troubles after which nothing is left to close."""
COINS = ("binance",)
"""Venues that take their fees in a coin of their own where an account has chosen so."""
COIN_SHARE = 0.25
IMPATIENT_S = 1.0
"""Until a second SIGTERM, which ends a process at once."""
CLOSED_SHARE = 0.25
"""Of runs in which a person closes something, or everything."""
ALL_CLOSED_SHARE = 0.2
HELD_SHARE = 0.25
HELD_USD = (50.0, 2_000.0)
"""Of runs in which the user holds a position in a market that is traded, and its worth."""
AGAINST_SHARE = 0.25
"""Of grids among those, on whose other side it is."""
EMERGENCY_SHARE = 0.08
DRY_SHARE = 0.04
EMERGENCY_PERCENT = "0.03"
"""So little that fees come to it within the hour, where it is drawn."""


def draw_scenario(
    seed: int,
    faults: Faults = Faults.HEAVY,
    venues: int | None = None,
    chaos_s: float = CHAOS_S,
) -> Scenario:
    """Return the scenario of a seed.

    Args:
        seed: Of all draws; odd ones run a grid, even ones funding arbitrage.
        faults: How much goes wrong.
        venues: How many venues arbitrage runs on; two or three by the seed where None.
        chaos_s: For how long.
    """
    rng = Rng(seed, "scenario")
    arbitrage = seed % 2 == 0 or venues is not None
    strategy = Strategy.ARBITRAGE if arbitrage else Strategy.GRID
    kind = None if arbitrage else kind_of_grid(rng.stream("kind"))
    number = venues or 2 + (rng.stream("number").random() < 0.4)
    if kind is not None:
        number = 2 if kind is GridKind.HEDGED else 1
    chosen = _venues(rng.stream("venues"), seed, number)
    symbols = pick(rng.stream("symbols"), TWO_SYMBOLS if arbitrage else ONE_SYMBOL)
    settings = _settings(rng.stream("settings"), kind, chosen, symbols)
    sudden, deaths = _bursts(rng.stream("bursts"), chosen, faults, chaos_s)
    rows = _troubles(rng.stream("troubles"), chosen, faults, chaos_s)
    if not arbitrage and _of_one_word(chosen):
        rows = tuple(row for row in rows if row.kind not in TAKING)
    troubles = [*rows, *sudden]
    happenings = _happenings(rng.stream("by hand"), kind, chosen, symbols, (faults, chaos_s))
    # A range that is stopped forgets the cells that another hand has closed; what its fills say
    # then is accepted by a person.
    taken = _taken(troubles, happenings)
    goes_on = kind is not GridKind.RANGE or not taken
    return Scenario(
        seed=seed,
        strategy=strategy,
        venues=chosen,
        symbols=symbols,
        chaos_s=chaos_s,
        quiet_s=max(chaos_s * QUIET_SHARE, QUIET_LEAST_S),
        troubles=tuple(sorted(troubles, key=lambda each: each.at_s)),
        happenings=happenings,
        kills=(*deaths, *_kills(rng.stream("kills"), faults, chaos_s)),
        stops=_stops(rng.stream("stops"), faults, chaos_s) if goes_on else (),
        commands=_commands(rng.stream("commands"), symbols, faults, chaos_s),
        latency_ms=round(log_uniform(rng.stream("latency"), 1, 80)),
        lag_s=pick(rng.stream("lag"), (None, None, 0.0, 1.0)),
        power=rng.stream("power").random() < 0.3,
        dry=rng.stream("dry").random() < DRY_SHARE,
        # Where a side of the book is gone the user's own order is the best one: no stop's business.
        rests=0 if STOP in settings else rng.stream("rests").randint(0, 3),
        held=_held(rng.stream("held"), settings, chosen, symbols, taken=taken),
        most_usd=_most_usd(settings),
        serving=_serving(rng.stream("serving"), faults, chaos_s) if arbitrage else None,
        sockets=rng.stream("sockets").random() < 0.5,
        rebates=tuple(each for each in REBATING if rng.stream(f"rebate {each}").random() < 0.5),
        coins=tuple(each for each in COINS if rng.stream(f"coin {each}").random() < COIN_SHARE),
        settings=settings,
    )


def _venues(rng: Rng, seed: int, number: int) -> tuple[str, ...]:
    """Return venues; the first comes round with the seeds, so that none is seldom there."""
    left = list(VENUES)
    chosen = [left.pop(seed // 2 % len(VENUES))]
    while len(chosen) < number:
        chosen.append(left.pop(rng.randint(0, len(left) - 1)))
    return tuple(chosen)


def _troubles(
    rng: Rng, venues: Sequence[str], faults: Faults, chaos_s: float
) -> tuple[Trouble, ...]:
    if faults is Faults.NONE:
        return ()
    heavy = faults is Faults.HEAVY
    kinds = [
        kind
        for kind in TARGETS
        if kind not in NOT_DRAWN and rng.stream(f"kind {kind}").random() < 1 / 3
    ]
    beyond = rng.stream("beyond")
    most = OF_A_KIND if heavy else 1
    rows = list(troubles_beyond(beyond, venues, CALM_S, chaos_s, most))
    rows += unpaid(rng.stream("unpaid"), venues, CALM_S, chaos_s, most)
    rows += belated(rng.stream("belated"), venues, CALM_S, chaos_s, most)
    at_s, number = CALM_S, 0
    while at_s < chaos_s and kinds:
        number += 1
        one = rng.stream(f"trouble {number}")
        rows += troubles_of(pick(one, kinds), one, venues, (at_s,), chaos_s)
        at_s += one.uniform(0.2, 1.8) * PAUSE_S[faults]
    return tuple(rows)


def _bursts(
    rng: Rng, venues: Sequence[str], faults: Faults, chaos_s: float
) -> tuple[list[Trouble], list[Kill]]:
    if faults is not Faults.HEAVY or chaos_s < 2 * CALM_S:
        return [], []
    most = max(round(chaos_s / BURST_EVERY_S), 1)
    instants = [rng.stream(str(each)).uniform(CALM_S, chaos_s) for each in range(most)]
    rows, deaths = bursts(rng, venues, instants, chaos_s, most)
    return rows, deaths[: DEATHS[faults]]


def _happenings(
    rng: Rng,
    grid: GridKind | None,
    venues: Sequence[str],
    symbols: Sequence[str],
    extent: tuple[Faults, float],
) -> tuple[Happening, ...]:
    faults, chaos_s = extent
    if faults is Faults.NONE:
        return ()
    kinds = tuple(ByHand) if grid is None else _of_grids(venues)
    number = rng.randint(0, 1 if faults is Faults.LIGHT else 4)
    return tuple(
        Happening(
            pick(rng, kinds),
            pick(rng, venues),
            pick(rng, symbols),
            round(rng.uniform(CALM_S, chaos_s), 3),
            round(log_uniform(rng, 1, 120), 3),
            pick(rng, (1.0, 0.5)),
        )
        for _ in range(number)
    )


def _of_grids(venues: Sequence[str]) -> tuple[ByHand, ...]:
    """Return what a user does to a grid: it enters nothing after a close, so that is seldom."""
    seldom = () if _of_one_word(venues) else (ByHand.CLOSE,)
    return (ByHand.HALT, ByHand.CANCEL) * 2 + seldom


def _of_one_word(venues: Sequence[str]) -> bool:
    return any(venue in ONE_WORD for venue in venues)


def _kills(rng: Rng, faults: Faults, chaos_s: float) -> tuple[Kill, ...]:
    if faults is Faults.NONE or rng.stream("any").random() < 0.3:
        return ()
    return kills_of(rng, chaos_s, DEATHS[faults], EFFECTS)


def _taken(troubles: Sequence[Trouble], happenings: Sequence[Happening]) -> bool:
    """Tell whether another hand may close what is held."""
    by_venue = any(row.kind in TAKING for row in troubles)
    return by_venue or any(each.kind is ByHand.CLOSE for each in happenings)


def _stops(rng: Rng, faults: Faults, chaos_s: float) -> tuple[float, ...]:
    """Return when a process is told to stop; at times once more, as by who has no patience."""
    if faults is not Faults.HEAVY or rng.stream("any").random() >= 1 / 3:
        return ()
    first = [round(rng.uniform(CALM_S, chaos_s), 3) for _ in range(rng.randint(1, 2))]
    again = [each + IMPATIENT_S for each in first if rng.random() < 0.3]
    return tuple(sorted([*first, *again]))


def _commands(
    rng: Rng, symbols: Sequence[str], faults: Faults, chaos_s: float
) -> tuple[Command, ...]:
    """Return what a person tells the bot: to close a symbol for a while, at times to end it all."""
    if faults is not Faults.HEAVY or rng.stream("any").random() >= CLOSED_SHARE:
        return ()
    if rng.random() < ALL_CLOSED_SHARE:
        return (Command(round(rng.uniform(chaos_s / 2, chaos_s), 3)),)
    at_s = round(rng.uniform(CALM_S, chaos_s), 3)
    for_s = min(log_uniform(rng, 20, 600), max(chaos_s - at_s, 0.0))
    return (Command(at_s, pick(rng, symbols), round(for_s, 3)),)


def _serving(rng: Rng, faults: Faults, chaos_s: float) -> Serving | None:
    """Return how rates are served, in half of the runs; it is down at times like all else."""
    if rng.random() < 0.5:
        return None
    number = 0 if faults is Faults.NONE else rng.randint(0, 4)
    begins_s = sorted(round(rng.uniform(CALM_S, chaos_s), 3) for _ in range(number))
    ends_s = [*begins_s[1:], chaos_s]
    down = [
        (begin_s, round(min(log_uniform(rng, 1, 600), (end_s - begin_s) * 0.9), 3))
        for begin_s, end_s in zip(begins_s, ends_s, strict=False)
    ]
    return Serving(pick(rng, (30.0, 60.0)), pick(rng, (120.0, 300.0)), tuple(down))


def _held(
    rng: Rng,
    settings: Mapping[str, str],
    venues: Sequence[str],
    symbols: Sequence[str],
    *,
    taken: bool,
) -> tuple[Holding, ...]:
    """Return what the user holds where the run trades: pairs stay away, a grid stands beside it.

    Where that is on the other side than the grid opens on, it enters nothing, since one account
    nets all of a market; nor does it hedge where a hedge would take of it. What is taken of both is
    nobody's in particular.
    """
    if rng.random() >= HELD_SHARE:
        return ()
    usd = round(log_uniform(rng, *HELD_USD), 2)
    way = settings.get("strategy.direction") or settings.get("strategy.side")
    if way is None:
        sign = pick(rng, (1, -1))
        return (Holding(pick(rng, venues), pick(rng, symbols), sign * usd),)
    if taken:
        return ()
    beside = rng.random() >= AGAINST_SHARE
    signed = usd if beside is (way in ("buy", "long")) else -usd
    return (Holding(pick(rng, venues), symbols[0], signed),)


def _settings(
    rng: Rng, grid: GridKind | None, venues: Sequence[str], symbols: Sequence[str]
) -> dict[str, str]:
    """Return what a configuration says beyond who trades what where."""
    settings = {"execution.survey_seconds": str(rng.randint(5, 30))}
    if rng.stream("emergency").random() < EMERGENCY_SHARE:
        settings["risk.emergency_loss_percent"] = EMERGENCY_PERCENT
    own = _arbitrage(rng) if grid is None else draw_grid(rng, grid, venues[0], symbols[0])
    return {**settings, **own}


def _most_usd(settings: Mapping[str, str]) -> str:
    """Return what an order of a grid, or a leg of a pair, is worth at most (USD)."""
    entry = settings.get("strategy.order_notional_usd")
    return entry or str(MARGIN_USD * int(settings["strategy.max_leverage"]))


def _arbitrage(rng: Rng) -> dict[str, str]:
    leverage = pick(rng, LEVERAGES)
    return {
        # Rates of ten days pay for almost any pair, and pairs end within the hour.
        "strategy.horizon_hours": "240",
        "strategy.max_break_even_hours": "240",
        "strategy.max_age_hours": str(round(log_uniform(rng, 0.05, 0.6), 3)),
        "strategy.cooldown_minutes": str(round(log_uniform(rng, 0.2, 5), 2)),
        "strategy.exit_wait_minutes": "1",
        "strategy.target_margin": str(MARGIN_USD),
        "strategy.max_leverage": leverage,
        "execution.max_unhedged_usd": str(MARGIN_USD * int(leverage) * 2),
    }
