"""The API server's side of sending: it checks, answers at once, and leaves the rest to come.

The answer says that a transaction was accepted for sequencing. The order of the checks is the
venue's own business (unconfirmed); here it is form, limits, signature, nonce, then content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from venue_simulators.lighter import admission
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.listing import MARGIN_UNIT
from venue_simulators.lighter.orders import OrderState
from venue_simulators.lighter.sequencer import Sequencer
from venue_simulators.lighter.state import PENDING, Audience, State, TxRecord
from venue_simulators.lighter.terms import BATCH_MAX, CANCEL_ALL_MAX_MS, MS, ORDER_EXPIRY_MIN_MS
from venue_simulators.lighter.transaction_bodies import (
    CancelAll,
    CancelOrder,
    CreateOrder,
    GroupedOrders,
    ModifyOrder,
    OrderFields,
    Transaction,
    TxType,
    UpdateLeverage,
)
from venue_simulators.lighter.transaction_fields import read_transaction

_FREE_OF_QUOTA = (TxType.CANCEL_ORDER, TxType.UPDATE_LEVERAGE)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is answered to accepted transactions."""

    hashes: tuple[str, ...]
    execution_ms: int
    quota_left: int


class ApiServer:
    """Takes transactions in, one or several of one key at a time."""

    def __init__(self, state: State, audience: Audience, sequencer: Sequencer) -> None:
        self._state = state
        self._audience = audience
        self._sequencer = sequencer

    def send(
        self, sent: Sequence[tuple[int, str]], chain_id: int, *, price_protection: bool = True
    ) -> Accepted:
        """Accept transactions, all of them or none.

        Args:
            sent: (type, JSON) of each.
            chain_id: Which chain the asked host stands for.
            price_protection: Whether prices that look like mistakes are refused.

        Raises:
            Refusal: the first of them that is refused, with its code.
        """
        if not sent or len(sent) > BATCH_MAX:
            raise Refusal(Code.TOO_MANY_IN_BATCH if sent else Code.INVALID_PARAMETER)
        transactions = [read_transaction(tx_type, info) for tx_type, info in sent]
        account, key = self._owner(transactions)
        for transaction in transactions:
            default_type = transaction.tx_type is TxType.UPDATE_LEVERAGE
            self._state.limits.send(account, self._state.now_ns, default_type=default_type)
        digests = [self._authentic(transaction, chain_id) for transaction in transactions]
        self._state.nonces.check(
            account, key, [(one.nonce, one.skips_nonce) for one in transactions]
        )
        self._check_contents(transactions, price_protection=price_protection)
        at_ns = 0
        for transaction, digest in zip(transactions, digests, strict=True):
            at_ns = self._accept(transaction, digest.hex())
        used = sum(one.tx_type not in _FREE_OF_QUOTA for one in transactions)
        left = self._state.limits.use_quota(account, used)
        return Accepted(tuple(digest.hex() for digest in digests), at_ns // MS, left)

    def _owner(self, transactions: Sequence[Transaction]) -> tuple[int, int]:
        owners = dict.fromkeys((one.account, one.key) for one in transactions)
        if len(owners) > 1:
            raise Refusal(Code.BATCH_OWNER_MISMATCH)
        account, key = next(iter(owners))
        self._state.accounts.key(account, key)
        return account, key

    def _authentic(self, transaction: Transaction, chain_id: int) -> bytes:
        """Return the hash of a transaction whose signature is its key's."""
        if transaction.expired_at_ms <= self._state.now_ms:
            raise Refusal(Code.INVALID_PARAMETER, "ExpiredAt has passed")
        digest = transaction.digest(chain_id)
        self._state.accounts.check_signature(
            transaction.account, transaction.key, digest, transaction.signature
        )
        return digest

    def _accept(self, transaction: Transaction, name: str) -> int:
        state = self._state
        state.nonces.consume(transaction.account, transaction.key, transaction.nonce)
        for order in orders_of(transaction):
            if order.client_index:
                state.books[transaction.account].in_flight[order.client_index] = None
        record = TxRecord(name, transaction, PENDING, state.now_ns)
        state.keep_transaction(record)
        self._audience.on_transaction(record)
        return self._sequencer.schedule(record, takes=self._takes(transaction))

    def _takes(self, transaction: Transaction) -> bool:
        state = self._state
        for order in orders_of(transaction):
            market = state.market(order.market)
            if market is not None and admission.takes(state, order, market):
                return True
        return False

    # Contents -------------------------------------------------------------------------------------

    def _check_contents(
        self, transactions: Sequence[Transaction], *, price_protection: bool
    ) -> None:
        named: list[int] = []
        for transaction in transactions:
            admission.check_attributes(transaction)
            match transaction.body:
                case CreateOrder() | GroupedOrders():
                    self._check_orders(transaction, named, price_protection=price_protection)
                case CancelOrder() as wanted:
                    self._check_cancel(transaction.account, wanted, named)
                case CancelAll() as wanted:
                    self._check_cancel_all(wanted)
                case ModifyOrder() as wanted:
                    self._check_modify(transaction.account, wanted, named)
                case UpdateLeverage() as wanted:
                    self._check_leverage(transaction.account, wanted)

    def _check_orders(
        self, transaction: Transaction, named: list[int], *, price_protection: bool
    ) -> None:
        """Check new orders; ``named`` are the client indexes used before in the same batch."""
        _check_group(transaction)
        state = self._state
        for place, order in enumerate(orders_of(transaction)):
            child = isinstance(transaction.body, GroupedOrders) and place > 0
            admission.check_form(order, state.now_ms, base_may_be_zero=child)
            market = admission.check_market(state, order, price_protection=price_protection)
            admission.check_account(state, transaction.account, order, market)
            if order.client_index in named:
                raise Refusal(Code.DUPLICATE_CLIENT_INDEX)
            if order.client_index:
                named.append(order.client_index)

    def _check_cancel(self, account: int, wanted: CancelOrder, named: Sequence[int]) -> None:
        if wanted.index < 1:
            raise Refusal(Code.INVALID_ORDER_INDEX)
        if wanted.index not in named:
            self._live(account, wanted)

    def _check_modify(self, account: int, wanted: ModifyOrder, named: Sequence[int]) -> None:
        if wanted.index < 1:
            raise Refusal(Code.INVALID_ORDER_INDEX)
        market = admission.open_market(self._state, wanted.market)
        if wanted.index in named:
            return
        known = self._live(account, wanted)
        if known is None:
            return
        if wanted.trigger_price != known.fields.trigger_price:
            raise Refusal(Code.INVALID_PRICE, "the trigger of an order is not moved here")
        changed = replace(known.fields, base_amount=wanted.base_amount, price=wanted.price)
        if not changed.base_amount:
            raise Refusal(Code.INVALID_BASE_AMOUNT)
        if not changed.price:
            raise Refusal(Code.INVALID_PRICE)
        admission.check_minimums(self._state.world.rules[market.contract_id], changed)

    def _live(self, account: int, wanted: CancelOrder | ModifyOrder) -> OrderState | None:
        """Return the live order that is meant; None for one still on its way to the sequencer."""
        book = self._state.books[account]
        if wanted.index in book.in_flight:
            return None
        known = book.orders.find(wanted.index)
        if known is None or known.fields.market != wanted.market:
            raise Refusal(Code.ORDER_EMPTY)
        if not known.live:
            raise Refusal(Code.ORDER_INACTIVE)
        return known

    def _check_cancel_all(self, wanted: CancelAll) -> None:
        if wanted.mode not in (0, 1, 2):
            raise Refusal(Code.INVALID_TIME_IN_FORCE)
        ahead_ms = wanted.time_ms - self._state.now_ms
        fits = (
            ORDER_EXPIRY_MIN_MS <= ahead_ms <= CANCEL_ALL_MAX_MS
            if wanted.mode == 1
            else wanted.time_ms == 0
        )
        if not fits:
            raise Refusal(Code.INVALID_EXPIRY)

    def _check_leverage(self, account: int, wanted: UpdateLeverage) -> None:
        market = self._state.market(wanted.market)
        if market is None:
            raise Refusal(Code.MARKET_NOT_OPEN)
        rules = self._state.world.rules[market.contract_id]
        if not MARGIN_UNIT / rules.max_leverage <= wanted.fraction <= MARGIN_UNIT:
            raise Refusal(Code.INVALID_PARAMETER, "InitialMarginFraction")
        if wanted.mode == 0:
            return
        if self._state.position(account, market.contract_id) is not None:
            raise Refusal(Code.MARGIN_MODE_WITH_POSITION)
        raise Refusal(Code.INVALID_PARAMETER, "MarginMode: isolated margin is not simulated")


def orders_of(transaction: Transaction) -> tuple[OrderFields, ...]:
    """Return the orders that a transaction would create."""
    match transaction.body:
        case CreateOrder(order):
            return (order,)
        case GroupedOrders(_, orders):
            return orders
        case _:
            return ()


def _check_group(transaction: Transaction) -> None:
    """Refuse groups whose orders do not belong together."""
    group = transaction.body
    if not isinstance(group, GroupedOrders):
        return
    first, rest = group.orders[0], group.orders[1:]
    for order in rest:
        if (order.market, order.expiry_ms) != (first.market, first.expiry_ms):
            raise Refusal(Code.INVALID_PARAMETER, "Orders of a group share market and expiry")
        if group.grouping == 2:
            fits = order.is_ask == first.is_ask and order.base_amount == first.base_amount
            fits = fits and bool(order.reduce_only and first.reduce_only)
        else:
            fits = order.is_ask != first.is_ask and order.base_amount == 0
        if not fits:
            raise Refusal(Code.INVALID_PARAMETER, "Orders do not fit GroupingType")
