"""The frames of the dialect's streams, letter for letter, and the events that each tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

import msgspec

from exchange_clients.base_models import ContractId, LiquidationEvent, Side, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    Event,
    FundingUpdate,
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    Unreadable,
)
from exchange_clients.shared.amounts import (
    Amount,
    FloatPrice,
    FloatSize,
    Levels,
    Positive,
    Unsigned,
)
from exchange_clients.shared.dialects.fapi.converters import ROWS, Number, Order, Trade
from exchange_clients.shared.dialects.fapi.dialect import POSITION_SIDE, SIDE, Fapi
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import liquidation_of
from exchange_clients.shared.rows import as_is, read_rows

NONE = msgspec.Raw(b"[]")
CLOSED_BY_VENUE = (
    "autoclose-",
    "adl_autoclose",
    "settlement_autoclose-",
    "delivery_autoclose-",
)
"""How the client ids begin of orders by which the venue closes a position of ours."""
TRADED = ("TRADE", "CALCULATED")
"""What an order event is that carries a fill; the second is a liquidation's."""


@dataclass(frozen=True, slots=True)
class Known:
    """What frames leave out: the markets of a venue."""

    dialect: Fapi
    table: MarketTable

    def symbol_of(self, contract_id: ContractId) -> Symbol:
        """Return the plain symbol of a contract, listed or not."""
        listing = self.table.get(contract_id)
        return listing.market.symbol if listing else self.dialect.normalize_symbol(contract_id)


class Frame(Protocol):
    """One kind of frame."""

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return what it tells."""


class _Depth(msgspec.Struct):
    s: ContractId
    T: Number
    U: int
    u: int
    pu: int
    b: Levels
    a: Levels

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return changed levels; ``pu`` is the ``u`` before, and sizes are absolute."""
        return (
            BookDelta(self.s, self.b, self.a, self.U, self.u, self.pu, self.T * MS, received_ns),
        )


class _BookTicker(msgspec.Struct):
    s: ContractId
    T: Number
    u: int
    b: FloatPrice
    B: FloatSize
    a: FloatPrice
    A: FloatSize

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        at_ns = self.T * MS
        return (BestBidOffer(self.s, self.b, self.B, self.a, self.A, at_ns, received_ns, self.u),)


class _Trade(msgspec.Struct):
    s: ContractId
    T: Number
    a: int
    p: FloatPrice
    q: FloatSize
    m: bool
    """Whether the buyer rested."""

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return what one order took at one price."""
        taker, at_ns = Side.SELL if self.m else Side.BUY, self.T * MS
        return (PublicTrade(self.s, self.p, self.q, taker, at_ns, received_ns, str(self.a)),)


class _MarkPrice(msgspec.Struct):
    s: ContractId
    E: Number
    p: Positive
    r: Amount
    T: Number
    """When funding is due."""

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        listing = known.table.get(self.s)
        if listing is None or listing.funding_interval_hours is None:
            return ()
        return (
            FundingUpdate(
                contract_id=self.s,
                symbol=listing.market.symbol,
                rate=Decimal(self.r),
                interval_hours=listing.funding_interval_hours,
                next_funding_ns=self.T * MS,
                mark_price=Decimal(self.p),
                venue_ns=self.E * MS,
            ),
        )


class _Forced(msgspec.Struct):
    s: ContractId
    S: str
    ap: Unsigned
    z: Unsigned
    T: Number


class ForceOrder(msgspec.Struct):
    """A liquidation."""

    o: _Forced

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return a stranger's liquidation as far as it traded; the venue shows a sample of them."""
        event = LiquidationEvent(
            contract_id=self.o.s,
            symbol=known.symbol_of(self.o.s),
            side=SIDE[self.o.S],
            size=Decimal(self.o.z),
            price=Decimal(self.o.ap),
            venue_ns=self.o.T * MS,
            ours=False,
        )
        return (event,) if event.size else ()


