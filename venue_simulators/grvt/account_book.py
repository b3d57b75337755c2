"""What an account has done and holds: fills, payments, positions, and how they were a while ago."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ContractId, Fill, LiquidationEvent, OrderInfo
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from venue_simulators.grvt.account_wording import (
    CROSS,
    AccountState,
    flat,
    payment_words,
    position_words,
    realise,
    summary_words,
)
from venue_simulators.grvt.funding import FundingMarks
from venue_simulators.grvt.instruments import Instruments
from venue_simulators.grvt.login import Member
from venue_simulators.grvt.order_desk import OrderDesk
from venue_simulators.grvt.wording import Words, fill_words
from venue_simulators.world import World


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a history."""

    at_ns: int
    contract_id: ContractId
    words: Words


AccountListener: TypeAlias = Callable[["AccountBook", str, Row], None]
"""Hears of a line for the stream of that name: ``v1.fill`` or ``v1.position``."""


@dataclass(slots=True)
class _Running:
    """A position as its fills add up."""

    size: Decimal = ZERO
    entry: Decimal = ZERO
    fees: Decimal = ZERO


@dataclass(slots=True, eq=False)
class AccountBook:
    """One account's books; it listens to the world on its own."""

    member: Member
    world: World
    desk: OrderDesk
    instruments: Instruments
    marks: FundingMarks
    read_delay_ns: int
    fills: list[Row] = field(default_factory=list)
    """Oldest first."""
    payments: list[Row] = field(default_factory=list)
    """Funding, oldest first."""
    margin_types: dict[ContractId, str] = field(default_factory=dict)
    listeners: list[AccountListener] = field(default_factory=list)
    _running: dict[ContractId, _Running] = field(default_factory=dict)
    _states: deque[AccountState] = field(default_factory=deque)
    """What late reads may still show, oldest first."""

    def __post_init__(self) -> None:
        self.world.listen_private(self.member.name, self._on_event)
        self._states.append(self._now())

    # Reading --------------------------------------------------------------------------------------

    @property
    def horizon_ns(self) -> int:
        """The instant as of which reads answer."""
        return self.world.now_ns - self.read_delay_ns

    def visible(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that reads show already."""
        return [row for row in rows if row.at_ns <= self.horizon_ns]

    def state(self) -> AccountState:
        """Return the account as reads show it: as it is, where nothing has happened of late."""
        if self._states[-1].at_ns <= self.horizon_ns:
            return self._now()
        older = (each for each in reversed(self._states) if each.at_ns <= self.horizon_ns)
        return next(older, self._states[0])

    def position(self, contract_id: ContractId, state: AccountState | None = None) -> Words:
        """Return one position as of ``state``, or as it is."""
        as_of = state or self._now()
        mark = self.world.prices(contract_id).mark
        leverage = self.world.leverage(self.member.name, contract_id)
        held = as_of.positions.get(contract_id) or flat(contract_id, leverage, mark)
        fees = self._running.get(contract_id, _Running()).fees
        return position_words(held, fees, self.margin_type(contract_id), as_of.at_ns)

    def summary(self) -> Words:
        """Return the account summary as reads show it."""
        state = self.state()
        held = [self.position(contract_id, state) for contract_id in state.positions]
        return summary_words(state, self.member, list(held))

    def margin_type(self, contract_id: ContractId) -> str:
        """Return in which way a market's margin is kept."""
        return self.margin_types.get(contract_id, CROSS)

    def _now(self) -> AccountState:
        name = self.member.name
        held = {each.contract_id: each for each in self.world.positions(name)}
        return AccountState(self.world.now_ns, self.world.funds(name), held)

    # Hearing --------------------------------------------------------------------------------------

    def _on_event(self, event: PrivateEvent) -> None:
        match event:
            case OrderInfo():
                self.desk.on_info(self.member.name, event)
            case Fill():
                self._on_fill(event)
            case PositionUpdate():
                self._tell_position(event.contract_id)
            case FundingPayment():
                self._on_payment(event)
            case LiquidationEvent():
                self._tell_position(event.contract_id)
        if self.read_delay_ns:
            self._remember()

    def _remember(self) -> None:
        self._states.append(self._now())
        while len(self._states) > 1 and self._states[1].at_ns <= self.horizon_ns:
            self._states.popleft()

    def _on_fill(self, fill: Fill) -> None:
        running = self._running.setdefault(fill.contract_id, _Running())
        running.size, running.entry, profit = realise(running.size, running.entry, fill)
        running.fees += fill.fee
        instrument = self.instruments.get(fill.contract_id)
        ticker = self.world.ticker(fill.contract_id)
        record = self.desk.of_world(self.member.name, fill.order_id)
        words = fill_words(fill, instrument, (ticker.mark, ticker.index)) | {
            "sub_account_id": self.member.sub_account_id,
            "realized_pnl": f"{profit.normalize():f}",
            "order_id": record.order_id if record else f"0x{int(fill.order_id):034x}",
            "client_order_id": record.client_order_id if record else "0",
            "is_liquidation": record is None,
            "signer": self.member.signer if record else "0x" + "0" * 40,
        }
        row = Row(self.world.now_ns, fill.contract_id, words)
        self.fills.append(row)
        self._tell("v1.fill", row)

    def _on_payment(self, payment: FundingPayment) -> None:
        if payment.venue_ns % self.marks.interval_ns(payment.contract_id):
            return
        number = len(self.payments) + 1
        words = payment_words(payment, self.member.sub_account_id, number)
        self.payments.append(Row(payment.venue_ns, payment.contract_id, words))
        self._tell_position(payment.contract_id)

    def _tell_position(self, contract_id: ContractId) -> None:
        row = Row(self.world.now_ns, contract_id, self.position(contract_id))
        self._tell("v1.position", row)

    def _tell(self, stream: str, row: Row) -> None:
        for listener in self.listeners:
            listener(self, stream, row)
