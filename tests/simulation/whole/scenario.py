"""What happens in one run of the whole program, written out: a scenario is a file.

Instants are seconds from the beginning and money is USD. A seed only draws a scenario; whatever is
played, shrunk or kept is the scenario itself.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from tests.simulation.plan import Interleaving, Kill, Trouble


class Strategy(StrEnum):
    """What trades."""

    GRID = "grid"
    ARBITRAGE = "funding_arbitrage"


class Faults(StrEnum):
    """How much goes wrong."""

    NONE = "none"
    LIGHT = "light"
    """A fault now and then, and a death at most."""
    HEAVY = "heavy"
    """Faults that overlap, and several deaths."""


class ByHand(StrEnum):
    """What the user, or the venue, does at a market while the bot trades there."""

    HALT = "halt"
    """The market takes no orders for a while."""
    CLOSE = "close"
    """The user closes a part of what the bot holds."""
    CANCEL = "cancel"
    """The user cancels every order of the bot there."""


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happens past the bot."""

    kind: ByHand
    venue: str
    symbol: str
    at_s: float
    for_s: float = 0.0
    share: float = 1.0
    """Of what is held."""


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person tells a run while it lives: to close a symbol, or everything."""

    at_s: float
    symbol: str = ""
    """Empty for everything: then the run ends, and stays halted."""
    for_s: float = 0.0
    """After how long entries are let go on."""


class Holding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A position of the user's own in a market that the run may trade, from before it began."""

    venue: str
    symbol: str
    usd: float
    """Signed."""


class Serving(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a funding rate service is run beside the bot, which asks it for rates."""

    period_s: float = 60.0
    """How often it asks each venue."""
    stale_s: float = 300.0
    """From which age on it says that a rate is old."""
    down: tuple[tuple[float, float], ...] = ()
    """When it is not there: from when, for how long."""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole run."""

    seed: int
    """Of markets, and of what the processes themselves draw."""
    strategy: Strategy
    venues: tuple[str, ...]
    symbols: tuple[str, ...] = ("BTC",)
    """What is traded; the first is a grid's."""
    troubles: tuple[Trouble, ...] = ()
    happenings: tuple[Happening, ...] = ()
    kills: tuple[Kill, ...] = ()
    stops: tuple[float, ...] = ()
    """When whoever lives gets a SIGTERM, as before an upgrade; another one is begun then."""
    commands: tuple[Command, ...] = ()
    """What a person tells whoever lives."""
    chaos_s: float = 3600.0
    """Until when there is trouble."""
    quiet_s: float = 720.0
    """How long it goes on after that."""
    updates_per_s: float = 0.25
    """How often each book changes: faults need time, not data."""
    latency_ms: int = 2
    lag_s: float | None = None
    """By how much the venues' lists trail; None is what is usual there."""
    power: bool = False
    """Whether each record is written through to the disk."""
    dry: bool = False
    """Whether it only decides, and sends nothing."""
    rests: int = 0
    """How many orders of the user rest at each venue, far from the market."""
    held: tuple[Holding, ...] = ()
    """What the user holds in markets that are traded; no run is asked to take it over."""
    most_usd: str = "165"
    """The most that an order opens, or that a leg holds."""
    serving: Serving | None = None
    """Of whom rates are asked; None asks the venues themselves."""
    sockets: bool = False
    """Whether orders go over a WebSocket where a venue takes them so."""
    rebates: tuple[str, ...] = ()
    """Venues that pay who rests in the book."""
    coins: tuple[str, ...] = ()
    """Venues whose fees are paid in a coin of their own."""
    settings: dict[str, str] = {}
    """What else the configuration says, by its keys."""
    interleaving: Interleaving = Interleaving.EXACT
    why: str = ""
    """Of a scenario that is kept: what it once found."""

    @property
    def end_s(self) -> float:
        """When the run is stopped."""
        return self.chaos_s + self.quiet_s


def encode(scenario: Scenario) -> str:
    """Return a scenario as a file holds it."""
    return msgspec.json.format(msgspec.json.encode(scenario), indent=1).decode() + "\n"


def load(path: Path) -> Scenario:
    """Read a scenario.

    Raises:
        msgspec.ValidationError: the file is none; says where.
    """
    return msgspec.json.decode(path.read_bytes(), type=Scenario)
