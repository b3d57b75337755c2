"""Toy's side of the wire, in memory: books orders, tells its streams, and fails when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    Liquidity,
    Market,
    NewOrder,
    OrderStatus,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.stream import FrameKind, TopicKind
from exchange_clients.shared.transport.ports import AnswerLost, OnClose, OnFrame, OnPong, Timeouts

BTC, ETH = ContractId("BTC-PERP"), ContractId("ETH-PERP")
LATENCY_S = 0.02
PRIVATE_TOPICS = tuple(kind.value for kind in TopicKind if kind.private)
LOST_AFTER_S = 10.0
"""How long a client waits for an answer that does not come."""


def market(contract_id: ContractId, **changes: Any) -> Market:
    listed = Market(
        symbol=Symbol(contract_id.partition("-")[0]),
        contract_id=contract_id,
        tick=Decimal("0.5"),
        step=Decimal("0.001"),
        min_notional=Decimal(5),
    )
    return replace(listed, **changes)


class ToyOrder(
    msgspec.Struct,
    rename={
        "id": "order_id",
        "ref": "client_order_id",
        "market": "contract_id",
        "direction": "side",
        "state": "status",
        "done": "filled_size",
        "paid": "average_price",
        "at": "updated_ns",
    },
):
    """One order in the host's books; on the wire it has the words of ``OrderInfo``."""

    id: str
    ref: str | None
    market: str
    direction: Side
    size: Decimal
    price: Decimal | None
    state: OrderStatus
    done: Decimal
    paid: Decimal | None
    reduce_only: bool
    at: int


@dataclass
class Fault:
    """What happens to the next ``times`` requests of a kind."""

    method: str
    path: str
    times: int = 1
    arrives: bool = True
    """Whether the venue hears of it."""
    answer: Response | None = None
    """What is answered instead; None: nothing is."""
    delay_s: float = LOST_AFTER_S
    own: bool = False
    """Whether the venue's own answer comes, only late."""


class ToySocket:
    """One WebSocket of the host."""

    def __init__(self, host: ToyHost, url: str, on_frame: OnFrame, on_close: OnClose) -> None:
        self.topics: list[str] = []
        self._host = host
        self._on_frame = on_frame
        self._on_close = on_close
        self.open = True

    @property
    def private(self) -> bool:
        """Whether anything of an account was asked for over it."""
        return any(topic.startswith(PRIVATE_TOPICS) for topic in self.topics)

    def send(self, text: str) -> None:
        if not self.open:
            return
        sign, topic = text[0], text[1:]
        if sign == "+":
            self.topics.append(topic)
            self.tell("subscribed", {"topic": topic})
            if topic.startswith("book:"):
                self.tell("snapshot", self._host.book(topic.removeprefix("book:")))
        elif topic in self.topics:
            self.topics.remove(topic)

    def tell(self, about: str, data: object) -> None:
        frame = msgspec.json.encode((about, data))
        asyncio.get_running_loop().call_later(LATENCY_S, self._deliver, frame)

    def _deliver(self, frame: bytes) -> None:
        if self.open:
            self._on_frame(frame, FrameKind.TEXT)

    def ping(self) -> None:
        """Pongs are no part of Toy."""

    def close(self) -> None:
        self.end(1000)

    def end(self, code: int) -> None:
        if self.open:
            self.open = False
            self._on_close(code, "")


