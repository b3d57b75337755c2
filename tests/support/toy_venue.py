"""A whole venue in its own words: invented, small, and nothing left out that a bot needs.

Toy's rows have the shape of our own values, which msgspec reads as they are; a real venue's have a
struct each. A part stands under the name of the file that holds it at a real venue.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from exchange_clients import base_models, errors, events
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Fill, OrderInfo, Symbol
from exchange_clients.events import BookSnapshot, Event, Unreadable
from exchange_clients.shared import stream, venue
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.credentials import CredentialField, Credentials
from exchange_clients.shared.encoding import path_of, plain_wire
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.signing import Seal, SigningContext, WireRequest
from exchange_clients.shared.stream import ConnectionInfo, ConnectionSpec, FrameKind, Topic

T = TypeVar("T")
IDS = ("order_id", "client_order_id")
decode = msgspec.json.decode
# common.py
PROD = venue.Environment("prod", {"rest": "http://toy", "stream": "ws://toy"}, {})
KEY = CredentialField("key", "TOY_KEY", secret=False)
SECRET = CredentialField("secret", "TOY_SECRET")

# client/utils/errors.py
ERRORS = ErrorTable(
    {
        "would_cross": errors.PostOnlyWouldCross,
        "no_margin": errors.InsufficientMargin,
        "halted": errors.MarketUnavailable,
        "no_order": errors.OrderNotFound,
        "over": (errors.VenueRejected, base_models.Reason.ALREADY_TERMINAL),
        "bad_key": errors.AuthenticationFailed,
    }
)


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Toy refuses with status 400 and a code; any other failure proves nothing."""
    if response.status == 400:
        return ERRORS.error(decode(response.body, type=str), "refused", request)
    return None if response.status == 200 else errors.OutcomeUnknown(f"status {response.status}")


# client/utils/converters.py
class ToyPage(msgspec.Struct):
    rows: list[msgspec.Raw]
    next: str | None


def ask(path: str, answer: type[T], *, private: bool = False, **params: object) -> Flow[T]:
    response = yield Request(Method.GET, path, params, private=private)
    return decode(response.body, type=answer)


def pages(path: str, *, private: bool = True, **params: object) -> Flow[list[msgspec.Raw]]:
    page = yield from ask(path, ToyPage, private=private, **params)
    if page.next is None:
        return page.rows
    following = pages(path, private=private, **{**params, "cursor": page.next})
    return page.rows + (yield from following)


# client/managers/market_data.py
class ToyMarkets:
    def list(self) -> Flow[Sequence[Listing]]:
        markets = yield from ask("/markets", tuple[base_models.Market, ...])
        return [Listing(each) for each in markets]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        return ask("/book", BookSnapshot, market=contract_id, levels=levels)


