"""A whole venue in its own words: invented, small, and nothing left out that a client needs.

Toy's answers have the shape of our own values, which msgspec reads without help. Only its orders
are worded differently, as a real venue's are.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients import base_models as models
from exchange_clients import errors, events
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Fill, OrderInfo, Side, Symbol
from exchange_clients.events import Unreadable
from exchange_clients.shared import signing, stream, venue
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.credentials import CredentialField, Credentials
from exchange_clients.shared.encoding import path_of, plain_wire
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.stream import Topic, TopicKind

decode = msgspec.json.decode

ERRORS = ErrorTable(
    {
        "would_cross": errors.PostOnlyWouldCross,
        "no_margin": errors.InsufficientMargin,
        "halted": errors.MarketUnavailable,
        "no_order": errors.OrderNotFound,
        "over": (errors.VenueRejected, models.Reason.ALREADY_TERMINAL),
        "bad_key": errors.AuthenticationFailed,
    }
)


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Toy refuses with status 400 and a code; any other failure proves nothing."""
    if response.status == 200:
        return None
    if response.status != 400:
        return errors.OutcomeUnknown(f"status {response.status}")
    return ERRORS.error(decode(response.body, type=str), "refused", request)


# Public -------------------------------------------------------------------------------------------


class ToyMarkets:
    def list(self) -> Flow[Sequence[Listing]]:
        answer = yield Request(Method.GET, "/markets")
        return [Listing(each) for each in decode(answer.body, type=list[models.Market])]

    def depth(
        self, table: MarketTable, contract_id: ContractId, levels: int
    ) -> Flow[events.BookSnapshot]:
        answer = yield Request(Method.GET, "/book", {"market": contract_id, "levels": levels})
        return decode(answer.body, type=events.BookSnapshot)

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[events.PublicTrade]]:
        answer = yield Request(Method.GET, "/trades", {"market": contract_id, "limit": limit})
        return decode(answer.body, type=list[events.PublicTrade])

    def candles(
        self, table: MarketTable, contract_id: ContractId, interval: str, start_ns: int, end_ns: int
    ) -> Flow[Sequence[venue.Candle]]:
        span = {"every": interval, "since": start_ns, "until": end_ns}
        answer = yield Request(Method.GET, "/candles", {"market": contract_id, **span})
        return decode(answer.body, type=list[venue.Candle])


class ToyFunding:
    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        answer = yield Request(Method.GET, "/funding")
        rows = decode(answer.body, type=dict[Symbol, msgspec.Raw])
        return dict(zip(rows, read_rows(rows.values(), FundingRateSample, as_is), strict=True))

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        answer = yield Request(Method.GET, "/stats", {"markets": ",".join(contracts)})
        rows = decode(answer.body, type=dict[Symbol, msgspec.Raw])
        return dict(zip(rows, read_rows(rows.values(), MarketStats, as_is), strict=True))

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        span = {"market": contract_id, "since": since_ns, "until": until_ns}
        rows = yield from pages("/history", span, private=False)
        return read_rows(rows, FundingRateSample, as_is)


# Private ------------------------------------------------------------------------------------------


class ToyPage(msgspec.Struct):
    rows: list[msgspec.Raw]
    next: str | None


def pages(
    path: str, params: Mapping[str, object], *, private: bool = True
) -> Flow[list[msgspec.Raw]]:
    """Follow the cursor to the last page."""
    rows: list[msgspec.Raw] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = yield Request(Method.GET, path, {**params, "cursor": cursor}, private=private)
        page = decode(answer.body, type=ToyPage)
        rows, cursor = rows + page.rows, page.next
    return rows


class ToyOrder(msgspec.Struct, rename="camel"):
    """One order in any answer and on the stream."""

    id: str
    ref: str | None
    market: str
    direction: Side
    size: Decimal
    price: Decimal | None
    state: models.OrderStatus
    done: Decimal
    paid: Decimal | None
    reduce_only: bool
    at: int

    def info(self) -> OrderInfo:
        return OrderInfo(
            order_id=models.VenueOrderId(self.id),
            client_order_id=None if self.ref is None else models.ClientOrderId(self.ref),
            contract_id=ContractId(self.market),
            side=self.direction,
            size=self.size,
            price=self.price,
            status=self.state,
            filled_size=self.done,
            average_price=self.paid,
            reduce_only=self.reduce_only,
            updated_ns=self.at,
        )


class ToyOrders:
    def place(self, order: models.NewOrder) -> Flow[OrderInfo]:
        answer = yield Request(
            Method.POST, "/orders", body=order, private=True, repeatable=False, scope="order"
        )
        return decode(answer.body, type=ToyOrder).info()

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        path = f"/orders/{order.client_order_id}"
        answer = yield Request(Method.DELETE, path, private=True, urgent=True)
        return decode(answer.body, type=ToyOrder).info()

    def find(self, key: venue.OrderKey, now_ns: int) -> Flow[Lookup]:
        path = f"/orders/{key.client_order_id}"
        answer = yield Request(Method.GET, path, private=True, answers=(errors.OrderNotFound,))
        if answer.error is not None:
            return NotYetKnown()
        return Found(decode(answer.body, type=ToyOrder).info())

    def active(self, contract_id: ContractId) -> Flow[venue.Rows]:
        rows = yield from pages("/orders", {"market": contract_id})
        return read_rows(rows, ToyOrder, ToyOrder.info, ids=("id", "ref"))

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[venue.FillRows]:
        span = {"market": contract_id, "since": start_ns, "until": end_ns}
        rows = yield from pages("/fills", span)
        return read_rows(rows, Fill, as_is, ids=("order_id", "client_order_id"))


