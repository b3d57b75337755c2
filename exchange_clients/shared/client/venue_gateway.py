"""The way from the order manager to a network venue: its words, run over its link.

An order is proven absent by the words' own evidence, or by two reads in a row that begin after the
venue's visibility time and find it in no list. The time counts from the end of sending: a request
may have waited for its turn long after it was prepared. However many ask about one order, the
venue is asked at the pace of one: what it may be asked in a minute is needed to undo the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias, TypeVar

from exchange_clients.base_models import (
    NS,
    ONE,
    ClientOrderId,
    ContractId,
    Feature,
    Fill,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Reason,
    Side,
)
from exchange_clients.errors import NotConnectedError, UnsupportedFeature, VenueRejected
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.journal import IntentKind, Journal, JournalError
from exchange_clients.shared.client.gateway import (
    Found,
    Lookup,
    NotYetKnown,
    Prepared,
    ProvenAbsent,
)
from exchange_clients.shared.client.order_rules import NOTHING_DONE
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.venue import (
    AmendWords,
    CancelAllWords,
    DeadManWords,
    OrderKey,
    OrderWords,
    VoidWords,
)

REFERENCES_MAX = 10_000
"""Placements whose transaction is remembered; the oldest is forgotten first."""
SEARCHES_MAX = 1000
"""Orders that are looked for; of one that is forgotten the time begins anew."""
ACKNOWLEDGED_KEPT = 32
"""What the feeds do not tell is asked for within seconds."""
MISSES_NEEDED = 2
PAUSE_FIRST_S = 0.25
"""After a question that the venue could not answer; each further pause is twice as long."""
PAUSE_MAX_S = 2.0
FORGOTTEN_NS = 7 * 86_400 * NS
"""How far back an order is looked for that only its name is known of."""

T = TypeVar("T")
BestPrices: TypeAlias = Callable[[ContractId], tuple[Decimal, Decimal]]
"""Returns (best bid, best ask) of a book that is fresh; StaleData otherwise."""


@dataclass(frozen=True, slots=True)
class _Cancel:
    order: OrderInfo


@dataclass(frozen=True, slots=True)
class _Amend:
    order: OrderInfo
    price: Decimal | None
    size: Decimal | None


@dataclass(slots=True)
class _Search:
    """How an order was looked for in vain; instants are of the monotonic clock."""

    visible_ns: int
    next_ns: int = 0
    """Before this nothing is asked."""
    pause_s: float = PAUSE_FIRST_S
    misses: int = 0
    """Since it must be visible."""

    def not_yet_known(self, now_ns: int, reason: str = "") -> NotYetKnown:
        """Return that it is not known, and when an answer may prove something."""
        proof_ns = max(self.visible_ns, self.next_ns) - now_ns
        return NotYetKnown(reason, max(proof_ns, 0) / NS)

    def missed(self, begun_ns: int, now_ns: int) -> None:
        """Note that a question did not show the order; of questions side by side one counts."""
        if begun_ns < self.next_ns:
            return
        if begun_ns >= self.visible_ns:
            self.misses += 1
            self.next_ns = now_ns + round(PAUSE_FIRST_S * NS)
            return
        # The first question that may prove anything is not put off.
        self.next_ns = min(now_ns + round(self.pause_s * NS), max(self.visible_ns, now_ns))
        self.pause_s = min(2 * self.pause_s, PAUSE_MAX_S)


class VenueGateway:
    """One account at one venue, as an ``OrderGateway``.

    Args:
        link: Runs flows.
        name: The account's name in the journal.
        journal: Where a placement's transaction is kept before it leaves.
        tracker: Tells the venue's names of our orders.
        best_prices: What a bounded market order is judged at.
    """

    def __init__(
        self,
        link: VenueLink,
        name: str,
        journal: Journal,
        tracker: OrderTracker,
        best_prices: BestPrices,
    ) -> None:
        self._link = link
        self._name = name
        self._journal = journal
        self._tracker = tracker
        self._best_prices = best_prices
        self._sending: dict[ClientOrderId, None] = {}
        self._searches: dict[ClientOrderId, _Search] = {}
        self._references: dict[ClientOrderId, str] = {}
        self._journal_read = False
        self.on_placed: Callable[[int, OrderInfo], None] = lambda sent_ns, info: None
        """Hears of each placement that was answered: when it was sent (monotonic), and the order as
        the answer shows it; of one that was only acknowledged also what it is found as later."""
        self._acknowledged: dict[ClientOrderId, int] = {}
        """When (monotonic) what was only acknowledged so far was sent."""

    # Preparing ------------------------------------------------------------------------------------

    def prepare_place(self, order: NewOrder) -> Prepared:
        """Word a placement; a market order names its worst price where the venue wants one.

        Raises:
            StaleData: no fresh book tells what the worst price would be.
        """
        if self._link.venue.bounded_market_orders and not order.order_type.priced:
            order = replace(order, price=self._worst_price(order))
        return Prepared(IntentKind.PLACE, order.contract_id, order.client_order_id, order, order)

    def prepare_cancel(self, order: OrderInfo) -> Prepared:
        """Word a cancellation."""
        return _prepared(IntentKind.CANCEL, order, _Cancel(order))

    def prepare_amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Prepared:
        """Word a change in place.

        Raises:
            UnsupportedFeature: the venue cannot amend.
        """
        if not isinstance(self._words, AmendWords):
            raise UnsupportedFeature(self._name, Feature.AMEND)
        return _prepared(IntentKind.AMEND, order, _Amend(order, price, size))

    def _worst_price(self, order: NewOrder) -> Decimal:
        """Return the bound, rounded towards the book: never beyond what the bound allows."""
        bound = self._link.venue.market_bound
        if order.trigger_price is not None:
            start = order.trigger_price
        else:
            bid, ask = self._best_prices(order.contract_id)
            start = ask if order.side is Side.BUY else bid
        market = self._link.table.of_contract(order.contract_id).market
        return market.round_price(start * (ONE + order.side.sign * bound), order.side)

    # Sending --------------------------------------------------------------------------------------

    async def send(self, prepared: Prepared) -> OrderInfo:
        """Act once and return the order as the answer shows it; PENDING where it only acknowledges.

        Raises:
            VenueRejected: nothing was changed.
            RateLimited: nothing was done.
            OutcomeUnknown: it may or may not have acted.
        """
        payload = prepared.payload
        if isinstance(payload, _Cancel):
            return await self._link.run(self._words.cancel(payload.order))
        if isinstance(payload, _Amend):
            words = self._words
            assert isinstance(words, AmendWords), "asked when it was prepared"
            flow = words.amend(payload.order, price=payload.price, size=payload.size)
            return await self._link.run(flow)
        assert isinstance(payload, NewOrder), "prepared by another gateway"
        return await self._place(payload)

    async def _place(self, order: NewOrder) -> OrderInfo:
        client_order_id = order.client_order_id
        self._remember(client_order_id, "")
        self._sending[client_order_id] = None
        sent_ns = self._link.clock.monotonic_ns()
        try:
            info = await self._link.run(
                self._words.place(order),
                on_reference=lambda reference: self._keep(client_order_id, reference),
            )
        except JournalError as error:
            # Only keeping the reference writes to the journal, and that comes before sending.
            raise VenueRejected(
                f"not sent: its transaction could not be remembered ({error})",
                reason=Reason.DENIED_LOCALLY,
            ) from error
        except NOTHING_DONE:
            raise
        except BaseException:
            self._searches.pop(client_order_id, None)
            self._search(client_order_id)
            raise
        finally:
            del self._sending[client_order_id]
        if info.status is OrderStatus.PENDING:
            self._acknowledged[client_order_id] = sent_ns
            _bound(self._acknowledged, ACKNOWLEDGED_KEPT)
        self.on_placed(sent_ns, info)
        return info

    @property
    def sweeps(self) -> bool:
        """Whether the venue can cancel whatever the account has open by one request."""
        return isinstance(self._words, CancelAllWords)

    async def cancel_everything(self, contract_id: ContractId | None) -> None:
        """Cancel whatever the account has open, ours or not; for accounts that are ours alone.

        Raises:
            UnsupportedFeature: the venue has no such request.
        """
        words = self._words
        if not isinstance(words, CancelAllWords):
            raise UnsupportedFeature(self._name, "cancelling what others placed")
        await self._link.run(words.cancel_all(contract_id))

    async def arm_dead_man(self, seconds: float) -> None:
        """Arm or renew the venue's switch, or take it back by 0; of accounts that are ours alone.

        Raises:
            UnsupportedFeature: the venue has no such switch.
        """
        words = self._words
        if not isinstance(words, DeadManWords):
            raise UnsupportedFeature(self._name, Feature.DEAD_MAN)
        await self._link.run(words.arm_dead_man(seconds))

    def _keep(self, client_order_id: ClientOrderId, reference: str) -> None:
        if not reference:
            return  # the venue names no transaction, so that there is nothing to write
        self._journal.record_reference(self._name, client_order_id, reference)
        self._remember(client_order_id, reference)

    # Looking up -----------------------------------------------------------------------------------

    async def find(self, client_order_id: ClientOrderId, contract_id: ContractId) -> Lookup:
        """Look an order up; absent only on evidence, or when it ought to be visible and is not.

        Asked again too soon, it is what it was: not known yet.
        """
        clock = self._link.clock
        begun_ns = clock.monotonic_ns()
        search = self._search(client_order_id)
        if begun_ns < search.next_ns:
            return search.not_yet_known(begun_ns)
        key = self._key(client_order_id, contract_id)
        lookup = await self._link.run(self._words.find(key, self._link.now_ms() * 1_000_000))
        if not isinstance(lookup, NotYetKnown):
            self._searches.pop(client_order_id, None)
            sent_ns = self._acknowledged.pop(client_order_id, None)
            if sent_ns is not None and isinstance(lookup, Found):
                self.on_placed(sent_ns, lookup.info)
            return lookup
        if client_order_id in self._sending:
            return lookup
        now_ns = clock.monotonic_ns()
        search.missed(begun_ns, now_ns)
        if search.misses < MISSES_NEEDED:
            return search.not_yet_known(now_ns, lookup.reason)
        self._searches.pop(client_order_id, None)
        return ProvenAbsent()

    async def active(self, contract_id: ContractId) -> Sequence[OrderInfo | Unreadable]:
        """Return every open order of the account in one market, oldest first."""
        return await self._link.run(self._words.active(contract_id))

    async def fills(
        self, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Sequence[Fill | Unreadable]:
        """Return the account's fills in [start, end), oldest first."""
        return await self._link.run(self._words.fills(contract_id, start_ns, end_ns))

    @property
    def voids_fills(self) -> bool:
        """Whether the venue may take fills back."""
        return isinstance(self._words, VoidWords)

    async def voided(self, start_ns: int, end_ns: int) -> Sequence[VoidedFill | Unreadable]:
        """Return which fills were voided in [start, end); none where none can be."""
        words = self._words
        if not isinstance(words, VoidWords):
            return ()
        return await self._link.run(words.voided(start_ns, end_ns))

    # Inside ---------------------------------------------------------------------------------------

    @property
    def _words(self) -> OrderWords:
        """The words over the present table of markets, which may be replaced at any time."""
        if self._link.private is None:
            raise NotConnectedError(f"{self._name} is not connected: await connect() first")
        return self._link.private.orders

    def _search(self, client_order_id: ClientOrderId) -> _Search:
        """Return the search for an order; one begins when it is first missed.

        Of an order that an earlier process sent it is not known when it left, so that its time
        begins with the first question as well.
        """
        search = self._searches.get(client_order_id)
        if search is None:
            now_ns = self._link.clock.monotonic_ns()
            visible_ns = now_ns + round(self._link.venue.visibility_s * NS)
            search = self._searches[client_order_id] = _Search(visible_ns)
            _bound(self._searches, SEARCHES_MAX)
        return search

    def _key(self, client_order_id: ClientOrderId, contract_id: ContractId) -> OrderKey:
        info = self._tracker.get(client_order_id)
        long_ago_ns = self._link.clock.now_ns() - FORGOTTEN_NS
        return OrderKey(
            client_order_id=client_order_id,
            contract_id=contract_id,
            order_id=None if info is None else info.order_id or None,
            reference=self._reference(client_order_id),
            placed_ns=long_ago_ns if info is None else info.created_ns or 0,
        )

    def _reference(self, client_order_id: ClientOrderId) -> str:
        if client_order_id not in self._references and not self._journal_read:
            self._journal_read = True  # all that earlier processes placed, once
            for intent in self._journal.intents(self._name):
                if intent.kind is IntentKind.PLACE:
                    self._remember(intent.client_order_id, intent.reference)
        return self._references.get(client_order_id, "")

    def _remember(self, client_order_id: ClientOrderId, reference: str) -> None:
        self._references[client_order_id] = reference
        _bound(self._references, REFERENCES_MAX)


def _bound(remembered: dict[ClientOrderId, T], most: int) -> None:
    if len(remembered) > most:
        del remembered[next(iter(remembered))]


def _prepared(kind: IntentKind, order: OrderInfo, payload: object) -> Prepared:
    assert order.client_order_id is not None, "the tracker names every order"
    return Prepared(kind, order.contract_id, order.client_order_id, None, payload)
