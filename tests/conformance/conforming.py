"""What a case must know of a venue: its words, its simulator, and what requests and frames mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from exchange_clients.base_models import ContractId, Market
from exchange_clients.shared.venue import Venue
from venue_simulators.fault_plan import Terms
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator


class Deed(Enum):
    """What a client asks of a venue, whatever the request looks like."""

    CREATE = "create"
    CANCEL = "cancel"
    FIND = "find"
    """Each request by which one order is looked up."""
    ACTIVE = "active"
    FILLS = "fills"
    POSITIONS = "positions"
    BALANCE = "balance"
    BOOK = "book"
    MARKETS = "markets"
    PAYMENTS = "payments"
    """Each request by which funding that was paid is listed."""


class Body(Enum):
    """What a venue answers besides what was asked."""

    THROTTLED = "throttled"
    UNAUTHORISED = "unauthorised"
    FAILED = "failed"
    """A failure of its own, which some answer with status 200."""


class Channel(Enum):
    """What a stream tells, by a text that only its frames hold."""

    BOOK = "book"
    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"


@dataclass(frozen=True, slots=True)
class Conforming:
    """One venue and the facts that cases need."""

    name: str
    words: Venue
    build: Callable[[SimulatorOptions, float | None], VenueSimulator]
    """Returns a simulator whose lists trail what happens by so many seconds; None as is usual."""
    markets: Mapping[str, Market]
    """BTC, ETH and PEPE (by the thousand) as the simulator lists them."""
    deeds: Mapping[Deed, Terms]
    """Which requests do what: the terms by which faults and the request log find them."""
    channels: Mapping[Channel, Terms]
    """Which frames of the venue tell what."""
    acknowledges: bool = False
    """Whether the answer to a placement tells no verdict."""
    logs_in: bool = False
    book_subscription: str = ""
    """What a client's subscription of a book holds, and no other."""
    bodies: Mapping[Body, str] = field(default_factory=dict)
    """What the venue answers when it does not answer what was asked."""
    refusal_status: int | None = None
    """Of every refusal; None where it is HTTP's own for each."""
    order_socket: str = ""
    """The path of the socket that takes orders; empty where there is none."""
    login: Terms | None = None
    """Which request logs in; None where no request does."""
    session_hours: float = 1.0
    """How long a login, or a token, lasts; any while where there is none."""
    funding_hours: int = 1
    """How often funding of BTC is settled."""
    funding_accrues: bool = False
    """Whether it grows by the second instead, and is paid when the position changes."""
    order_days: float | None = None
    """After how long the venue ends an order of ours that rests; None where it rests for ever."""
    used_up: Mapping[str, str] = field(default_factory=dict)
    """The headers of an answer by which nine tenths of the budget of reads are used."""
    fills_page: int = 1000
    """The most fills that one answer holds."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Contract names as users of the venue write them, with the plain symbol of each."""

    @property
    def btc(self) -> ContractId:
        """The contract that most cases trade."""
        return self.markets["BTC"].contract_id

    @property
    def eth(self) -> ContractId:
        """A second contract."""
        return self.markets["ETH"].contract_id
