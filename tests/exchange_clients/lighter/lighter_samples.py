"""Lighter's envelopes, the table of markets they speak of, and one account."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderStatus,
    Side,
    VenueOrderId,
)
from exchange_clients.lighter.client.managers.market_data import LighterMarkets
from exchange_clients.lighter.client.utils.signing import Transaction
from exchange_clients.lighter.common import FIELDS
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo
from tests.support.samples import Samples

SAMPLES = Samples("lighter")
sample, answer = SAMPLES.sample, SAMPLES.answer
ETH, PEPE, NVDA = ContractId("0"), ContractId("4"), ContractId("110")
ACCOUNT = "12345"
KEY = "0b8e0f63c24d8baacd9d29ad4e9a4b73c4a8d2bb8b16dc4fa9d7c2e1d3a8b1f0e8d3a4c5b6e7f001"
"""The dummy that the second published hash was signed with."""
CREDENTIALS = Credentials(
    FIELDS, {"private_key": f"0x{KEY}", "account_index": ACCOUNT, "api_key_index": "5"}
)
HOUR_NS = 3600 * 10**9
FIRST_HOUR_NS = 1795197600 * 10**9
"""The first of the two hours that the samples of funding and of candles speak of."""
CONNECTION = ConnectionInfo("market", received_ns=99)


def rows_of(name: str, key: str) -> list[dict[str, object]]:
    """Return the rows of one answer."""
    return msgspec.convert(msgspec.json.decode(sample(name))[key], list[dict[str, object]])


def changed(name: str, key: str, rows: Sequence[object], **more: object) -> Response:
    """Return an answer with other rows, and with other fields beside them."""
    whole = msgspec.json.decode(sample(name))
    return Response(200, msgspec.json.encode({**whole, key: rows, **more}))


def sent(request: Request) -> tuple[int, dict[str, int], int | None]:
    """Return kind, fields and only market of a transaction that is sent once at most."""
    assert isinstance(request.intent, Transaction)
    assert (request.method, request.path) == (Method.POST, "/api/v1/sendTx")
    assert (request.private, request.repeatable) == (True, False)
    return request.intent.kind, dict(request.intent.fields), request.intent.only_market


def table() -> MarketTable:
    """Return the list of markets."""
    _, listings = drive(LighterMarkets().list(), [answer("http_get_order_book_details")])
    return MarketTable(listings)


OURS = ClientOrderId("1732000000001")
RESTING = OrderInfo(
    order_id=VenueOrderId("281476929510117"),
    client_order_id=OURS,
    contract_id=ETH,
    side=Side.SELL,
    size=Decimal("0.1336"),
    price=Decimal("2064.48"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.04"),
    average_price=Decimal("2064.48"),
    created_ns=1795200000000000000,
    updated_ns=1795200001500000000,
)
