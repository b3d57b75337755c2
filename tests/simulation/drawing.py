"""From a seed to a plan: which venues, what is traded there, and what goes wrong meanwhile.

Each run enables a random third of the kinds of trouble and leaves the others out, because faults
that are always there hide those that need quiet (swarm testing). Lengths and strengths are drawn
log-uniformly. Within what no executor could survive nothing is drawn: each trouble ends, what was
written to the disk stays, and a venue that is down comes back.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.shared.clock import Rng
from tests.simulation.bursts import bursts
from tests.simulation.plan import Kill, Moment, Move, Own, Plan, Round, Wish
from tests.simulation.sites import FACTS, MID
from tests.simulation.troubles import (
    FIRST_S,
    OF_BOOKS,
    TARGETS,
    log_uniform,
    pick,
    troubles_of,
    window,
)

RUN_OFF_BP = 3_500.0
"""How far one venue's price runs off, up and then down, where a leg is to be liquidated."""
RUN_OFF_S = 3.0
LEVERAGE = "8"
"""Of a plan in which a leg is liquidated."""
EVERY_S = 4.0
"""Between two books of one venue."""
CALM_S = 20.0
"""After the last execution until every trouble ends."""
SYMBOLS = ("BTC", "PEPE", "BTC", "PEPE", "SOL")
"""What is traded, by how often."""
REBATING = ("aster", "binance")
"""Venues that pay some of their makers."""
BURSTS_MAX = 2
ODD_SHARE = 0.4
"""Of plans whose sizes are on the finest steps alone, and differ from leg to leg."""


def draw(seed: int) -> Plan:
    """Return the plan of a seed."""
    rng = Rng(seed, "plan")
    venues = _venues(rng.stream("venues"))
    rounds = _rounds(rng.stream("rounds"), venues)
    heal_s = rounds[-1].at_s + CALM_S
    kinds = [kind for kind in TARGETS if rng.stream(f"kind {kind}").random() < 1 / 3]
    starts = [each.at_s for each in rounds]
    squeezed = rng.stream("squeeze").random() < 0.06
    if squeezed:  # other troubles would mostly keep it from beginning
        kinds = [kind for kind in kinds if rng.stream(f"with {kind}").random() < 0.3]
    troubles = [
        trouble
        for kind in kinds
        if kind not in (*OF_BOOKS, "kill")
        for number in range(rng.stream(f"count {kind}").randint(1, 3))
        for trouble in troubles_of(kind, rng.stream(f"{kind} {number}"), venues, starts, heal_s)
    ]
    sudden, deaths = bursts(rng.stream("bursts"), venues, starts, heal_s, BURSTS_MAX)
    if squeezed:
        sudden, deaths = [], []
    kills = kills_of(rng.stream("kills"), heal_s) if "kill" in kinds else ()
    return Plan(
        seed=seed,
        venues=venues,
        rounds=rounds,
        troubles=tuple(sorted([*troubles, *sudden], key=lambda each: each.at_s)),
        moves=_moves(rng.stream("moves"), venues, kinds, starts, heal_s, squeezed=squeezed),
        kills=(*deaths, *kills),
        own=() if squeezed else _own(rng.stream("own"), venues, rounds),
        heal_s=heal_s,
        power=rng.stream("power").random() < 0.5,
        latency_ms=round(log_uniform(rng.stream("latency"), 1, 120)),
        lag_s=pick(rng.stream("lag"), (None, None, 0.0, 1.0)),
        balance=_barely(rounds) if squeezed else "100000",
        leverage=LEVERAGE if squeezed else None,
        symbol=pick(rng.stream("symbol"), SYMBOLS),
        rebates=tuple(each for each in REBATING if rng.stream(f"rebate {each}").random() < 0.5),
        sockets=rng.stream("sockets").random() < 0.5,
        begin_s=3600 - heal_s / 2 if rng.stream("begin").random() < 0.3 else 60.0,
    )


def _venues(rng: Rng) -> tuple[str, ...]:
    """Return two venues or three; now and then two accounts of one."""
    left = list(FACTS)
    chosen = [left.pop(rng.randint(0, len(left) - 1))]
    if rng.random() < 0.05:
        return chosen[0], f"{chosen[0]}2"
    for _ in range(1 + (rng.random() < 0.25)):
        chosen.append(left.pop(rng.randint(0, len(left) - 1)))
    return tuple(chosen)


def _rounds(rng: Rng, venues: Sequence[str]) -> tuple[Round, ...]:
    """Return executions that open, each followed by one that closes."""
    rounds: list[Round] = []
    at_s = FIRST_S
    sign = pick(rng, (1, -1))
    for _ in range(rng.randint(1, 3)):
        rounds.append(
            Round(
                at_s,
                _wishes(rng, venues, sign),
                rollback=rng.random() < 0.8,
                check=rng.random() < 0.7,
            )
        )
        at_s += log_uniform(rng, 2, 30)
        if rng.random() < 0.8:
            rounds.append(Round(at_s))
            at_s += log_uniform(rng, 2, 30)
            sign = pick(rng, (1, -1))
    return tuple(rounds)


