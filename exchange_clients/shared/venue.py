"""The vocabularies of a venue, and the record that gathers them.

Each vocabulary is a small Protocol of pure functions that return flows. What a venue cannot do is a
Protocol that its vocabulary does not implement: ``client.supports`` asks ``isinstance``, so nothing
is promised that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

from exchange_clients import base_models
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import (
    ClientIdSpace,
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    Feature,
    Fill,
    NewOrder,
    OrderInfo,
    Symbol,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable, VoidedFill
from exchange_clients.shared.client.gateway import Lookup
from exchange_clients.shared.credentials import CredentialField, Credentials
from exchange_clients.shared.entry import EntryWords
from exchange_clients.shared.flow import Flow, Request, Response
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.signing import Seal, Session, Signer
from exchange_clients.shared.stream import StreamWords

Candle: TypeAlias = base_models.Candle
Account: TypeAlias = Mapping[str, str]
"""The fields of the credentials that are no secret, by name."""
Rows: TypeAlias = Sequence[OrderInfo | Unreadable]
FillRows: TypeAlias = Sequence[Fill | Unreadable]
Rates: TypeAlias = Mapping[Symbol, FundingRateSample | Unreadable]
Stats: TypeAlias = Mapping[Symbol, MarketStats | Unreadable]


@dataclass(frozen=True, slots=True)
class Environment:
    """One deployment of a venue."""

    name: str
    """``"prod"``, ``"testnet"``, ``"demo"`` or ``"simulator"``."""
    urls: Mapping[str, str]
    """Base URL by service, without a trailing slash."""
    constants: Mapping[str, str]
    """What else differs: a signing chain's id."""
    fields: Sequence[CredentialField] = ()
    """Its credentials, where users hold them by other variables than those of the venue."""


@dataclass(frozen=True, slots=True)
class Funds:
    """An account's money in USD."""

    available: Decimal
    """For new orders."""
    equity: Decimal
    """Balance plus unrealised profit."""
    unrealised: Decimal
    collateral_price: Decimal | None = None
    """Of one unit of what is held, as the venue values it; None where it tells none."""