# funding_adapter/fetchers.py
class ToyFunding:
    def rates(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[venue.Rates]:
        rows = yield from ask("/funding", dict[Symbol, msgspec.Raw])
        return dict(zip(rows, read_rows(rows.values(), FundingRateSample, as_is), strict=True))

    def stats(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[venue.Stats]:
        rows = yield from ask("/stats", dict[Symbol, msgspec.Raw], markets=",".join(contracts))
        return dict(zip(rows, read_rows(rows.values(), MarketStats, as_is), strict=True))


# client/managers/order_manager.py
class ToyOrders:
    def place(self, order: base_models.NewOrder) -> Flow[OrderInfo]:
        answer = yield Request(Method.POST, "/orders", body=order, private=True, repeatable=False)
        return decode(answer.body, type=OrderInfo)

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        path = f"/orders/{order.client_order_id}"
        answer = yield Request(Method.DELETE, path, private=True, urgent=True)
        return decode(answer.body, type=OrderInfo)

    def find(self, key: venue.OrderKey, now_ns: int) -> Flow[Lookup]:
        path, answers = f"/orders/{key.client_order_id}", (errors.OrderNotFound,)
        answer = yield Request(Method.GET, path, private=True, answers=answers)
        return NotYetKnown() if answer.error else Found(decode(answer.body, type=OrderInfo))

    def active(self, contract_id: ContractId) -> Flow[venue.Rows]:
        rows = yield from pages("/orders", market=contract_id)
        return read_rows(rows, OrderInfo, as_is, IDS)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[venue.FillRows]:
        rows = yield from pages("/fills", market=contract_id, since=start_ns, until=end_ns)
        return read_rows(rows, Fill, as_is, IDS)


# client/managers/position_manager.py and account_manager.py
class ToyAccount:
    def all(self) -> Flow[Sequence[base_models.ExchangePositionSnapshot | Unreadable]]:
        rows = yield from ask("/positions", list[msgspec.Raw], private=True)
        return read_rows(rows, base_models.ExchangePositionSnapshot, as_is)

    def balance(self) -> Flow[venue.Funds]:
        return ask("/account", venue.Funds, private=True)


# client/utils/signing.py
class ToySigner:
    blocking = False

    def __init__(self, credentials: Credentials, seal: Seal | None) -> None:
        self._key, secret = credentials["key"], credentials["secret"].encode()
        self._seal: Seal = seal or (lambda data: hmac.digest(secret, data, "sha256"))

    def lane(self, request: Request) -> str | None:
        return None

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Toy wants the time and the request line signed, not the body."""
        seal = self._seal(f"{context.now_ms} {request.method} {path_of(request)}".encode()).hex()
        return plain_wire(request, {"key": self._key, "time": str(context.now_ms), "seal": seal})


# websocket/message_handler.py
ROWS: Mapping[str, type[OrderInfo | Fill]] = {"order": OrderInfo, "fill": Fill}
EVENTS: Mapping[str, type[Event]] = {
    "snapshot": events.BookSnapshot,
    "delta": events.BookDelta,
    "position": events.PositionUpdate,
    "balance": events.BalanceUpdate,
    "liquidation": base_models.LiquidationEvent,
    "subscribed": events.SubscribeAck,
}


class ToyStream:
    def connections(self, topics: Sequence[Topic], *opening: object) -> list[ConnectionSpec]:
        return [ConnectionSpec("all", "stream", tuple(topics))]

    def subscribe(self, topics: Sequence[Topic], context: stream.SubscribeContext) -> list[str]:
        return [f"+{topic.name}" for topic in topics]

    def unsubscribe(self, topics: Sequence[Topic], context: stream.SubscribeContext) -> list[str]:
        return [f"-{topic.name}" for topic in topics]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        about, data = decode(frame, type=tuple[str, msgspec.Raw])
        if about in ROWS:
            return read_rows([data], ROWS[about], as_is, IDS)
        event = decode(data, type=EVENTS[about])
        if isinstance(event, events.BookSnapshot | events.BookDelta):
            event = msgspec.structs.replace(event, local_ns=connection.received_ns)
        return [event]


# client/core.py
VENUE = venue.Venue(
    name="toy",
    environments={"prod": PROD},
    fields=(KEY, SECRET),
    id_space=base_models.ClientIdSpace(length=24, alphabet="0123456789abcdef"),
    limits=RateLimits((Bucket("all", 100, 1.0),), {"": {"all": 1}}),
    read_error=read_error,
    markets=ToyMarkets(),
    funding=ToyFunding(),
    stream=lambda table, account, signer: ToyStream(),
    private=lambda table, environment, credentials, seal: venue.PrivateWords(
        ToySigner(credentials, seal), ToyOrders(), ToyAccount(), ToyAccount()
    ),
    normalize_symbol=lambda name: Symbol(name.partition("-")[0].upper()),
    symbol_format=lambda symbol: f"{symbol.upper()}-PERP",
    features=frozenset({base_models.Feature.LIQUIDATION_EVENTS}),
)
