"""What a venue does of its own to those who trade there, whatever they do.

Each deed acts at the world's present instant, and is told as the venue tells such things.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum

from exchange_clients.base_models import (
    ONE,
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Market,
    OrderStatus,
    Reason,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.funding import HOUR_NS
from exchange_clients.paper.settlement import Settlement
from venue_simulators.market_words import Admits, MarketWords
from venue_simulators.world_values import Wanted


class Forced(Enum):
    """Why a venue closes a position in its owner's place."""

    LIQUIDATED = "liquidated"
    DELEVERAGED = "deleveraged"
    """Others cannot pay, and it is ahead."""
    SETTLED = "settled"
    """Its market is delisted."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What an order was filled beyond its size."""

    size: Decimal
    at_ns: int

    def is_told_by(self, fill: Fill) -> bool:
        """Tell whether a fill of the order is this one: what it had asked for was filled before."""
        return fill.venue_ns >= self.at_ns


class VenueDeeds:
    """The venue's own hand; a world has one.

    Args:
        exchange: Where it is stretched out.
        words: What the world says of each contract.
    """

    def __init__(self, exchange: PaperExchange, words: dict[ContractId, MarketWords]) -> None:
        self._exchange = exchange
        self._words = words
        self.rules: dict[ContractId, Market] = {
            contract_id: market.spec for contract_id, market in exchange.markets.items()
        }
        """By which orders are judged, as the list of markets tells them."""
        self.collateral_price = ONE
        """What a unit of the collateral is worth (USD), where the venue tells that."""
        self.forces = Forced.LIQUIDATED
        """Why it closes positions at this instant, where its orders say so."""
        self.late = LateRows()
        """Which payments of funding its lists do not show yet."""
        self.extras: dict[VenueOrderId, Extra] = {}
        """By which orders more was filled than they had asked for."""

    def take(self, account: str, contract_id: ContractId, share: Decimal, now_ns: int) -> None:
        """Close a share of a position in its owner's place, rounded down to the step.

        So a venue unwinds who is ahead when others cannot pay; it is told as a liquidation is.
        Nothing happens without a book. Whoever calls lets the world go on to its present instant.
        """
        exchange = self._exchange
        owner, market = exchange.ledger.accounts[account], exchange.markets[contract_id]
        lots = int(abs(owner.lots(contract_id)) * share)
        exchange.act(now_ns, lambda: exchange.watch.take(owner, market, lots, now_ns))

    def overfill(self, account: str, order_id: VenueOrderId, size: Decimal, at_ns: int) -> None:
        """Fill an order on at an instant, by so much more than it asks for, at its last price.

        Nothing happens to one that is not filled to its end by then, nor to one that was filled on
        already; what reduces only is filled on as far as it still closes.
        """
        self._exchange.act(at_ns, lambda: self._fill_on(account, order_id, size, at_ns))

    def _fill_on(self, account: str, order_id: VenueOrderId, size: Decimal, now_ns: int) -> None:
        exchange, name = self._exchange, ClientOrderId(order_id)
        info = exchange.records.get(account, name)
        if info is None or info.status is not OrderStatus.FILLED or order_id in self.extras:
            return
        fills = [each for each in exchange.records.fills(account) if each.client_order_id == name]
        last, market = fills[-1], exchange.markets[info.contract_id]
        known = market.engine.find(account, name)
        assert known is not None, "the engine knows what has ended lately"
        extra = market.engine.overfill(
            known.order_id,
            market.grid.ticks(last.price),
            market.grid.lots(size),
            now_ns,
            resting=last.liquidity is Liquidity.MAKER,
        )
        if extra:
            self.extras[order_id] = Extra(market.grid.size(extra), now_ns)
        exchange.watch.review(now_ns)

    def extra(self, order_id: VenueOrderId) -> Decimal:
        """Return by how much more an order was filled than it had asked for."""
        known = self.extras.get(order_id)
        return ZERO if known is None else known.size

    def void(self, account: str, fill: Fill, now_ns: int) -> None:
        """Take back a fill of an account, as it was told: position and money are without it again.

        Margin is looked at as after every trade. Whoever calls lets the world go on to its present
        instant.
        """
        exchange = self._exchange
        settlement = self._settlement(fill.contract_id)

        def act() -> None:
            settlement.take_back(fill, account, now_ns)
            exchange.watch.review(now_ns)

        exchange.act(now_ns, act)

    def charge(self, contract_id: ContractId, factor: Decimal) -> None:
        """Charge so many times the market's own fees from now on; a rebate becomes a fee."""
        market = self._exchange.markets[contract_id]
        fees = self._exchange.config.fees(market.spec)
        charged = (fee if factor == 1 else abs(fee) * factor for fee in fees)
        self._settlement(contract_id).set_fees(*charged)

    def settle_every(self, hours: int | None, now_ns: int) -> None:
        """Settle the funding of every market so often from now on; None settles as at first."""
        terms = self._exchange.config.funding
        if hours is not None:
            terms = replace(terms, interval_ns=hours * HOUR_NS)
        self._exchange.funding.change(terms, now_ns)

    def value_collateral(self, price: Decimal) -> None:
        """Let a unit of the collateral be worth so much (USD) from now on.

        Venues that price it tell the account's money by it. Trading and margin go on in the coin.
        """
        self.collateral_price = price

    def cross(self, contract_id: ContractId, side: Side, ticks: int, now_ns: int) -> bool:
        """Tell a level so many ticks beyond the best one of the other side, where nothing is.

        Tell whether it is told: not while the other side is empty.
        """
        book, grid = self._words[contract_id].book, self._exchange.markets[contract_id].grid
        other = book.best(side.opposite)
        if other is None:
            return False
        at = grid.ticks(other.price) + side.sign * ticks
        book.tell_ghost(side, at, now_ns)
        return True

    def uncross(self, contract_id: ContractId, now_ns: int) -> None:
        """Tell no level any more that is not there."""
        for side in Side:
            self._words[contract_id].book.tell_ghost(side, None, now_ns)

    def announce(self, rules: Market) -> None:
        """List a market by other rules, and refuse whatever does not meet them, from now on.

        What rests stays, as it was placed.
        """
        before = self._exchange.markets[rules.contract_id].spec
        assert not rules.tick % before.tick, "the engine has no prices between its own ticks"
        assert not rules.step % before.step, "the engine has no sizes between its own steps"
        self.rules[rules.contract_id] = rules

    def admit(self, contract_id: ContractId, admits: Admits) -> None:
        """Refuse some orders of a market from now on."""
        self._words[contract_id].admits = admits

    def show_mark(self, contract_id: ContractId, factor: Decimal) -> None:
        """Tell the mark so many times as large as it is; trading and margin go by the true one."""
        self._words[contract_id].mark_shown = factor

    def _settlement(self, contract_id: ContractId) -> Settlement:
        settlement = self._exchange.markets[contract_id].engine.book.listener
        assert isinstance(settlement, Settlement), "the exchange settles its own matches"
        return settlement