@dataclass
class ToyHost:
    """The venue; an ``HttpTransport`` and a ``SocketTransport`` at once."""

    clock: Clock
    markets: dict[ContractId, Market] = field(
        default_factory=lambda: {each: market(each) for each in (BTC, ETH)}
    )
    orders: dict[str, ToyOrder] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    positions: dict[ContractId, Decimal] = field(default_factory=dict)
    prices: dict[str, tuple[float, float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    answers: dict[str, Callable[[Mapping[str, str]], object]] = field(default_factory=dict)
    """By path: what a test wants to be answered instead."""
    muted: tuple[str, ...] = ()
    """What the streams keep to themselves: ``"fill"``, ``"order"``, ``"position"``."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every request that arrived: method and path."""
    sockets: list[ToySocket] = field(default_factory=list)
    refuses_streams: bool = False
    page_size: int = 100
    acknowledges: bool = False
    """Whether a placement is answered before it is in the book."""
    closed: int = 0

    # Transport ------------------------------------------------------------------------------------

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        path = request.path.partition("?")[0]
        await self.clock.sleep(LATENCY_S)
        fault = self._fault(request.method, path)
        if fault is None:
            return self._arrive(request)
        answer = self._arrive(request) if fault.arrives else None
        await self.clock.sleep(fault.delay_s)
        answer = answer if fault.own else fault.answer
        if answer is None:
            raise AnswerLost(f"no answer to {request.method} {path}")
        return answer

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> ToySocket:
        await self.clock.sleep(LATENCY_S)
        if self.refuses_streams:
            raise AnswerLost("no stream")
        socket = ToySocket(self, url, on_frame, on_close)
        self.sockets.append(socket)
        return socket

    async def close(self) -> None:
        self.closed += 1

    # What a test does -----------------------------------------------------------------------------

    def cut(self) -> None:
        """Break every stream."""
        for socket in self.sockets:
            socket.end(1006)

    def tell(self, about: str, data: object) -> None:
        """Tell every private stream."""
        if about not in self.muted:
            for socket in self.sockets:
                if socket.private:
                    socket.tell(about, data)

    def trade(self, ref: str, size: str | None = None) -> Fill:
        """Fill an order, wholly by default; tells fill, order and position."""
        order = self.orders[ref]
        quantity = order.size - order.done if size is None else Decimal(size)
        assert order.price is not None
        done = order.done + quantity
        full = done >= order.size
        ended = order.state in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
        state = OrderStatus.FILLED if full else OrderStatus.PARTIALLY_FILLED
        self.change(
            ref, tell=False, done=done, paid=order.price, state=order.state if ended else state
        )
        fill = Fill(
            trade_id=TradeId(f"t{len(self.fills) + 1}"),
            order_id=VenueOrderId(order.id),
            client_order_id=None,
            contract_id=ContractId(order.market),
            side=order.direction,
            price=order.price,
            size=quantity,
            fee=Decimal("0.01"),
            fee_asset="USD",
            liquidity=Liquidity.MAKER,
            venue_ns=self.clock.now_ns(),
        )
        self.fills.append(fill)
        contract_id = ContractId(order.market)
        held = self.positions.get(contract_id, ZERO) + order.direction.sign * quantity
        self.positions[contract_id] = held
        self.tell("fill", fill)
        self.tell("order", self.orders[ref])
        self.tell("position", self._position_event(contract_id))
        return fill

    def change(self, ref: str, *, tell: bool = True, **changes: Any) -> None:
        """Change an order by the venue's own will."""
        changed = msgspec.structs.replace(self.orders[ref], at=self.clock.now_ns(), **changes)
        self.orders[ref] = changed
        if tell:
            self.tell("order", changed)

    def book(self, contract_id: str) -> Mapping[str, object]:
        """Return the book of one market: one level a side."""
        bid, ask = self.prices.get(contract_id, (100.0, 101.0))
        return {
            "contract_id": contract_id,
            "bids": [(bid, 1.0)] if bid else [],
            "asks": [(ask, 1.0)] if ask else [],
            "last": 1,
            "venue_ns": self.clock.now_ns(),
            "local_ns": 0,
        }

    def sent(self, method: str, path: str = "/orders") -> int:
        """Return how many requests of a kind arrived."""
        return len([each for each in self.asked if each[0] == method and each[1].startswith(path)])

    # Answers --------------------------------------------------------------------------------------

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and path.startswith(fault.path):
                fault.times -= 1
                return fault
        return None

    def _arrive(self, request: WireRequest) -> Response:
        path, _, query = request.path.partition("?")
        params = dict(parse_qsl(query))
        self.asked.append((request.method, path))
        answer = self.answers.get(path)
        body = answer(params) if answer is not None else self._answer(request, path, params)
        return body if isinstance(body, Response) else Response(200, msgspec.json.encode(body))

    def _answer(self, request: WireRequest, path: str, params: Mapping[str, str]) -> object:
        if path.startswith("/orders"):
            return self._orders(request, path.removeprefix("/orders").lstrip("/"), params)
        if path == "/fills":
            return self._page(self._fills(params), params)
        plain: Mapping[str, Callable[[], object]] = {
            "/markets": lambda: list(self.markets.values()),
            "/book": lambda: self.book(params["market"]),
            "/positions": self._positions,
            "/account": lambda: {"available": "900", "equity": "1000", "unrealised": "-7"},
        }
        return plain[path]()

    def _orders(self, request: WireRequest, ref: str, params: Mapping[str, str]) -> object:
        if request.method == "POST":
            return self._place(msgspec.json.decode(request.body, type=NewOrder))
        if not ref:
            rows = [each for each in self.orders.values() if each.market == params["market"]]
            return self._page([each for each in rows if not each.state.terminal], params)
        order = self.orders.get(ref)
        if order is None:
            return refusal("no_order")
        if request.method == "GET":
            return order
        if order.state.terminal:
            return refusal("over")
        if request.method == "DELETE":
            self.change(ref, state=OrderStatus.CANCELED)
        return self.orders[ref]

    def _place(self, order: NewOrder) -> object:
        booked = ToyOrder(
            id=f"v{len(self.orders) + 1}",
            ref=order.client_order_id,
            market=order.contract_id,
            direction=order.side,
            size=order.size,
            price=order.price,
            state=OrderStatus.OPEN,
            done=ZERO,
            paid=None,
            reduce_only=order.reduce_only,
            at=self.clock.now_ns(),
        )
        self.orders[order.client_order_id] = booked
        self.tell("order", booked)
        if self.acknowledges:
            return msgspec.structs.replace(booked, state=OrderStatus.PENDING, id="")
        return booked

    def _fills(self, params: Mapping[str, str]) -> list[Fill]:
        since, until = int(params["since"]), int(params["until"])
        return [
            each
            for each in self.fills
            if each.contract_id == params["market"] and since <= each.venue_ns < until
        ]

    def _page(self, rows: list[Any], params: Mapping[str, str]) -> object:
        start = int(params.get("cursor") or 0)
        end = start + self.page_size
        return {"rows": rows[start:end], "next": str(end) if end < len(rows) else None}

    def _positions(self) -> object:
        return [
            {"symbol": self.markets[each].symbol, "contract_id": each, "quantity": held}
            for each, held in self.positions.items()
            if held
        ]

    def _position_event(self, contract_id: ContractId) -> Mapping[str, object]:
        return {
            "contract_id": contract_id,
            "quantity": self.positions[contract_id],
            "entry_price": None,
            "venue_ns": self.clock.now_ns(),
        }


def refusal(code: str) -> Response:
    """Return Toy's way to say no."""
    return Response(400, msgspec.json.encode(code))
