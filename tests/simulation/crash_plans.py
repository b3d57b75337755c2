"""Executions that are interrupted at each of their effects: short plans in which little moves."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.plan import HALT, Move, Own, Plan, Round, Trouble, Wish

OPEN_S, CLOSE_S, HEAL_S = 3.0, 6.0, 9.0
SIZE = 4
"""Of the first leg, in thousandths of BTC."""
BEFORE_S = OPEN_S - 0.2


def _wishes(
    *venues: str, away_bp: float | None = None, post_only: bool = False
) -> tuple[Wish, ...]:
    """Return legs that even out; only the first one has a price of its own."""
    first, *others = venues
    each = f"-{SIZE / len(others) / 1000:.3f}"
    leading = Wish(first, f"{SIZE / 1000:.3f}", away_bp, post_only)
    return (leading, *(Wish(venue, each) for venue in others))


def _plan(
    *venues: str,
    away_bp: float | None = None,
    rollback: bool = True,
    check: bool = True,
    troubles: tuple[Trouble, ...] = (),
    moves: tuple[Move, ...] = (),
    own: tuple[Own, ...] = (),
    power: bool = False,
    leverage: str | None = None,
    sockets: bool = False,
) -> Plan:
    wishes = _wishes(*venues, away_bp=away_bp)
    return Plan(
        seed=1,
        venues=venues,
        rounds=(
            Round(OPEN_S, wishes, rollback=rollback, check=check),
            Round(CLOSE_S, rollback=rollback, check=check),
        ),
        troubles=troubles,
        moves=moves,
        own=own,
        heal_s=HEAL_S,
        power=power,
        leverage=leverage,
        sockets=sockets,
    )


def _lost(kind: str, venue: str) -> tuple[Trouble, ...]:
    return (Trouble(kind, venue, BEFORE_S, 2.0, "create", times=1),)


CRASH_PLANS: Mapping[str, Plan] = {
    "at market": _plan("paper", "grvt"),
    "at market, chains": _plan("lighter", "paradex"),
    "three legs": _plan("okx", "binance", "bybit"),
    "limit orders": _plan("aster", "edgex", away_bp=5.0),
    "an answer is lost": _plan("lighter", "okx", troubles=_lost("rp.drop", "lighter")),
    "a request is lost": _plan("backpack", "bybit", troubles=_lost("rq.drop", "backpack")),
    "a leg is refused": _plan(
        "grvt",
        "aster",
        check=False,
        troubles=(Trouble(HALT, "aster", BEFORE_S, 2.0),),
    ),
    "a thin book": _plan("edgex", "backpack", moves=(Move("backpack", 1.0, bid=0.001, ask=0.001),)),
    "the user holds and rests": _plan(
        "binance", "lighter", own=(Own("binance", 2, "1.5", "0.05"),)
    ),
    "finished, never undone": _plan("paradex", "okx", rollback=False),
    "written through": _plan("bybit", "grvt", power=True),
    "two accounts": _plan("paper", "paper2"),
    "with leverage": _plan("binance", "backpack", leverage="3"),
    "orders over sockets": _plan("bybit", "okx", sockets=True),
    "an order's answer is cut": _plan(
        "binance",
        "okx",
        sockets=True,
        troubles=(Trouble("ws.cut", "binance", OPEN_S + 0.05, 1.0),),
    ),
    "frames are mute": _plan(
        "aster", "paper", troubles=(Trouble("ws.mute", "aster", BEFORE_S, 4.0),)
    ),
}
"""By what happens in them."""
