"""edgeX's envelopes, and the table of markets and the account that they speak of."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.edgex.client.managers.market_data import EdgexMarkets
from exchange_clients.edgex.client.utils.signing import EdgexSigner
from exchange_clients.edgex.common import FIELDS
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Seal
from exchange_clients.shared.stream import ConnectionInfo
from tests.support.samples import Samples

SAMPLES = Samples("edgex")
sample, answer = SAMPLES.sample, SAMPLES.answer
BTC, PEPE = ContractId("30000001"), ContractId("30000046")
ACCOUNT = "543429922991899150"
KEY = "11" * 32
MARKET, PRIVATE = (ConnectionInfo(name, received_ns=99) for name in ("market", "private"))

OURS = ClientOrderId("demo-1")
ORDER = NewOrder(
    OURS, BTC, Side.BUY, Decimal("0.010"), Decimal("79031.2"), time_in_force=TimeInForce.GTX
)
RESTING = OrderInfo(
    order_id=VenueOrderId("564814927928230158"),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal("79031.2"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.004"),
    average_price=Decimal("79031.2"),
    created_ns=1790000000100000000,
    updated_ns=1790000000900000000,
)
FILL = Fill(
    trade_id=TradeId("9001"),
    order_id=RESTING.order_id,
    client_order_id=None,
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal("79031.2"),
    size=Decimal("0.004"),
    fee=Decimal("0.126449"),
    fee_asset="USDC",
    liquidity=Liquidity.MAKER,
    venue_ns=1790000000800000000,
)


def table() -> MarketTable:
    """Return the list of markets."""
    _, listings = drive(EdgexMarkets().list(), [answer("http_get_meta_data")])
    return MarketTable(listings)


def signer(key: str = KEY, account: str = ACCOUNT, seal: Seal | None = None) -> EdgexSigner:
    """Return the account's signer."""
    values = {
        "account_id": account,
        "api_key": "the-key",
        "api_secret": "s3cr3t",
        "api_passphrase": "the-passphrase",
        "signer_private_key": key,
    }
    return EdgexSigner(Credentials(FIELDS, values), seal)
