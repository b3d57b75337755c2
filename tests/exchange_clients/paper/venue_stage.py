"""What tests of the paper venue share: a source written by hand, and a trader without a loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    Market,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    PrivateEvent,
    PublicTrade,
)
from exchange_clients.journal import IntentKind
from exchange_clients.paper.commands import Command, CommandReply
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.timeline import NEVER_NS

BUY, SELL = Side.BUY, Side.SELL
BTC = ContractId("BTC-PERP")
ETH = ContractId("ETH-PERP")
START_NS = 1_700_000_000 * NS
INSTANT = PaperConfig(latency=NO_LATENCY)


def market(
    contract_id: ContractId = BTC,
    tick: str = "0.1",
    step: str = "0.001",
    *,
    min_notional: str = "0",
    maker_fee: str = "0",
    taker_fee: str = "0",
) -> Market:
    return Market(
        symbol=Symbol(contract_id.removesuffix("-PERP")),
        contract_id=contract_id,
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(min_notional),
        maker_fee=Decimal(maker_fee),
        taker_fee=Decimal(taker_fee),
    )


class ListSource:
    """The events it was given, in that order."""

    def __init__(
        self,
        events: Sequence[SourceEvent],
        *markets: Market,
        liquidity: Liquidity = Liquidity.QUOTES,
        start_ns: int = START_NS,
    ) -> None:
        self._events = tuple(events)
        self.markets: Mapping[ContractId, Market] = {
            each.contract_id: each for each in markets or (market(),)
        }
        self.info = SourceInfo("by hand", liquidity, start_ns, None, len(events))

    def events(self) -> Iterator[SourceEvent]:
        return iter(self._events)


def quote(
    at_s: float,
    bid: float,
    ask: float,
    size: float = 100.0,
    contract_id: ContractId = BTC,
    sequence: int = 0,
) -> BestBidOffer:
    at_ns = START_NS + round(at_s * NS)
    return BestBidOffer(contract_id, bid, size, ask, size, at_ns, at_ns, sequence)


def trade(
    at_s: float, price: float, size: float, aggressor: Side, contract_id: ContractId = BTC
) -> PublicTrade:
    at_ns = START_NS + round(at_s * NS)
    return PublicTrade(contract_id, price, size, aggressor, at_ns, at_ns)


def snapshot(
    at_s: float, bids: list[tuple[float, float]], asks: list[tuple[float, float]], last: int = 1
) -> BookSnapshot:
    at_ns = START_NS + round(at_s * NS)
    return BookSnapshot(BTC, bids, asks, last, at_ns, at_ns)


def delta(
    at_s: float,
    bids: list[tuple[float, float]],
    asks: list[tuple[float, float]],
    last: int,
    first: int | None = None,
) -> BookDelta:
    at_ns = START_NS + round(at_s * NS)
    return BookDelta(BTC, bids, asks, last if first is None else first, last, None, at_ns, at_ns)


def order(
    name: str,
    side: Side,
    size: str,
    price: str | None = None,
    *,
    contract_id: ContractId = BTC,
    order_type: OrderType | None = None,
    time_in_force: TimeInForce = TimeInForce.GTC,
    reduce_only: bool = False,
    trigger_price: str | None = None,
) -> NewOrder:
    return NewOrder(
        client_order_id=ClientOrderId(name),
        contract_id=contract_id,
        side=side,
        size=Decimal(size),
        price=None if price is None else Decimal(price),
        order_type=order_type or (OrderType.MARKET if price is None else OrderType.LIMIT),
        time_in_force=time_in_force,
        reduce_only=reduce_only,
        trigger_price=None if trigger_price is None else Decimal(trigger_price),
    )


@dataclass
class Limit:
    until_ns: int
    now_ns: int = 0


@dataclass
class Stage:
    """An exchange that is run by hand, with one listening account."""

    exchange: PaperExchange
    account: str = "me"
    heard: list[PrivateEvent] = field(default_factory=list)
    replies: list[CommandReply] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.exchange.open_account(self.account)
        self.exchange.mail.add_listener(self.account, self.heard.append)
        self.exchange.open()

    def send(self, kind: IntentKind, **fields: object) -> Command:
        exchange = self.exchange
        number = exchange.next_command_number()
        arrives_ns = exchange.now_ns + exchange.config.latency.up(exchange.config.seed, number)
        command = Command(number, arrives_ns, kind, self.account, **fields)  # type: ignore[arg-type]  # a test's shorthand
        self.commands.append(command)
        exchange.submit(command, self.replies.append)
        return command

    def place(self, wanted: NewOrder) -> Command:
        return self.send(
            IntentKind.PLACE,
            contract_id=wanted.contract_id,
            client_order_id=wanted.client_order_id,
            order=wanted,
        )

    def cancel(self, name: str, contract_id: ContractId = BTC) -> Command:
        return self.send(
            IntentKind.CANCEL, contract_id=contract_id, client_order_id=ClientOrderId(name)
        )

    def run_to(self, at_s: float) -> None:
        until_ns = START_NS + round(at_s * NS)
        limit = Limit(until_ns)
        while self.exchange.next_ns() <= min(until_ns, NEVER_NS - 1):
            self.exchange.run(limit, 0)

    def info(self, name: str) -> OrderInfo:
        info = self.exchange.records.get(self.account, ClientOrderId(name))
        assert info is not None, f"{name} was never placed"
        return info

    def status(self, name: str) -> OrderStatus:
        return self.info(name).status

    def fills(self) -> list[Fill]:
        return [event for event in self.heard if isinstance(event, Fill)]

    def position(self, contract_id: ContractId = BTC) -> Decimal:
        lots = self.exchange.ledger.accounts[self.account].lots(contract_id)
        return self.exchange.markets[contract_id].grid.size(lots)


def state_of(exchange: PaperExchange) -> dict[str, object]:
    """Return everything that what comes later depends on, queue positions included."""
    return {
        "owners": [
            (
                account.name,
                account.cash,
                [(name, held.lots, held.cost) for name, held in account.positions.items()],
                account.leverage,
            )
            for account in exchange.ledger.everyone()
        ],
        "funds": (exchange.ledger.fees, exchange.ledger.insurance),
        "orders": [
            (
                each.order_id,
                each.client_order_id,
                each.status,
                each.lots,
                each.filled_lots,
                each.ticks,
                each.queue_ahead_lots,
                each.triggered_ns,
            )
            for name in exchange.ledger.accounts
            for venue_market in exchange.markets.values()
            for each in venue_market.engine.open_orders(name)
        ],
        "records": [list(exchange.records.of(name)) for name in exchange.ledger.accounts],
        "best": [venue_market.best for venue_market in exchange.markets.values()],
    }
