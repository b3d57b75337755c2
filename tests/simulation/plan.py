"""What happens in one simulated run, written out: a plan is a file, and a file is a run.

Instants are seconds from the beginning, sizes BTC or what is worth as much, and money is USD. A
seed only draws a plan; whatever is played, shrunk or kept as a regression is the plan itself. Each
row draws from a stream of its own, so that a row left out moves no other.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from tests.simulation.ruin import Ruin

HALT = "v.halt"
"""A fault of the market itself: it refuses every order. The others are those of the network."""
OVERFILL = "v.overfill"
"""One of the venue's engine: it fills an order beyond its size."""


class Interleaving(StrEnum):
    """In which order a process does what is due; ``interleaving`` says how."""

    EXACT = "exact"
    """At its instant, and what is due at one instant in the order of being asked for."""
    GRID = "grid"
    CHARGE = "charge"
    PCT = "pct"


class Moment(StrEnum):
    """Where in its last effect a process dies."""

    BEFORE = "before"
    """Nothing is written, or sent."""
    TORN = "torn"
    """A part of the record is on the disk; a request is not sent."""
    AFTER = "after"
    """It is written, or sent, and nothing was done about it yet."""


class Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One row: what befalls whom, when, for how long and how strongly."""

    kind: str
    venue: str
    at_s: float
    for_s: float
    target: str = "*"
    """A deed of the client (``create``), a channel of the venue (``fills``), or everything."""
    probability: float = 1.0
    times: int | None = None
    seconds: float | None = None
    status: int = 0
    strength: float | None = None
    """How strong it is where that is no matter of seconds: a share, a factor, hundredths of 1 %."""


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a venue's book shows from an instant on."""

    venue: str
    at_s: float
    shift_bp: float = 0.0
    """Of the mid price from where it began, in hundredths of a percent."""
    bid: float = 5.0
    """What is bid near the mid; with nothing there the next bid is far away."""
    ask: float = 5.0


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the user holds, past the bot, before it begins: none of its business."""

    venue: str
    rests: int = 0
    """How many orders of the user rest far from the market."""
    eth: str = "0"
    """Signed position of another market."""
    btc: str = "0"
    """Signed position of the market that is traded, on the side of the first leg there."""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One leg of an execution: positive buys."""

    venue: str
    size: str
    away_bp: float | None = None
    """Of a limit price beyond the touch (negative rests in the book); None is a market order."""
    post_only: bool = False


class Round(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One execution that opens, or without wishes one that closes what is held."""

    at_s: float
    wishes: tuple[Wish, ...] = ()
    rollback: bool = True
    check: bool = True
    """Whether markets and accounts are checked first."""


class Kill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The end of a process: at one of its effects, or at an instant; the next follows."""

    effect: int | None = None
    """Of the writes and sendings since the process was armed: the number of the last."""
    at_s: float | None = None
    moment: Moment = Moment.BEFORE
    arrives: bool = True
    """Whether what was on its way to venues still arrives."""
    torn: float | None = None
    """Of a torn record: how much of it is on the disk, from 0 to 1; drawn where None."""
    down_s: float = 1.0
    """Until the next process begins."""


class Failure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong with one effect of the first process, which lives on."""

    effect: int
    """Of the writes and sendings since the process was armed: its number."""
    how: Ruin


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole run."""

    seed: int
    """Of what the processes themselves draw: names, jitter, entropy."""
    venues: tuple[str, ...]
    rounds: tuple[Round, ...]
    troubles: tuple[Trouble, ...] = ()
    moves: tuple[Move, ...] = ()
    kills: tuple[Kill, ...] = ()
    failure: Failure | None = None
    own: tuple[Own, ...] = ()
    heal_s: float = 60.0
    """When every trouble ends at the latest."""
    power: bool = False
    """Whether each record is written through to the disk."""
    latency_ms: int = 2
    lag_s: float | None = None
    """By how much the venues' lists trail; None is what is usual there."""
    balance: str = "100000"
    leverage: str | None = None
    """Asked for with every leg; None takes what is set."""
    symbol: str = "BTC"
    """What is traded. Of some others a unit is a thousand tokens at most venues, and one at OKX."""
    rebates: tuple[str, ...] = ()
    """Venues that pay who rests in the book."""
    sockets: bool = False
    """Whether orders go over a WebSocket where a venue takes them so."""
    begin_s: float = 60.0
    """After the hour: funding is paid on the hour."""
    interleaving: Interleaving = Interleaving.EXACT
    why: str = ""
    """Of a plan that is kept: what it once found."""


def encode(plan: Plan) -> str:
    """Return a plan as a file holds it."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1).decode() + "\n"


def load(path: Path) -> Plan:
    """Read a plan.

    Raises:
        msgspec.ValidationError: the file is no plan; says where.
    """
    return msgspec.json.decode(path.read_bytes(), type=Plan)
