"""The transactions that are simulated, as values, with the numbers of each that are hashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from venue_simulators.lighter import signatures


class TxType(IntEnum):
    """The transactions that are simulated."""

    CREATE_ORDER = 14
    CANCEL_ORDER = 15
    CANCEL_ALL = 16
    MODIFY_ORDER = 17
    UPDATE_LEVERAGE = 20
    GROUPED_ORDERS = 28


class Attribute(IntEnum):
    """What may be attached to a transaction."""

    INTEGRATOR_ACCOUNT = 1
    INTEGRATOR_TAKER_FEE = 2
    INTEGRATOR_MAKER_FEE = 3
    SKIP_NONCE = 4
    CANCEL_ALL_MARKET = 5
    SELF_TRADE_BEHAVIOUR = 6
    SELF_TRADE_EQUALITY = 7
    ORDER_VERSION = 8


@dataclass(frozen=True, slots=True)
class OrderFields:
    """One order in the venue's integers: prices and amounts scaled, instants in ms."""

    market: int
    client_index: int
    base_amount: int
    price: int
    is_ask: int
    order_type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    expiry_ms: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """The ten fields in the order in which they are hashed."""
        return (
            self.market,
            self.client_index,
            self.base_amount,
            self.price,
            self.is_ask,
            self.order_type,
            self.time_in_force,
            self.reduce_only,
            self.trigger_price,
            self.expiry_ms,
        )


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Type 14."""

    order: OrderFields

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return self.order.numbers


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Type 15; ``index`` is the venue's number of the order or the client's."""

    market: int
    index: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.index)


@dataclass(frozen=True, slots=True)
class CancelAll:
    """Type 16: at once (0), at ``time_ms`` (1), or not any more (2)."""

    mode: int
    time_ms: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.mode, self.time_ms)


@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Type 17."""

    market: int
    index: int
    base_amount: int
    price: int
    trigger_price: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.index, self.base_amount, self.price, self.trigger_price)


@dataclass(frozen=True, slots=True)
class UpdateLeverage:
    """Type 20; the margin fraction in ten-thousandths, mode 0 cross and 1 isolated."""

    market: int
    fraction: int
    mode: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.fraction, self.mode)


@dataclass(frozen=True, slots=True)
class GroupedOrders:
    """Type 28: one triggers the other (1), one cancels the other (2), or both (3)."""

    grouping: int
    orders: tuple[OrderFields, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        chain = signatures.order_chain([order.numbers for order in self.orders])
        return (self.grouping, *chain)


Body: TypeAlias = (
    CreateOrder | CancelOrder | CancelAll | ModifyOrder | UpdateLeverage | GroupedOrders
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was sent, read."""

    tx_type: TxType
    account: int
    key: int
    nonce: int
    expired_at_ms: int
    signature: bytes
    attributes: Mapping[int, int]
    body: Body
    info: str
    """The JSON as it came."""

    @property
    def skips_nonce(self) -> bool:
        """Whether any larger nonce will do."""
        return self.attributes.get(Attribute.SKIP_NONCE) == 1

    def digest(self, chain_id: int) -> bytes:
        """Return the forty bytes that must be signed, which name the transaction."""
        head = (
            chain_id,
            self.tx_type,
            self.nonce,
            self.expired_at_ms,
            self.account,
            self.key,
        )
        return signatures.transaction_hash(head, self.body.numbers, self.attributes)
