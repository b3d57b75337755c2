"""What an execution of several legs is asked for, and the plan that is made of it.

Quantities are in base units of each leg's market; *tokens* are quantity times the market's
multiplier, which is what legs of different venues have in common. Money is USD, spans are seconds.
A plan is written into the record of its execution, so its values are plain structs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ZERO, ContractId, Side, Symbol


@dataclass(frozen=True, slots=True)
class LegRequest:
    """One leg as a caller wants it."""

    venue: str
    symbol: Symbol
    side: Side
    quantity: Decimal
    """In base units of this venue's market: 84 of 1000PEPE are 84,000 tokens."""
    price: Decimal | None = None
    """Of a limit order (USD); None takes what the book offers, within the venue's bound."""
    post_only: bool = False
    reduce_only: bool = False
    """Whether the leg closes what is held; such a leg is finished, never undone."""
    whole: bool = False
    """Whether it closes all that is to be closed there, to the last step: legs of which one was
    taken in part by its venue, or by a hand, are not as large as each other."""
    leverage: Decimal | None = None
    """Set and read back before anything is sent; None changes nothing and counts as 1."""

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"quantity of {self.venue} must be above zero, got {self.quantity}")
        if self.price is not None and self.price <= 0:
            raise ValueError(f"price of {self.venue} must be above zero, got {self.price}")
        if self.post_only and self.price is None:
            raise ValueError(f"price of {self.venue} is missing: a post-only order needs one")
        if self.whole and not self.reduce_only:
            raise ValueError(f"whole of {self.venue} asks for reduce_only: it closes what is held")


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long each part of an execution may take (seconds), and how often it is tried."""

    open_s: float = 10.0
    """How long the first orders may rest while none has traded."""
    patience_s: float = 0.2
    """How long the other first orders may go on after the first fill."""
    cover_s: float = 5.0
    """How long after the first fill the legs may be uneven before it turns back."""
    unwind_s: float = 5.0
    """How long the way back takes at most while every venue answers."""
    give_up_s: float = 60.0
    """When a venue does not answer: how long after the first fill the call returns all the same."""
    rest_s: float = 2.0
    """How long an order that should trade at once may rest before it is cancelled."""
    pause_s: float = 0.25
    """Before the second try; it doubles with each further one, up to ``pause_max_s``."""
    pause_max_s: float = 2.0
    hedge_tries: int = 3
    """How many hedges of a leg in a row may trade nothing before it turns back."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, got {getattr(self, name)}")
        if self.patience_s >= self.cover_s:
            raise ValueError(
                f"patience_s must be below cover_s ({self.cover_s}), got {self.patience_s}"
            )
        if self.bound_s > self.give_up_s:
            raise ValueError(
                f"give_up_s must be at least cover_s + unwind_s ({self.bound_s}), "
                f"got {self.give_up_s}"
            )

    @property
    def bound_s(self) -> float:
        """How long after the first fill everything is hedged or undone, while venues answer."""
        return self.cover_s + self.unwind_s


@dataclass(frozen=True, slots=True)
class LegLimits:
    """What an execution may risk, and what is asked of each market before it begins."""

    max_unhedged_usd: Decimal = Decimal(5_000)
    max_unhedged_seconds: float = 30.0
    margin_buffer: Decimal = Decimal("0.05")
    """Margin that must be free beyond what is needed, as a fraction of it."""
    max_data_age_s: float = 5.0
    min_liquidation_distance: Decimal = Decimal("0.10")
    """Of the mark price to the liquidation price, as a fraction of the mark."""
    times: Times = field(default_factory=Times)
    edge_usd: Decimal = ZERO
    """What the whole execution is worth to the caller: what undoing it gives away."""
    price_gap_max: Decimal | None = None
    """How much more a token may cost than it brings (USD), hedges included; None: no bound."""


class Leg(msgspec.Struct, frozen=True):
    """One leg as it is carried out: on the market's grid, token-equal to the others."""

    venue: str
    contract_id: ContractId
    symbol: Symbol
    side: Side
    quantity: Decimal
    step: Decimal
    multiplier: Decimal
    min_size: Decimal
    min_notional: Decimal
    taker_fee: Decimal
    price: Decimal | None = None
    post_only: bool = False
    reduce_only: bool = False
    worst_price: Decimal | None = None
    """Of its hedges (USD); None takes what the book offers."""

    @property
    def tokens(self) -> Decimal:
        """What is wanted, in tokens."""
        return self.quantity * self.multiplier


class Plan(msgspec.Struct, frozen=True):
    """All that is decided before the first order is sent."""

    legs: tuple[Leg, ...]
    """The least likely to fill first: its order leaves first."""
    mids: tuple[Decimal, ...]
    """Of each leg's market when the plan was made (USD for one base unit)."""
    worst_unhedged_usd: Decimal
    """One side filled whole and the other not at all."""
    times: Times
    rollback: bool
    """Whether a part that cannot be finished is undone; else the legs are evened out."""
    edge_usd: Decimal = ZERO
    whole: bool = False
    """Whether each leg closes all that is held, however much that is; then what is left of them is
    what is unhedged, and nothing that can be ordered is left."""

    @property
    def worst_usd_seconds(self) -> Decimal:
        """The most that may be unhedged, USD times seconds, while every venue answers."""
        return self.worst_unhedged_usd * Decimal(str(self.times.bound_s))

    @property
    def closes(self) -> bool:
        """Whether the legs close what is held, so that there is no way back."""
        return any(leg.reduce_only for leg in self.legs)
