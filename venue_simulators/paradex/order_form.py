"""An order as its sender wrote it, checked for form; what is wrong with it is told at once.

Margin, price bands, post-only and reduce-only are not looked at here: that verdict comes later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Market, OrderType, Side, TimeInForce
from venue_simulators.paradex.errors import MARKET_MISSING, VALIDATION, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.listing import STRANGERS, listing_of
from venue_simulators.paradex.login import read_signature
from venue_simulators.paradex.sbe import SELF_TRADES
from venue_simulators.paradex.signatures import Felt

CLIENT_ID_MAX = 64
RECV_WINDOW_MIN_MS = 10
RECV_WINDOW_DEFAULT_MS = 300_000
UNITS = 10**8
INSTRUCTIONS: Mapping[str, TimeInForce] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "POST_ONLY": TimeInForce.GTX,
    "RPI": TimeInForce.GTX,
}
ORDER_TYPES: Mapping[str, OrderType] = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LIMIT": OrderType.STOP,
    "STOP_MARKET": OrderType.STOP_MARKET,
    "STOP_LOSS_LIMIT": OrderType.STOP,
    "STOP_LOSS_MARKET": OrderType.STOP_MARKET,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
}
REDUCE_ONLY = "REDUCE_ONLY"
SIDE_CODES: Mapping[str, int] = {"BUY": 1, "SELL": 2}


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a signature claims besides the order itself."""

    signature: tuple[int, int]
    timestamp_ms: int
    recv_window_ms: int = RECV_WINDOW_DEFAULT_MS


@dataclass(frozen=True, slots=True)
class OrderForm:
    """One order; ``size`` zero of a take-profit or stop-loss stands for the whole position."""

    market: Market
    side: Side
    kind: str
    instruction: str
    size: Decimal
    price: Decimal
    """Zero of a market type."""
    trigger_price: Decimal | None
    flags: tuple[str, ...]
    client_id: str
    stp: str
    sealed: Sealed
    on_behalf_of: str = ""

    @property
    def contract_id(self) -> ContractId:
        """The market's name."""
        return self.market.contract_id

    @property
    def order_type(self) -> OrderType:
        """The engine's word for the type."""
        return ORDER_TYPES[self.kind]

    @property
    def conditional(self) -> bool:
        """Whether the order waits for a price."""
        return self.order_type.conditional

    @property
    def reduce_only(self) -> bool:
        """Whether the order may only make a position smaller."""
        return REDUCE_ONLY in self.flags

    @property
    def protective(self) -> bool:
        """Whether the order belongs to a position: a take-profit or a stop-loss."""
        return is_protective(self.kind)

    @property
    def priced(self) -> bool:
        """Whether the order has a limit price."""
        return is_priced(self.kind)

    @property
    def rests(self) -> bool:
        """Whether the order may stand in the book."""
        return self.priced and self.instruction != "IOC"

    @property
    def signed_fields(self) -> list[Felt]:
        """What of the order is signed, in order."""
        return [
            self.sealed.timestamp_ms,
            self.contract_id,
            SIDE_CODES[self.side.name],
            self.kind,
            int(self.size * UNITS),
            int(self.price * UNITS),
        ]


def is_protective(kind: str) -> bool:
    """Say whether a type is a take-profit or a stop-loss."""
    return kind.startswith(("TAKE_PROFIT", "STOP_LOSS"))


def is_priced(kind: str) -> bool:
    """Say whether orders of a type have a limit price."""
    return kind.endswith("LIMIT")


