"""The toy venue over a simulated world: the smallest venue that every case can run on.

Its rows are our own values as JSON, and its refusals a code with status 400.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias, TypeVar

import msgspec

from exchange_clients.base_models import (
    NS,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    LiquidationEvent,
    Market,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Reason,
    Symbol,
    VenueOrderId,
)
from exchange_clients.events import (
    BookDelta,
    BookSnapshot,
    PositionUpdate,
    PrivateEvent,
    SubscribeAck,
)
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.venue import Funds
from venue_simulators.options import SimulatorOptions, build_world
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import BookChange, Wanted

ACCOUNT = "main"
PAGE = 100
CODES: Mapping[Reason | None, str] = {
    Reason.POST_ONLY_WOULD_CROSS: "would_cross",
    Reason.INSUFFICIENT_MARGIN: "no_margin",
    Reason.MARKET_UNAVAILABLE: "halted",
    Reason.ALREADY_TERMINAL: "over",
}
ABOUT: Mapping[type[object], str] = {
    OrderInfo: "order",
    Fill: "fill",
    PositionUpdate: "position",
    LiquidationEvent: "liquidation",
}
_PRIVATE = ("/orders", "/fills", "/positions", "/account")

_Params: TypeAlias = Mapping[str, str]
Row = TypeVar("Row", bound=OrderInfo | Fill)


def _market(
    symbol: str, tick: str, step: str, price: float, multiplier: int = 1
) -> SyntheticMarket:
    market = Market(
        Symbol(symbol),
        ContractId(f"{symbol}-PERP"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(5),
        multiplier=Decimal(multiplier),
    )
    return SyntheticMarket(market, price, 0.5)


MARKETS = (
    _market("BTC", "0.5", "0.0001", 100_000.0),
    _market("ETH", "0.01", "0.001", 4_000.0),
    _market("PEPE", "0.000001", "1", 0.009, 1000),
)


class Refused(Exception):
    """The venue says no; its text is the code."""


class ToySimulator:
    """Toy with one account.

    Args:
        options: What every simulator is built with.
        lag_s: How long an order is missing from every list.
    """

    name = "toy"
    services: Sequence[Service] = (
        Service("rest", ("toy",)),
        Service("ws", ("toy",)),
    )

    def __init__(self, options: SimulatorOptions, lag_s: float = 0.0) -> None:
        config = PaperConfig(leverage=Decimal(10), latency=NO_LATENCY)
        self.world = world = build_world(options, MARKETS, config)
        self._lag_ns = round(lag_s * NS)
        self._names: dict[str, VenueOrderId] = {}
        self._topics: dict[int, tuple[Connection, dict[str, None]]] = {}
        world.listen_private(ACCOUNT, self._on_private)
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here."""
        return {"TOY_KEY": "key of toy", "TOY_SECRET": "secret of toy"}

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        self.world.advance(now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something happens by itself."""
        return self.world.next_ns()

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        try:
            self._check_seal(request)
            return HttpResponse(200, msgspec.json.encode(self._answer(request)))
        except Refused as refusal:
            return HttpResponse(400, msgspec.json.encode(str(refusal)))

    def _check_seal(self, request: HttpRequest) -> None:
        if not request.path.startswith(_PRIVATE):
            return
        line = f"{request.path}?{request.query}" if request.query else request.path
        told = f"{request.headers.get('time', '')} {request.method} {line}".encode()
        if request.headers.get("seal") != simulated_seal(told).hex():
            raise Refused("bad_key")

    def _answer(self, request: HttpRequest) -> object:
        root, _, name = request.path.removeprefix("/").partition("/")
        if root == "orders":
            return self._orders(request, name)
        answers: Mapping[str, Callable[[_Params], object]] = {
            "markets": lambda params: list(self.world.markets.values()),
            "book": lambda params: self._book(ContractId(params["market"])),
            "fills": self._fills,
            "positions": lambda params: self._positions(),
            "account": lambda params: self._funds(),
        }
        return answers[root](request.params)

    def _orders(self, request: HttpRequest, name: str) -> object:
        if request.method == "POST":
            return self._place(msgspec.json.decode(request.body, type=NewOrder))
        if not name:
            rows = self.world.open_orders(ACCOUNT, ContractId(request.params["market"]))
            return _page([self._named(row) for row in rows], request.params)
        info = self.world.order(ACCOUNT, self._names[name]) if name in self._names else None
        if info is None or self._hidden(info):
            raise Refused("no_order")
        if request.method == "DELETE":
            outcome = self.world.cancel(ACCOUNT, info.order_id)
            if outcome.order is None or outcome.reason is not None:
                raise Refused(CODES.get(outcome.reason, "over"))
            info = outcome.order
        return self._named(info)

    def _hidden(self, info: OrderInfo) -> bool:
        return self.world.now_ns - (info.created_ns or 0) < self._lag_ns

    def _place(self, order: NewOrder) -> OrderInfo:
        wanted = Wanted(
            order.contract_id,
            order.side,
            order.size,
            order.price,
            order.order_type,
            order.time_in_force,
            reduce_only=order.reduce_only,
            tag=order.client_order_id,
        )
        outcome = self.world.place(ACCOUNT, wanted)
        if outcome.reason in CODES:
            raise Refused(CODES[outcome.reason])
        if outcome.order is not None:
            self._names[order.client_order_id] = outcome.order.order_id
            return self._named(outcome.order)
        return OrderInfo(
            VenueOrderId("none"),
            order.client_order_id,
            order.contract_id,
            order.side,
            order.size,
            order.price,
            OrderStatus.REJECTED,
            reason=outcome.reason,
        )

    def _fills(self, params: _Params) -> object:
        since_ns, until_ns = int(params["since"]), int(params["until"])
        rows = [
            self._named(fill)
            for fill in self.world.fills(ACCOUNT)
            if fill.contract_id == params["market"] and since_ns <= fill.venue_ns < until_ns
        ]
        return _page(rows, params)

    def _positions(self) -> list[ExchangePositionSnapshot]:
        return [
            ExchangePositionSnapshot(
                self.world.markets[held.contract_id].symbol,
                held.contract_id,
                held.size,
                held.entry_price,
                held.mark,
                held.unrealised,
            )
            for held in self.world.positions(ACCOUNT)
        ]

    def _funds(self) -> Funds:
        funds = self.world.funds(ACCOUNT)
        unrealised = sum((held.unrealised for held in self.world.positions(ACCOUNT)), Decimal(0))
        return Funds(funds.available, funds.equity, unrealised)

    def _book(self, contract_id: ContractId) -> BookSnapshot:
        depth, number = self.world.depth(contract_id)
        bids = [(float(each.price), float(each.size)) for each in depth.bids]
        asks = [(float(each.price), float(each.size)) for each in depth.asks]
        return BookSnapshot(contract_id, bids, asks, number, self.world.now_ns, 0)

    # Streams --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take every handshake."""
        self._topics[connection.number] = (connection, {})
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a subscription or the end of one."""
        topics = self._topics[connection.number][1]
        sign, topic = str(frame)[0], str(frame)[1:]
        if sign == "-":
            topics.pop(topic, None)
            return
        topics[topic] = None
        connection.send(_frame("subscribed", SubscribeAck(topic)))
        kind, _, contract_id = topic.partition(":")
        if kind == "book":
            connection.send(_frame("snapshot", self._book(ContractId(contract_id))))

    def on_close(self, connection: Connection) -> None:
        """Forget a connection."""
        self._topics.pop(connection.number, None)

    def _tell(self, topic: str, about: str, data: object) -> None:
        for connection, topics in list(self._topics.values()):
            if topic in topics:
                connection.send(_frame(about, data))

    def _on_private(self, event: PrivateEvent) -> None:
        about = ABOUT.get(type(event))
        if about is None:
            return
        named = self._named(event) if isinstance(event, OrderInfo | Fill) else event
        # Liquidations of the account are told to whoever hears its orders.
        topic = "orders:" if about == "liquidation" else f"{about}s:"
        self._tell(topic, about, named)

    def _on_book(self, change: BookChange) -> None:
        bids, asks = (
            [(float(price), float(size)) for price, size in side]
            for side in (change.bids, change.asks)
        )
        delta = BookDelta(
            change.contract_id, bids, asks, change.first, change.last, None, change.at_ns, 0
        )
        self._tell(f"book:{change.contract_id}", "delta", delta)

    def _named(self, row: Row) -> Row:
        """Return a row under the client's own name of its order."""
        tag = self.world.wanted(ACCOUNT, row.order_id).tag
        return replace(row, client_order_id=tag or None)  # type: ignore[arg-type]  # as it came


def _frame(about: str, data: object) -> str:
    return msgspec.json.encode((about, data)).decode()


def _page(rows: Sequence[object], params: _Params) -> object:
    start = int(params.get("cursor") or 0)
    end = start + PAGE
    return {"rows": rows[start:end], "next": str(end) if end < len(rows) else None}
