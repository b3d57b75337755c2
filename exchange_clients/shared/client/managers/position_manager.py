"""Positions as the venue and our own fills together prove them; what is unproven raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ZERO,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
)
from exchange_clients.errors import (
    ExchangeError,
    MalformedPayload,
    NotConnectedError,
    StaleData,
    UnsupportedFeature,
)
from exchange_clients.events import FundingPayment, PositionUpdate, Unreadable
from exchange_clients.shared.account_words import PaymentWords
from exchange_clients.shared.client.managers.position_ledger import PositionLedger
from exchange_clients.shared.client.position_mode import net_positions
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.venue import PrivateWords

NS_PER_MS = 1_000_000
READS_MAX = 2
"""Answers that one question is given to agree with what is known, or with each other."""
REREAD_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class _Answer:
    """One reading of every position, and what it proves."""

    rows: Mapping[ContractId, ExchangePositionSnapshot]
    unreadable: Sequence[Unreadable]
    quantities: Mapping[ContractId, Decimal | None]
    """None where it is not proven."""


class PositionManager:
    """The positions of one account.

    Args:
        link: Runs flows.
        name: The client's name in errors.
    """

    def __init__(self, link: VenueLink, name: str) -> None:
        self._link = link
        self._name = name
        self._ledger = PositionLedger(round(link.venue.visibility_s * NS))

    # What the venue tells -------------------------------------------------------------------------

    def on_fill(self, fill: Fill) -> None:
        """Take a fill of ours, once."""
        self._ledger.on_fill(fill)

    def on_update(self, update: PositionUpdate) -> None:
        """Take a position of the private stream."""
        self._ledger.on_update(update)

    def known(self) -> Mapping[ContractId, Decimal]:
        """Return every position that is believed now."""
        quantities = {each: self._ledger.quantity(each) for each in self._ledger.contracts()}
        return {each: held for each, held in quantities.items() if held is not None}

    # Reading --------------------------------------------------------------------------------------

    async def reconcile(self, own: Mapping[ContractId, Decimal]) -> None:
        """Read every position; one that is not proven stays unknown until it is asked for.

        Args:
            own: What our own fills add up to.

        Raises:
            ExchangeError: the positions could not be read.
        """
        self._ledger.start(own)
        await self._ask()
        self._ledger.on_listed()

    async def quantity(self, contract_id: ContractId) -> Decimal:
        """Return a signed position; zero only where it is proven.

        Raises:
            StaleData: the venue's answers contradict what is known.
            MalformedPayload: the position's row may be one that could not be read.
        """
        answer = await self._ask(contract_id)
        quantity = answer.quantities[contract_id]
        if quantity is None:
            raise self._unproven(contract_id, answer)
        return quantity

    async def snapshots(self) -> list[ExchangePositionSnapshot]:
        """Return every open position.

        Raises:
            StaleData: a position is not proven.
            MalformedPayload: a row could not be read.
        """
        answer = await self._ask()
        shown: list[ExchangePositionSnapshot] = []
        for contract_id, quantity in answer.quantities.items():
            if quantity is None or answer.unreadable:
                raise self._unproven(contract_id, answer)
            if quantity or _two_sided(answer.rows.get(contract_id)):
                shown.append(self._shown(contract_id, quantity, answer))
        return shown

    async def snapshot(
        self, contract_id: ContractId, opened_ns: int | None
    ) -> ExchangePositionSnapshot | None:
        """Return one position; None only where it is proven flat.

        Args:
            contract_id: Whose position.
            opened_ns: From when its funding counts; None leaves the venue's own figure.
        """
        answer = await self._ask(contract_id)
        quantity = answer.quantities[contract_id]
        if quantity is None:
            raise self._unproven(contract_id, answer)
        if not quantity and not _two_sided(answer.rows.get(contract_id)):
            return None
        shown = self._shown(contract_id, quantity, answer)
        if opened_ns is None or not isinstance(self._private.account, PaymentWords):
            return shown
        payments = await self.payments(contract_id, opened_ns, self._now_ns() + NS)
        return replace(shown, cumulative_funding=sum((each.amount for each in payments), ZERO))

    async def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Sequence[FundingPayment]:
        """Return funding payments in [since, until), oldest first.

        Raises:
            UnsupportedFeature: the venue does not list them.
        """
        words = self._private.account
        if not isinstance(words, PaymentWords):
            raise UnsupportedFeature(self._name, "funding payments")
        return await self._link.run(words.payments(contract_id, since_ns, until_ns))

    # Inside ---------------------------------------------------------------------------------------

    async def _ask(self, contract_id: ContractId | None = None) -> _Answer:
        """Ask until what is wanted is proven, at most ``READS_MAX`` times; None wants all."""
        answer = await self._read(contract_id)
        for _ in range(READS_MAX - 1):
            if None not in answer.quantities.values():
                break
            await self._link.clock.sleep(REREAD_PAUSE_S)
            answer = await self._read(contract_id)
        return answer

    async def _read(self, wanted: ContractId | None) -> _Answer:
        asked_ns = self._now_ns()
        listed = await self._link.run(self._private.positions.all())
        rows = net_positions([each for each in listed if not isinstance(each, Unreadable)])
        unreadable = [each for each in listed if isinstance(each, Unreadable)]
        asked_of = dict.fromkeys([*rows, *self._ledger.contracts()] if wanted is None else [wanted])
        return _Answer(
            rows,
            unreadable,
            {
                each: None
                if unreadable and each not in rows
                else self._ledger.judge(each, _quantity(rows.get(each)), asked_ns)
                for each in asked_of
            },
        )

    def _shown(
        self, contract_id: ContractId, quantity: Decimal, answer: _Answer
    ) -> ExchangePositionSnapshot:
        row = answer.rows.get(contract_id)
        if row is None:  # our newest fill opened it after the venue's copy was made
            symbol = self._link.table.of_contract(contract_id).market.symbol
            return ExchangePositionSnapshot(symbol, contract_id, quantity)
        if row.quantity == quantity:
            return row
        if row.legs:  # it is not known which of them our newest fill has changed
            raise self._unproven(contract_id, answer)
        return replace(row, quantity=quantity)

    def _unproven(self, contract_id: ContractId, answer: _Answer) -> ExchangeError:
        if answer.unreadable:
            return MalformedPayload(
                f"{len(answer.unreadable)} positions on {self._name} could not be read "
                f"({answer.unreadable[0].reason}), so {contract_id} is not known"
            )
        return StaleData(
            f"{self._name} says {_quantity(answer.rows.get(contract_id))} of {contract_id}, known "
            f"is {self._ledger.quantity(contract_id)}: not proven yet, ask again"
        )

    @property
    def _private(self) -> PrivateWords:
        if self._link.private is None:
            raise NotConnectedError(f"{self._name} is not connected: await connect() first")
        return self._link.private

    def _now_ns(self) -> int:
        return self._link.now_ms() * NS_PER_MS


def _two_sided(row: ExchangePositionSnapshot | None) -> bool:
    """Whether a market holds positions on both sides, which may add up to nothing."""
    return row is not None and len(row.legs) > 1


def _quantity(row: ExchangePositionSnapshot | None) -> Decimal | None:
    return None if row is None else row.quantity
