"""The words of the served paper venue, against its protocol as it is written down."""

from __future__ import annotations

import hashlib
import hmac
import json
from decimal import Decimal

import pytest

from exchange_clients import errors
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    NewOrder,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
)
from exchange_clients.events import SubscribeAck, SubscribeRefused, Unreadable
from exchange_clients.paper.remote.account import PaperOrders, wording
from exchange_clients.paper.remote.core import VENUE
from exchange_clients.paper.remote.errors import read_error
from exchange_clients.paper.remote.signing import PaperSigner
from exchange_clients.paper.remote.stream import PaperStream
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import SigningContext, hmac_seal
from exchange_clients.shared.stream import (
    ConnectionInfo,
    FrameKind,
    SubscribeContext,
    Topic,
    TopicKind,
)

BTC = ContractId("BTC-PERP")
NOW_MS = 1_795_204_800_123
SIGNER = PaperSigner("the key", hmac_seal("the secret"))
STREAM = PaperStream(MarketTable([]), SIGNER)
ORDER = {
    "order_id": "7",
    "client_order_id": "mine",
    "market": "BTC-PERP",
    "side": "buy",
    "order_type": "limit",
    "time_in_force": "gtc",
    "size": "1.5",
    "price": "90",
    "trigger_price": None,
    "trailing_fraction": None,
    "reduce_only": False,
    "status": "open",
    "filled_size": "0",
    "average_price": None,
    "reason": None,
    "created": 5,
    "updated": 5,
}


def signature(text: str) -> str:
    return hmac.new(b"the secret", text.encode(), hashlib.sha256).hexdigest()


def read(frame: object) -> list[object]:
    return list(STREAM.decode(json.dumps(frame).encode(), FrameKind.TEXT, ConnectionInfo("x")))


def test_what_is_signed_is_what_is_sent() -> None:
    context = SigningContext(NOW_MS, None, 0, None)
    fills = Request(Method.GET, "/fills", {"market": BTC, "cursor": None}, private=True)
    wire = SIGNER.prepare(fills, context)
    assert wire.path == "/fills?market=BTC-PERP"
    signed = signature(f"{NOW_MS}GET/fills?market=BTC-PERP")
    assert dict(wire.headers) == {
        "PAPER-KEY": "the key",
        "PAPER-TIMESTAMP": str(NOW_MS),
        "PAPER-SIGNATURE": signed,
    }
    placed = SIGNER.prepare(Request(Method.POST, "/order", body={"size": "1"}), context)
    signed = signature(f"{NOW_MS}POST/order{placed.body.decode()}")
    assert placed.headers["PAPER-SIGNATURE"] == signed


def test_a_subscription_of_the_account_is_signed_and_a_public_one_is_not() -> None:
    context = SubscribeContext(NOW_MS, 1, None)
    (frame,) = STREAM.subscribe([Topic(TopicKind.ORDERS), Topic(TopicKind.FILLS)], context)
    assert json.loads(frame) == {
        "op": "subscribe",
        "topics": ["orders", "fills"],
        "key": "the key",
        "timestamp": str(NOW_MS),
        "signature": signature(f"{NOW_MS}SUBSCRIBEorders,fills"),
    }
    (frame,) = STREAM.subscribe([Topic(TopicKind.BOOK, BTC)], context)
    assert json.loads(frame) == {"op": "subscribe", "topics": ["book:BTC-PERP"]}


def test_topics_are_acknowledged_and_refused_by_their_own_names() -> None:
    assert read({"type": "subscribed", "topic": "orders"}) == [SubscribeAck("orders:")]
    refused = {"type": "refused", "topic": None, "code": "bad_request", "message": "no"}
    assert read(refused) == [SubscribeRefused("bad_request", "no")]
    assert read({"type": "news", "topic": "orders"}) == []


def test_an_order_is_worded_with_nothing_but_what_it_says() -> None:
    plain = NewOrder(ClientOrderId("mine"), BTC, Side.BUY, Decimal("1.50"), Decimal(90))
    assert wording(plain) == {
        "client_order_id": "mine",
        "market": "BTC-PERP",
        "side": "buy",
        "size": "1.50",
        "order_type": "limit",
        "time_in_force": "gtc",
        "price": "90",
    }
    stop = NewOrder(
        ClientOrderId("stop"),
        BTC,
        Side.SELL,
        Decimal(1),
        None,
        OrderType.TRAILING_STOP,
        TimeInForce.IOC,
        reduce_only=True,
        trailing_fraction=Decimal("0.01"),
    )
    words = wording(stop)
    assert (words["reduce_only"], words["trailing_fraction"]) == (True, "0.01")
    assert "price" not in words


def test_a_placement_is_sent_once_and_reads_the_order() -> None:
    order = NewOrder(ClientOrderId("mine"), BTC, Side.BUY, Decimal("1.5"), Decimal(90))
    answer = Response(200, json.dumps(ORDER).encode())
    (request,), info = drive(PaperOrders().place(order), [answer])
    assert not request.repeatable
    assert (info.order_id, info.size, info.status) == ("7", Decimal("1.5"), OrderStatus.OPEN)


def test_a_list_is_read_to_its_last_page_and_one_bad_row_hides_no_other() -> None:
    bad = {**ORDER, "order_id": "8", "size": "NaN"}
    first = {"rows": [ORDER], "next": "7"}
    last = {"rows": [bad], "next": None}
    answers = [Response(200, json.dumps(each).encode()) for each in (first, last)]
    requests, rows = drive(PaperOrders().active(BTC), answers)
    assert [each.params["cursor"] for each in requests] == [None, "7"]
    assert len(rows) == 2
    assert isinstance(rows[1], Unreadable)
    assert rows[1].ids == ("8", "mine")


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, "post_only_would_cross", errors.PostOnlyWouldCross, Reason.POST_ONLY_WOULD_CROSS),
        (400, "below_minimum", errors.InvalidOrder, Reason.BELOW_MINIMUM),
        (409, "already_terminal", errors.VenueRejected, Reason.ALREADY_TERMINAL),
        (
            409,
            "duplicate_client_order_id",
            errors.VenueRejected,
            Reason.DUPLICATE_CLIENT_ORDER_ID,
        ),
        (401, "unauthorized", errors.AuthenticationFailed, None),
        (429, "rate_limited", errors.RateLimited, None),
        (400, "a new code", errors.OutcomeUnknown, None),
        (503, "bad_request", errors.OutcomeUnknown, None),
    ],
)
def test_a_code_tells_what_was_refused(
    status: int, body: str, kind: type[Exception], reason: Reason | None
) -> None:
    request = Request(Method.POST, "/order", repeatable=False)
    told = json.dumps({"code": body, "message": "as it is"}).encode()
    error = read_error(request, Response(status, told))
    assert type(error) is kind
    assert getattr(error, "reason", None) is reason


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, errors.OutcomeUnknown),
        (403, errors.AuthenticationFailed),
        (429, errors.RateLimited),
    ],
)
def test_an_answer_without_a_code_is_not_the_venues(status: int, kind: type[Exception]) -> None:
    request = Request(Method.POST, "/order", repeatable=False)
    assert type(read_error(request, Response(status, b"<html>"))) is kind
    assert read_error(request, Response(200, b"{}")) is None


def test_symbols_and_contracts_lead_to_each_other() -> None:
    for symbol, contract in (("BTC", "BTC-PERP"), ("PEPE", "1000PEPE-PERP")):
        assert VENUE.symbol_format(symbol) == contract
        assert VENUE.normalize_symbol(contract) == symbol
    assert VENUE.normalize_symbol("ETHUSDT") == "ETH"