def read_order(body: Fields, markets: Mapping[ContractId, Market]) -> OrderForm:
    """Return the order that a request holds.

    Raises:
        Refusal: it is not well-formed.
    """
    market = read_market(body, markets)
    kind = body.choice("type", tuple(ORDER_TYPES))
    flags = _flags(body)
    if is_protective(kind) and REDUCE_ONLY not in flags:
        raise Refusal(VALIDATION, f"{kind} orders must be REDUCE_ONLY")
    instruction = body.choice("instruction", tuple(INSTRUCTIONS), "GTC")
    if instruction == "RPI":
        raise Refusal("RPI_ACCOUNT_NOT_WHITELISTED")
    if instruction == "POST_ONLY" and not is_priced(kind):
        raise body.fault("instruction", f"of a {kind} order cannot be POST_ONLY")
    client_id = body.text("client_id") or ""
    if len(client_id) > CLIENT_ID_MAX:
        raise body.fault("client_id", f"is longer than {CLIENT_ID_MAX} characters")
    return OrderForm(
        market=market,
        side=Side(body.choice("side", tuple(SIDE_CODES))),
        kind=kind,
        instruction=instruction,
        size=read_size(body, market, kind),
        price=read_price(body, market, kind),
        trigger_price=_trigger(body, market, kind),
        flags=flags,
        client_id=client_id,
        stp=body.choice("stp", tuple(SELF_TRADES), "EXPIRE_TAKER"),
        sealed=read_sealed(body),
        on_behalf_of=body.text("on_behalf_of_account") or "",
    )


def read_market(body: Fields, markets: Mapping[ContractId, Market]) -> Market:
    """Return the market that a request names."""
    name = body.required("market")
    market = markets.get(ContractId(name))
    if market is None:
        strange = name in dict(STRANGERS)
        raise Refusal("NO_ACCESS_TO_MARKET" if strange else MARKET_MISSING, f"market {name}")
    return market


def read_size(body: Fields, market: Market, kind: str) -> Decimal:
    """Return the size, a multiple of the market's increment."""
    size = body.decimal("size")
    if size is None:
        raise body.fault("size", "is required")
    whole_position = is_protective(kind) and size == 0
    fits = 0 < size <= listing_of(market.contract_id).max_order_size and size % market.step == 0
    if not (fits or whole_position):
        raise Refusal("INVALID_ORDER_SIZE", f"size {size} is not a multiple of {market.step}")
    return size


def read_price(body: Fields, market: Market, kind: str) -> Decimal:
    """Return the limit price; market types send none, or zero."""
    price = body.decimal("price")
    if not is_priced(kind):
        if price:
            raise body.fault("price", f"of a {kind} order must be 0")
        return ZERO
    if not price:
        raise body.fault("price", "is required")
    return _on_grid(price, market)


def read_sealed(body: Fields) -> Sealed:
    """Return signature, timestamp and window."""
    pair = read_signature(body.required("signature"))
    if pair is None:
        raise Refusal("INVALID_ORDER_SIGNATURE", "the signature is not a pair of numbers")
    timestamp_ms = body.whole("signature_timestamp")
    if not timestamp_ms:
        raise body.fault("signature_timestamp", "is required")
    window_ms = body.whole("recv_window")
    if window_ms is None:
        return Sealed(pair, timestamp_ms)
    if window_ms < RECV_WINDOW_MIN_MS:
        raise body.fault("recv_window", f"must be at least {RECV_WINDOW_MIN_MS} ms")
    return Sealed(pair, timestamp_ms, window_ms)


def _trigger(body: Fields, market: Market, kind: str) -> Decimal | None:
    trigger = body.decimal("trigger_price")
    if ORDER_TYPES[kind].conditional:
        if not trigger:
            raise body.fault("trigger_price", "is required")
        return _on_grid(trigger, market)
    if trigger:
        raise body.fault("trigger_price", f"is not for a {kind} order")
    return None


def _on_grid(price: Decimal, market: Market) -> Decimal:
    if price % market.tick:
        raise Refusal("INVALID_PRICE_PRECISION", f"{price} is not a multiple of {market.tick}")
    return price


def _flags(body: Fields) -> tuple[str, ...]:
    flags = body.texts("flags")
    for flag in flags:
        if flag != REDUCE_ONLY:
            raise body.fault("flags", f"cannot hold {flag}")
    return tuple(flags)