def lowest_price(held: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Return the lowest price of coins by their amounts and worths in USD.

    Of less than a whole unit the worth is rounded too much to tell a price. None: nothing is left.
    """
    return min((worth / amount for amount, worth in held if amount >= 1), default=None)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """What is known of an order that is looked up."""

    client_order_id: ClientOrderId
    contract_id: ContractId
    order_id: VenueOrderId | None = None
    """None while the venue's own name is not known."""
    reference: str = ""
    """What the signer said of its placement: a transaction hash."""
    placed_ns: int = 0
    """When its intent was recorded; lookups in the history begin before it."""


# Public -------------------------------------------------------------------------------------------


class MarketWords(Protocol):
    """The list of markets and their prices."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return every perpetual contract, tradable or not."""

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book, best first both sides, at least ``levels`` deep where it is so deep.

        ``last`` is the number that the stream's deltas continue, or STREAM_NUMBERED where the two
        cannot be joined. ``local_ns`` is 0: the caller knows it.
        """


@runtime_checkable
class CandleWords(Protocol):
    """Prices by interval; a part of ``MarketWords`` where the venue tells them."""

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles that begin in [start, end), oldest first; interval as ``"1m"``, ``"1h"``.

        Raises:
            ClientConfigError: the venue has no such interval; names those it has.
        """


@runtime_checkable
class HistoryWords(CandleWords, Protocol):
    """What was traded, trade by trade as well; where the venue lists trades."""

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest public trades, oldest first."""


@runtime_checkable
class TimeWords(Protocol):
    """What time it is at the venue; a part of ``MarketWords`` where the venue tells."""

    def server_time(self) -> Flow[int]:
        """Return the venue's time in nanoseconds since the epoch."""


class FundingWords(Protocol):
    """Public funding data. Rates are fractions per the venue's own interval.

    A row that cannot be read is ``Unreadable`` beside the others (``rows.read_rows``).
    """

    def rates(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Rates]:
        """Return the current rate of each contract that the venue tells one of."""

    def stats(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Stats]:
        """Return 24 h volume and one-sided open interest in USD of each contract."""


@runtime_checkable
class RateHistoryWords(Protocol):
    """Rates of the past; a part of ``FundingWords`` where the venue tells them."""

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates in [since, until), oldest first, every page.

        ``next_funding_time`` of each is the instant at which it was settled.
        """


# Private ------------------------------------------------------------------------------------------


class OrderWords(Protocol):
    """Orders of one account."""

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; PENDING where the answer is only an acknowledgement.

        ``order.price`` of a market order is the worst price to accept, where the venue says
        ``bounded_market_orders``; None otherwise.
        """

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; return the order as the answer shows it.

        Where the answer is only an acknowledgement, ``order`` is returned as it was given.
        """

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Look an order up in open orders, history, fills and by transaction.

        ProvenAbsent may be answered only on evidence that stays true; "not in any list" is
        NotYetKnown: the caller judges by the venue's visibility time.
        """

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return every open order of one contract, oldest first, to the last page."""

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first, to the last page."""


@runtime_checkable
class VoidWords(Protocol):
    """Fills that the venue has taken back; a part of ``OrderWords`` where it does that."""

    def voided(self, start_ns: int, end_ns: int) -> Flow[Sequence[VoidedFill | Unreadable]]:
        """Return which of the account's fills were voided in [start, end), to the last page."""


@runtime_checkable
class AmendWords(Protocol):
    """Changing a resting order in place."""

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change price or total size (what has filled included)."""


@runtime_checkable
class BatchWords(Protocol):
    """Several orders in one request; an outcome for each, in the order of asking."""

    def place_many(self, orders: Sequence[NewOrder]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Place several."""

    def cancel_many(self, orders: Sequence[OrderInfo]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Cancel several."""


@runtime_checkable
class CancelAllWords(Protocol):
    """Cancelling whatever the account has open; used only on accounts marked exclusive."""

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of one contract, or of the account."""


@runtime_checkable
class DeadManWords(Protocol):
    """A switch at the venue that cancels everything unless it is renewed."""

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Arm it, or renew it; 0 disarms."""


class PositionWords(Protocol):
    """Positions of one account."""

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position; quantity signed."""


class AccountWords(Protocol):
    """The account's money."""

    def balance(self) -> Flow[Funds]:
        """Return what there is, in USD."""


# Sessions and nonces ------------------------------------------------------------------------------


class SessionWords(Protocol):
    """How an account logs in."""

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Log in; may make a token without asking the venue."""


class NonceEffect(Enum):
    """What a failed request did to its lane."""

    CONSUMED = "consumed"
    UNUSED = "unused"
    """The number is free again."""
    OUT_OF_STEP = "out_of_step"
    """The number was wrong, so the request did nothing: read it anew, sign again, send again."""
    UNKNOWN = "unknown"


class NonceWords(Protocol):
    """The numbering of an account's transactions."""

    def next_nonce(self, lane: str) -> Flow[int]:
        """Return the number that the venue expects next."""

    def effect(self, error: ExchangeError) -> NonceEffect:
        """Say what a refusal did to the lane; lost answers are UNKNOWN without asking."""


# The record ---------------------------------------------------------------------------------------


class BookSource(Enum):
    """Where a book's snapshot comes from."""

    STREAM = "stream"
    """The stream begins with one; asking again is subscribing again."""
    REST = "rest"
    """It is fetched while deltas are buffered."""


ReadError: TypeAlias = Callable[[Request, Response], ExchangeError | None]
"""Says which error an answer is, None for a success. Status and body are both looked at, and codes
are matched, not texts. For a request that may not be repeated only what certainly did nothing may
be told as VenueRejected, RateLimited or AuthenticationFailed; everything else is OutcomeUnknown."""


@dataclass(frozen=True, slots=True)
class PrivateWords:
    """Everything that an account can say at a venue."""

    signer: Signer
    orders: OrderWords
    positions: PositionWords
    account: AccountWords
    session: SessionWords | None = None
    streams_only: bool = False
    """Whether the session is a listen key: streams are opened with it, requests go without."""
    nonces: NonceWords | None = None
    entry: EntryWords | None = None
    """Of a venue that takes orders over a WebSocket too."""


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue, in its own words."""

    name: str
    """As users type it: ``"backpack"``."""
    environments: Mapping[str, Environment]
    """``prod`` always; ``testnet`` and ``demo`` where there are. The caller adds ``simulator``."""
    fields: Sequence[CredentialField]
    id_space: ClientIdSpace
    limits: RateLimits
    read_error: ReadError
    markets: MarketWords
    funding: FundingWords
    stream: Callable[[MarketTable, Account, Signer | None], StreamWords]
    """The signer is None for public topics alone."""
    private: Callable[[MarketTable, Environment, Credentials, Seal | None], PrivateWords]
    """A seal of None means the venue's own curve."""
    normalize_symbol: Callable[[str], Symbol]
    """``"BTC_USDC_PERP" -> "BTC"``; knows no market table."""
    symbol_format: Callable[[str], str]
    """The usual spelling of a plain symbol: ``"BTC" -> "BTC_USDC_PERP"``."""
    other_fields: Sequence[CredentialField] = ()
    """What users of an older kind of key have instead of ``fields``."""
    features: frozenset[Feature] = frozenset()
    """What works besides that which the vocabularies show by themselves."""
    times_in_force: frozenset[TimeInForce] = frozenset(TimeInForce)
    """Which an order may have; another is refused before anything is sent."""
    conditional_times_in_force: frozenset[TimeInForce] = frozenset(TimeInForce)
    """Those of them that a limit order may have which a trigger sets off."""
    book_source: BookSource = BookSource.STREAM
    voids_fills: bool = False
    """Whether it may take fills back, and tells so by a feed; its orders are ``VoidWords`` then."""
    bounded_market_orders: bool = False
    """Whether a market order must name the worst price it accepts."""
    market_bound: Decimal = Decimal("0.02")
    """How far from the best opposite price that worst price lies, as a fraction."""
    visibility_s: float = 10.0
    """How long after sending an order may still be missing from every list."""
    account_of: Callable[[Credentials], str] = lambda credentials: "/".join(
        credentials.public.values()
    )
    """Names the account, for leases and for buckets that are counted by it."""