@dataclass
class LateRows:
    """Which rows of a list show later than they were booked; instants are epoch ns."""

    rows: list[tuple[int, int]] = field(default_factory=list)
    """From when on which lateness holds, ascending."""
    all_by_ns: int = 0
    """What was booked before then shows by then."""

    def put_off(self, late_ns: int, now_ns: int) -> None:
        """Show what is booked from now on so much later; zero at once."""
        self.rows.append((now_ns, late_ns))

    def show(self, now_ns: int) -> None:
        """Show everything, now and from now on."""
        self.put_off(0, now_ns)
        self.all_by_ns = now_ns

    def shown_ns(self, booked_ns: int) -> int:
        """Return from when on a row shows that was booked at an instant."""
        late = [late_ns for since_ns, late_ns in self.rows if since_ns <= booked_ns]
        shown_ns = booked_ns + (late[-1] if late else 0)
        return shown_ns if booked_ns > self.all_by_ns else min(shown_ns, self.all_by_ns)


def everything(order: Wanted) -> Reason | None:
    """Take every order."""
    del order
    return None


def reducing_only(order: Wanted) -> Reason | None:
    """Take what reduces a position alone."""
    return None if order.reduce_only else Reason.MARKET_UNAVAILABLE


def resting_only(order: Wanted) -> Reason | None:
    """Take post-only orders alone."""
    return None if order.time_in_force is TimeInForce.GTX else Reason.MARKET_UNAVAILABLE


def without_margin(order: Wanted) -> Reason | None:
    """Refuse whatever would bind margin, as while that of ended orders is not free yet."""
    return None if order.reduce_only else Reason.INSUFFICIENT_MARGIN
