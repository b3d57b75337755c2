"""What an account has done and holds, in the venue's own sums.

``amount`` of the collateral is no balance: buying takes the whole notional from it and selling adds
it, so that amount plus the value of the positions is the equity, and amount plus what the positions
cost (``legacyAmount``) is what one would call a wallet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, LiquidationEvent, OrderInfo
from exchange_clients.events import FundingPayment, PrivateEvent
from venue_simulators.agenda import Agenda
from venue_simulators.edgex.account_rows import (
    MONEY_PAID,
    Booking,
    Row,
    collateral_row,
    fill_row,
    funding_row,
    kind_of_trade,
    position_row,
    term_row,
)
from venue_simulators.edgex.authentication import Member
from venue_simulators.edgex.feed import (
    ACCOUNT_UPDATE,
    FINISH_LIQUIDATING,
    FUNDING_SETTLEMENT,
    ORDER_UPDATE,
    START_LIQUIDATING,
    Feed,
)
from venue_simulators.edgex.listing import MAKER_FEE, TAKER_FEE, Contract
from venue_simulators.edgex.order_desk import OrderDesk
from venue_simulators.edgex.order_record import OrderRecord
from venue_simulators.edgex.positions import Position
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.edgex.wording import COLLATERAL_ID, MS, Words, money, ms, plain
from venue_simulators.world import World


@dataclass(frozen=True, slots=True)
class Venue:
    """What all accounts of a venue share."""

    world: World
    agenda: Agenda
    desk: OrderDesk
    contracts: Mapping[ContractId, Contract]
    """By which all that is held and told is counted."""
    listed: Mapping[ContractId, Contract]
    """By the rules that are announced."""
    terms: EdgexTerms


@dataclass(slots=True, eq=False)
class AccountBook:
    """One account's ledgers; it listens to the world on its own."""

    member: Member
    venue: Venue
    feed: Feed
    fills: list[Row] = field(default_factory=list)
    """Oldest first, as are all of these."""
    movements: list[Row] = field(default_factory=list)
    """Of positions."""
    collateral_movements: list[Row] = field(default_factory=list)
    terms: list[Words] = field(default_factory=list)
    """Positions from their openings to their ends, those that have ended."""
    positions: dict[ContractId, Position] = field(default_factory=dict)
    leverages: dict[str, Decimal] = field(default_factory=dict)
    """Chosen ones by contract; of all others under "0"."""
    margin_modes: dict[ContractId, int] = field(default_factory=dict)
    nonces: dict[int, str] = field(default_factory=dict)
    """Numbers that were signed, by what they were signed for."""
    _opened_ns: int = 0
    _first_row: int = 0

    def __post_init__(self) -> None:
        world = self.venue.world
        self._opened_ns = world.now_ns
        self._first_row = world.now_ns // MS * 1000
        world.listen_private(self.member.name, self._on_event)

    # Hearing --------------------------------------------------------------------------------------

    def _on_event(self, event: PrivateEvent) -> None:
        match event:
            case OrderInfo():
                contract = self.venue.contracts[event.contract_id]
                self.venue.desk.on_info(self.member, event, contract)
            case Fill():
                self._on_fill(event)
            case FundingPayment():
                self._on_funding(event)
            case LiquidationEvent():
                self._on_liquidation()

    def on_record(self, record: OrderRecord) -> None:
        """Tell of an order that has changed."""
        self._tell(ORDER_UPDATE, {"order": [record.words()]})

    def _on_fill(self, fill: Fill) -> None:
        record = self.venue.desk.of_fill(self.member, fill)
        record.match(fill)
        position = self.positions.setdefault(fill.contract_id, Position(fill.contract_id))
        change = position.trade(fill)
        record.profit += change.gross - fill.fee
        number = self._next_row()
        told = fill_row(number, fill, record, change.gross)
        moved = position_row(number, told, change, position)
        notional = -fill.size * fill.price * fill.side.sign
        kind, account_id = kind_of_trade(fill.side), self.member.account_id
        money_moved = collateral_row(
            moved, account_id, kind, notional - fill.fee, change.gross - fill.fee
        )
        self.fills.append(told)
        self.movements.append(moved)
        self.collateral_movements.append(money_moved)
        if not position.size:
            self.terms.append(term_row(account_id, position, long=fill.side.sign < 0))
        booking = Booking(told, moved, money_moved)
        booked_ns = self.venue.world.now_ns + self.venue.terms.censor_delay_ns
        self.venue.agenda.plan(booked_ns, lambda: self._book(record, fill, booking))

    def _book(self, record: OrderRecord, fill: Fill, booking: Booking) -> None:
        """Tell of a fill a second time, now that it has passed the check, with all that it did."""
        record.filled.add(fill)
        record.updated_ns = max(record.updated_ns, self.venue.world.now_ns)
        data: Words = {
            "order": [record.words()],
            "orderFillTransaction": [booking.fill.words],
            "position": [self.position_words(fill.contract_id)],
            "positionTransaction": [booking.position.words],
            "collateral": [self.collateral_words()],
            "collateralTransaction": [booking.collateral.words],
        }
        self._tell(ORDER_UPDATE, data)

    def _on_funding(self, payment: FundingPayment) -> None:
        position = self.positions.setdefault(payment.contract_id, Position(payment.contract_id))
        position.pay(payment.amount, payment.venue_ns)
        account_id = self.member.account_id
        ticker = self.venue.world.ticker(payment.contract_id)
        prices = ticker.index, ticker.mark
        moved = funding_row(self._next_row(), account_id, payment, position, prices)
        money_moved = collateral_row(moved, account_id, MONEY_PAID, payment.amount, payment.amount)
        self.movements.append(moved)
        self.collateral_movements.append(money_moved)
        data: Words = {
            "position": [self.position_words(payment.contract_id)],
            "positionTransaction": [moved.words],
            "collateral": [self.collateral_words()],
            "collateralTransaction": [money_moved.words],
        }
        self._tell(FUNDING_SETTLEMENT, data)

    def _on_liquidation(self) -> None:
        self._tell(START_LIQUIDATING, {"account": [self.account_words()]})
        self._tell(FINISH_LIQUIDATING, {"account": [self.account_words()]})

    def account_changed(self) -> None:
        """Tell of another leverage or margin mode."""
        self._tell(ACCOUNT_UPDATE, {"account": [self.account_words()]})

    def _tell(self, event: str, data: Words) -> None:
        self.feed.tell(event, data, self.venue.world.now_ns)

    def _next_row(self) -> str:
        return str(self._first_row + len(self.movements) + 1)

    # Wording --------------------------------------------------------------------------------------

    def snapshot(self) -> Words:
        """Return what a new socket hears first; of orders only those that can still trade."""
        return {
            "account": [self.account_words()],
            "collateral": [self.collateral_words()],
            "position": [self.position_words(name) for name in self.positions],
            "order": [record.words() for record in self.venue.desk.active(self.member.name)],
        }

    def position_words(self, contract_id: ContractId) -> Words:
        """Return the row of a position."""
        return self.positions[contract_id].words(self.member.account_id)

    @property
    def amount(self) -> Decimal:
        """What the collateral's ``amount`` says."""
        cost = sum((position.open_value for position in self.positions.values()), ZERO)
        return self.venue.world.funds(self.member.name).cash - cost

    def collateral_words(self) -> Words:
        """Return the row of the collateral."""
        cash = self.venue.world.funds(self.member.name).cash
        stats = [
            stat
            for position in self.positions.values()
            for stat in (position.long_total, position.short_total)
        ]
        fees = sum((stat.open_fee + stat.close_fee for stat in stats), ZERO)
        funding = sum((stat.funding for stat in stats), ZERO)
        return {
            "accountId": self.member.account_id,
            "coinId": COLLATERAL_ID,
            "amount": money(self.amount),
            "legacyAmount": money(cash),
            "cumFillFeeAmount": money(fees),
            "cumFundingFeeAmount": money(funding),
            "createdTime": ms(self._opened_ns),
            "updatedTime": ms(self.venue.world.now_ns),
        }

    def account_words(self) -> Words:
        """Return the row of the account."""
        default = self.leverages.get("0")
        return {
            "id": self.member.account_id,
            "userId": self.member.account_id,
            "ethAddress": self.member.signer,
            "l2Key": self.member.signer,
            "clientAccountId": self.member.name,
            "isSystemAccount": False,
            "status": "NORMAL",
            "isLiquidating": False,
            "defaultTradeSetting": _setting(default, None),
            "contractIdToTradeSetting": {
                name: _setting(self.leverages.get(name), self.margin_modes.get(name))
                for name in self.venue.contracts
                if name in self.leverages or name in self.margin_modes
            },
            "createOrderPerMinuteLimit": 0,
            "createOrderDelayMillis": 0,
            "createdTime": ms(self._opened_ns),
            "updatedTime": ms(self.venue.world.now_ns),
        }


def _setting(leverage: Decimal | None, margin_mode: int | None) -> Words:
    words: Words = {
        "isSetFeeRate": False,
        "takerFeeRate": plain(TAKER_FEE),
        "makerFeeRate": plain(MAKER_FEE),
        "isSetFeeDiscount": False,
        "isSetMaxLeverage": leverage is not None,
        "maxLeverage": plain(leverage or ZERO),
    }
    return words if margin_mode is None else words | {"marginMode": margin_mode}