def _wishes(rng: Rng, venues: Sequence[str], sign: int) -> tuple[Wish, ...]:
    size = rng.randint(1, 15) * 200
    sizes = [size, -size] if len(venues) == 2 else [size, -size // 2, -size // 2]
    odd = rng.stream("odd")
    if odd.random() < ODD_SHARE:
        first = size + odd.randint(1, 99)
        sizes = [first, *(each * first // size + odd.randint(0, 1) for each in sizes[1:])]
    return tuple(
        _wish(rng, venue, f"{sign * each / 100_000:.5f}")
        for venue, each in zip(venues, sizes, strict=True)
    )


def _wish(rng: Rng, venue: str, size: str) -> Wish:
    style = rng.random()
    if style < 0.4:
        return Wish(venue, size)
    if style < 0.8:
        return Wish(venue, size, round(rng.uniform(1, 20), 1))
    return Wish(venue, size, -round(rng.uniform(0, 5), 1), post_only=style > 0.9)


def _moves(
    rng: Rng,
    venues: Sequence[str],
    kinds: Sequence[str],
    starts: Sequence[float],
    heal_s: float,
    *,
    squeezed: bool,
) -> tuple[Move, ...]:
    """Return what the books show: one price for all, with what happens to single ones."""
    calm = [round(number * EVERY_S, 3) for number in range(1, int((heal_s + 360) / EVERY_S))]
    prices = {at_s: 0.0 for at_s in calm}
    shift = 0.0
    for at_s in calm:
        shift += rng.uniform(-3, 3)
        prices[at_s] = round(shift, 2)
    moves = []
    for venue in venues:
        own = rng.stream(venue)
        basis = round(own.uniform(-5, 5), 2)
        mine = [Move(venue, at_s, round(price + basis, 2)) for at_s, price in prices.items()]
        for kind in (each for each in OF_BOOKS if each in kinds):
            mine = _happens(kind, own.stream(kind), mine, starts, heal_s)
        moves += mine
    if squeezed:
        moves = _squeeze(rng.stream("squeeze"), moves, venues, starts)
    return tuple(sorted(moves, key=lambda each: (each.at_s, each.venue)))


def _happens(
    kind: str, rng: Rng, moves: list[Move], starts: Sequence[float], heal_s: float
) -> list[Move]:
    """Return one venue's books with one of them changed for a while."""
    if rng.random() < 0.4:
        return moves
    at_s, for_s = window(rng, starts, heal_s)
    end_s = at_s + min(for_s, 40.0)
    sides = pick(rng, TARGETS[kind])
    shift = log_uniform(rng, 5, 300) * (1 if sides == "up" else -1) if kind == "jump" else 0.0
    size = {"gone": 0.0, "thin": round(log_uniform(rng, 0.001, 0.05), 3)}.get(kind, 5.0)
    before = max((each for each in moves if each.at_s <= at_s), key=lambda each: each.at_s)

    def changed(move: Move, instant_s: float) -> Move:
        bid = size if sides in ("bid", "both") else move.bid
        ask = size if sides in ("ask", "both") else move.ask
        return Move(move.venue, instant_s, round(move.shift_bp + shift, 2), bid, ask)

    inside = [changed(each, each.at_s) if at_s < each.at_s < end_s else each for each in moves]
    last = max((each for each in moves if each.at_s <= end_s), key=lambda each: each.at_s)
    back = Move(last.venue, round(end_s, 3), last.shift_bp, last.bid, last.ask)
    return sorted([*inside, changed(before, at_s), back], key=lambda each: each.at_s)


def _squeeze(
    rng: Rng, moves: Sequence[Move], venues: Sequence[str], starts: Sequence[float]
) -> list[Move]:
    """Let one venue's price run off for seconds: who is leveraged there is liquidated."""
    venue = pick(rng, venues)
    at_s = round(pick(rng, starts) + log_uniform(rng, 0.02, 4), 3)
    runs_off = [
        Move(venue, at_s, RUN_OFF_BP),
        Move(venue, at_s + RUN_OFF_S, -RUN_OFF_BP),
        Move(venue, at_s + 2 * RUN_OFF_S),
    ]
    end_s = runs_off[-1].at_s
    others = [each for each in moves if each.venue != venue or not at_s <= each.at_s <= end_s]
    return [*others, *runs_off]


def _barely(rounds: Sequence[Round]) -> str:
    """Return a balance (USD) that carries the largest leg with leverage, and little more."""
    largest = max(abs(float(wish.size)) for each in rounds for wish in each.wishes)
    return str(round(largest * float(MID) / float(LEVERAGE) * 1.3, 2))


def kills_of(rng: Rng, heal_s: float, most: int = 3, effects: int = 120) -> tuple[Kill, ...]:
    """Return one death or more, each at one of a process's first effects or at an instant."""
    kills = []
    for _ in range(rng.randint(1, most)):
        at_effect = rng.random() < 0.85
        kills.append(
            Kill(
                effect=round(log_uniform(rng, 1, effects)) if at_effect else None,
                at_s=None if at_effect else round(rng.uniform(FIRST_S, heal_s), 3),
                moment=pick(rng, tuple(Moment)),
                arrives=rng.random() < 0.7,
                down_s=round(log_uniform(rng, 0.2, 30), 3),
            )
        )
    return tuple(kills)


def _own(rng: Rng, venues: Sequence[str], rounds: Sequence[Round]) -> tuple[Own, ...]:
    """Return what the user holds; of the same market on the side on which the bot opens."""
    signs = {
        wish.venue: {
            each.size.startswith("-")
            for one in rounds
            for each in one.wishes
            if each.venue == wish.venue
        }
        for one in rounds
        for wish in one.wishes
    }
    owns = []
    for venue in venues:
        if rng.random() < 0.5:
            continue
        sides = signs.get(venue, set())
        btc = "0"
        if len(sides) == 1 and rng.random() < 0.5:
            btc = "-0.05" if True in sides else "0.05"
        owns.append(Own(venue, rng.randint(0, 4), pick(rng, ("0", "1.5", "-1.5")), btc))
    return tuple(owns)
