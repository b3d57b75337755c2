"""Settles funding between the accounts that hold a position, the market's included."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping

from exchange_clients.base_models import ContractId
from exchange_clients.events import FundingPayment, FundingUpdate
from exchange_clients.paper.accounts import Account, Ledger
from exchange_clients.paper.funding import FundingTerms, payment_atoms, payment_id
from exchange_clients.paper.margin_desk import MarginDesk
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.reports import FEE_ASSET
from exchange_clients.paper.settlement import Outbox
from exchange_clients.paper.timeline import Kind, Timeline
from exchange_clients.paper.units import from_atoms


class FundingDesk:
    """The venue's funding: what is due, and what is announced.

    Args:
        terms: How often it settles, and by which rule, until ``change``.
        ledger: Who pays whom.
        markets: What is settled, each at its own mark.
        margin: Values positions.
        outbox: Takes each payment.
        timeline: When what is due is done.
    """

    def __init__(
        self,
        terms: FundingTerms,
        ledger: Ledger,
        markets: Mapping[ContractId, PaperMarket],
        margin: MarginDesk,
        outbox: Outbox,
        timeline: Timeline,
    ) -> None:
        self._timeline = timeline
        self._terms = [terms]
        self._since_ns = [0]
        """From when on each of the terms holds, the earliest first."""
        self._ledger = ledger
        self._markets = markets
        self._margin = margin
        self._outbox = outbox
        self.settled: dict[ContractId, list[FundingUpdate]] = {contract: [] for contract in markets}
        """Rates that were settled, oldest first."""
        self._payments: dict[tuple[str, ContractId], list[FundingPayment]] = {}
        self.listeners: list[Callable[[int], None]] = []
        """Called with the instant behind each settlement."""
        self._plan(timeline.now_ns)

    def change(self, terms: FundingTerms, now_ns: int) -> None:
        """Settle by other terms from now on: what was announced before is not paid."""
        self._terms.append(terms)
        self._since_ns.append(now_ns)
        self._timeline.drop(Kind.FUNDING)
        self._plan(now_ns)

    def terms(self, at_ns: int) -> FundingTerms:
        """Return the terms that hold, or held, at an instant."""
        return self._terms[bisect_right(self._since_ns, at_ns) - 1]

    def announced(self, contract_id: ContractId, now_ns: int) -> FundingUpdate:
        """Return the rate of the settlement that comes next, as it is told at an instant."""
        settlement_ns = self.terms(now_ns).next_settlement_ns(now_ns)
        return self._update(self._markets[contract_id], settlement_ns, now_ns)

    def payments(
        self, account: str, contract_id: ContractId, since_ns: int
    ) -> list[FundingPayment]:
        """Return what an account was paid, or has paid, from ``since_ns`` on, oldest first."""
        payments = self._payments.get((account, contract_id), ())
        return [payment for payment in payments if payment.venue_ns >= since_ns]

    def _plan(self, now_ns: int) -> None:
        at_ns = self.terms(now_ns).next_settlement_ns(now_ns)
        self._timeline.push(at_ns, Kind.FUNDING, 0, self._settle)

    def _settle(self) -> None:
        """Let longs pay shorts, or the reverse, at each market's mark."""
        at_ns = self._timeline.now_ns
        for contract_id, market in self._markets.items():
            update = self._update(market, at_ns, at_ns)
            self.settled[contract_id].append(update)
            for account in self._ledger.accounts.values():
                self._pay(account, market, update, at_ns)
            market.disturb()
        for listener in self.listeners:
            listener(at_ns)
        self._plan(at_ns)

    def _pay(
        self, account: Account, market: PaperMarket, update: FundingUpdate, at_ns: int
    ) -> None:
        lots = account.lots(market.contract_id)
        if lots == 0:
            return
        amount = -payment_atoms(self._margin.value(account, market), update.rate)
        self._ledger.pay_funding(account, market.contract_id, amount)
        payment = FundingPayment(
            payment_id=payment_id(market.contract_id, at_ns, account.name),
            contract_id=market.contract_id,
            amount=from_atoms(amount),
            asset=FEE_ASSET,
            rate=update.rate,
            quantity=market.grid.size(lots),
            venue_ns=at_ns,
        )
        self._payments.setdefault((account.name, market.contract_id), []).append(payment)
        self._outbox(account.name, payment)

    def _update(self, market: PaperMarket, settlement_ns: int, now_ns: int) -> FundingUpdate:
        mark, terms = market.mark(), self.terms(now_ns)
        return FundingUpdate(
            contract_id=market.contract_id,
            symbol=market.spec.symbol,
            rate=terms.forecast(market.contract_id, settlement_ns, now_ns),
            interval_hours=terms.interval_hours,
            next_funding_ns=settlement_ns,
            mark_price=None if mark is None else mark * market.spec.tick / 2,
            venue_ns=now_ns,
        )