class OrderUpdate(msgspec.Struct):
    """An order of ours after an event, and the fill that the event was, if it was one."""

    s: ContractId
    c: str
    S: str
    o: str
    f: str
    q: Unsigned
    p: Unsigned
    x: str
    X: str
    i: Number
    l: Unsigned  # noqa: E741  # as the venue spells it
    z: Unsigned
    L: Unsigned
    T: Number
    t: int
    m: bool
    R: bool
    ap: Unsigned = "0"
    n: Amount = "0"
    """What was paid; absent where nothing was."""
    N: str = ""
    ot: str = ""

    def order(self, event_ms: int) -> Order:
        """Return the order as an answer would show it, as of the event."""
        return Order(
            order_id=self.i,
            client_order_id=self.c,
            symbol=self.s,
            status=self.X,
            side=self.S,
            type=self.o,
            price=self.p,
            orig_qty=self.q,
            executed_qty=self.z,
            update_time=event_ms,
            reduce_only=self.R,
            time_in_force=self.f,
            avg_price=self.ap,
            orig_type=self.ot,
        )

    def trade(self) -> Trade:
        """Return the fill as a list would show it."""
        return Trade(
            id=self.t,
            order_id=self.i,
            symbol=self.s,
            side=self.S,
            price=self.L,
            qty=self.l,
            commission=self.n,
            commission_asset=self.N,
            maker=self.m,
            time=self.T,
            client_order_id=self.c,
        )

    def events(self, known: Known, event_ms: int) -> Sequence[Event]:
        """Return the fill, if there was one, before the order that it changed."""
        info = self.order(event_ms).info()
        if self.x not in TRADED:
            return (info,)
        fill = self.trade().fill()
        if not (fill.price > 0 and fill.size > 0 and self.t > 0):
            raise MalformedPayload(f"a trade of {self.l} at {self.L} is none")
        if not self.c.startswith(CLOSED_BY_VENUE):
            return (fill, info)
        return (fill, info, liquidation_of(fill, known.symbol_of(fill.contract_id)))


class OrderFrame(msgspec.Struct):
    """An event of an order of ours."""

    E: Number
    o: msgspec.Raw

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return what it did."""
        rows = read_rows([self.o], OrderUpdate, lambda row: row.events(known, self.E), ("i", "c"))
        return [each for row in rows for each in ([row] if isinstance(row, Unreadable) else row)]


class _Balance(msgspec.Struct):
    a: str
    wb: Amount


class _Position(msgspec.Struct):
    s: ContractId
    pa: Amount
    ep: Unsigned
    ps: str

    def event(self, at_ns: int) -> Event:
        assert POSITION_SIDE[self.ps] is None, "one of two sides tells no net position"
        return PositionUpdate(self.s, Decimal(self.pa), Decimal(self.ep) or None, at_ns)


class _Leg(msgspec.Struct):
    s: str = ""
    ps: str = ""


def _net(rows: Sequence[msgspec.Raw]) -> Sequence[msgspec.Raw]:
    """Return the rows of markets whose net position they tell: in hedge mode none does."""
    legs = [leg if isinstance(leg, _Leg) else _Leg() for leg in read_rows(rows, _Leg, as_is)]
    hedged = [leg.s for leg in legs if POSITION_SIDE.get(leg.ps)]
    return [row for row, leg in zip(rows, legs, strict=True) if leg.s not in hedged]


class AccountFrame(msgspec.Struct):
    """What an event did to balances and positions."""

    E: Number
    a: dict[str, msgspec.Raw]

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return what changed; funding names no market here, so that it is no payment."""
        at_ns = self.E * MS
        return [
            *read_rows(
                ROWS.decode(self.a.get("B", NONE)),
                _Balance,
                lambda row: BalanceUpdate(row.a, Decimal(row.wb), None, at_ns),
            ),
            *read_rows(
                _net(ROWS.decode(self.a.get("P", NONE))),
                _Position,
                lambda row: row.event(at_ns),
                ("s",),
            ),
        ]


class _KeyExpired(msgspec.Struct):
    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Say that nothing more will be heard, though the socket stays open."""
        return (LoginRefused("listenKeyExpired", "the listen key has expired"),)


FRAMES: Mapping[str, msgspec.json.Decoder[Frame]] = MappingProxyType(
    {
        # Not strict: prices are text that is read to floats.
        "depthUpdate": msgspec.json.Decoder(_Depth, strict=False),
        "bookTicker": msgspec.json.Decoder(_BookTicker, strict=False),
        "aggTrade": msgspec.json.Decoder(_Trade, strict=False),
        "markPriceUpdate": msgspec.json.Decoder(_MarkPrice),
        "forceOrder": msgspec.json.Decoder(ForceOrder),
        "ORDER_TRADE_UPDATE": msgspec.json.Decoder(OrderFrame),
        "ACCOUNT_UPDATE": msgspec.json.Decoder(AccountFrame),
        "listenKeyExpired": msgspec.json.Decoder(_KeyExpired),
    }
)
"""What all venues of the dialect tell, by the event that a frame names; each may add its own."""