class ToyPositions:
    def all(self) -> Flow[Sequence[models.ExchangePositionSnapshot | Unreadable]]:
        answer = yield Request(Method.GET, "/positions", private=True)
        rows = decode(answer.body, type=list[msgspec.Raw])
        return read_rows(rows, models.ExchangePositionSnapshot, as_is)


class ToyAccount:
    def balance(self) -> Flow[venue.Funds]:
        answer = yield Request(Method.GET, "/account", private=True)
        return decode(answer.body, type=venue.Funds)


class ToySigner:
    """Toy wants the time and the request line signed, not the body."""

    blocking = False

    def __init__(self, key: str, seal: signing.Seal) -> None:
        self._key = key
        self._seal = seal

    def lane(self, request: Request) -> str | None:
        return None

    def prepare(self, request: Request, context: signing.SigningContext) -> signing.WireRequest:
        told = f"{context.now_ms} {request.method} {path_of(request)}"
        seal = self._seal(told.encode()).hex()
        return plain_wire(request, {"key": self._key, "time": str(context.now_ms), "seal": seal})


# Streams ------------------------------------------------------------------------------------------

EVENTS: Mapping[str, type[events.Event]] = {
    "snapshot": events.BookSnapshot,
    "delta": events.BookDelta,
    "position": events.PositionUpdate,
    "balance": events.BalanceUpdate,
    "liquidation": models.LiquidationEvent,
    "subscribed": events.SubscribeAck,
}


class ToyFrame(msgspec.Struct):
    about: str
    data: msgspec.Raw


class ToyStream:
    def __init__(self, account: venue.Account) -> None:
        self._account = account

    def connections(
        self, topics: Sequence[Topic], session: signing.Session | None
    ) -> Sequence[stream.ConnectionSpec]:
        carried = {
            "market": tuple(each for each in topics if each.kind is TopicKind.BOOK),
            "private": tuple(each for each in topics if each.kind.private),
        }
        return [
            stream.ConnectionSpec(name, "stream", some, path=f"/{name}", headers=self._account)
            for name, some in carried.items()
            if some
        ]

    def subscribe(self, topics: Sequence[Topic], context: stream.SubscribeContext) -> Sequence[str]:
        return [f"+{topic.kind.value}:{topic.contract_id or ''}" for topic in topics]

    def unsubscribe(
        self, topics: Sequence[Topic], context: stream.SubscribeContext
    ) -> Sequence[str]:
        return [f"-{topic.kind.value}:{topic.contract_id or ''}" for topic in topics]

    def decode(
        self, frame: bytes, kind: stream.FrameKind, connection: stream.ConnectionInfo
    ) -> Sequence[events.Event]:
        told = decode(frame, type=ToyFrame)
        if told.about == "order":
            return read_rows([told.data], ToyOrder, ToyOrder.info, ids=("id", "ref"))
        if told.about == "fill":
            return read_rows([told.data], Fill, as_is, ids=("order_id", "client_order_id"))
        event = decode(told.data, type=EVENTS[told.about])
        if isinstance(event, events.BookSnapshot | events.BookDelta):
            event = msgspec.structs.replace(event, local_ns=connection.received_ns)
        return (event,)


# The record ---------------------------------------------------------------------------------------


def private(
    table: MarketTable,
    environment: venue.Environment,
    credentials: Credentials,
    seal: signing.Seal | None,
) -> venue.PrivateWords:
    secret = credentials["secret"].encode()
    own: signing.Seal = lambda data: hmac.digest(secret, data, hashlib.sha256)  # noqa: E731
    signer = ToySigner(credentials["key"], seal or own)
    return venue.PrivateWords(signer, ToyOrders(), ToyPositions(), ToyAccount())


VENUE = venue.Venue(
    name="toy",
    environments={
        "prod": venue.Environment("prod", {"rest": "http://toy", "stream": "ws://toy"}, {})
    },
    fields=(
        CredentialField("key", "TOY_KEY", secret=False),
        CredentialField("secret", "TOY_SECRET"),
    ),
    id_space=models.ClientIdSpace(length=24, alphabet="0123456789abcdef"),
    limits=RateLimits((Bucket("all", 100, 1.0),), {"": {"all": 1}, "order": {"all": 2}}),
    read_error=read_error,
    markets=ToyMarkets(),
    funding=ToyFunding(),
    stream=lambda table, account, signer: ToyStream(account),
    private=private,
    normalize_symbol=lambda name: Symbol(name.partition("-")[0].upper()),
    symbol_format=lambda symbol: f"{symbol.upper()}-PERP",
    features=frozenset({models.Feature.LIQUIDATION_EVENTS}),
)
