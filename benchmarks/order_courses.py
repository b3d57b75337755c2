"""Who trades where in ``bench_orders``, and what a venue that takes no time answers.

The answers are the samples that the decoders' tests read; a placed order's names what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import msgspec

from benchmarks.answer_server import Answer
from benchmarks.bench_signing import (
    ASTER_KEY,
    ASTER_SIGNER,
    ASTER_USER,
    BACKPACK_KEY,
    GRVT_ACCOUNT,
    GRVT_KEY,
    LIGHTER_KEY,
)
from exchange_clients.aster.client.core import VENUE as ASTER
from exchange_clients.backpack.client.core import VENUE as BACKPACK
from exchange_clients.base_models import Symbol
from exchange_clients.binance.client.core import VENUE as BINANCE
from exchange_clients.bybit.client.core import VENUE as BYBIT
from exchange_clients.edgex.client.core import VENUE as EDGEX
from exchange_clients.grvt.client.core import VENUE as GRVT
from exchange_clients.lighter.client.core import VENUE as LIGHTER
from exchange_clients.okx.client.core import VENUE as OKX
from exchange_clients.shared.venue import Venue

SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "data"
FLAT = '{"code":"SUCCESS","data":{"collateralList":[],"positionList":[],"positionAssetList":[]}}'
NONE_OPEN = '{"code":"SUCCESS","data":{"dataList":[],"nextPageOffsetData":""}}'
"""EdgeX's words for an account without position and order."""
WIDE_LIMITS = (
    '[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":1000000000},'
    '{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":1000000000}]'
)
"""The words of Aster and Binance for limits that are counted, not felt."""
DUMMY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="


def sample(name: str) -> str:
    """Return one whole answer."""
    return (SAMPLES / f"{name}.json").read_text()


@dataclass(frozen=True, slots=True)
class Course:
    """One venue, who trades there, and what it answers."""

    venue: Venue
    credentials: Mapping[str, str]
    symbol: Symbol
    price: Decimal
    size: Decimal
    goal_us: float
    answers: Mapping[str, Answer]


def fapi_answers(name: str, public: str, others: Mapping[str, str]) -> dict[str, Answer]:
    """Return what a venue answers that speaks the dialect of Aster and Binance.

    Args:
        name: Of the folder with its samples.
        public: Where the paths of its public requests begin.
        others: What it answers besides.
    """
    placed = sample(f"{name}/http_post_order")
    ours = msgspec.json.decode(placed)["clientOrderId"]
    placed = placed.replace(f'"{ours}"', '"@ID@"').replace("22542179", "@N@")
    listing = msgspec.json.decode(sample(f"{name}/http_get_exchange_info"))
    listing["rateLimits"] = msgspec.json.decode(WIDE_LIMITS)
    bodies = {
        f"GET {public}/time": '{"serverTime":1795200000000}',
        f"GET {public}/exchangeInfo": msgspec.json.encode(listing).decode(),
        **others,
    }
    return {path: Answer(body) for path, body in bodies.items()} | {
        f"POST {public}/order": Answer(placed)
    }


COURSES = (
    Course(
        ASTER,
        {
            "user_address": ASTER_USER,
            "signer_address": ASTER_SIGNER,
            "signer_private_key": ASTER_KEY,
        },
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.010"),
        100,
        fapi_answers(
            "aster",
            "/fapi/v3",
            {
                "GET /fapi/v3/fundingInfo": "[]",
                "GET /fapi/v3/positionSide/dual": '{"dualSidePosition":false}',
                "GET /fapi/v3/positionRisk": "[]",
                "GET /fapi/v3/openOrders": "[]",
                "POST /fapi/v3/listenKey": '{"listenKey":"key"}',
            },
        ),
    ),
    Course(
        BACKPACK,
        {"public_key": DUMMY, "secret_key": BACKPACK_KEY},
        Symbol("SOL"),
        Decimal("180.50"),
        Decimal("1.5"),
        100,
        {
            "GET /api/v1/time": Answer("1795200000000"),
            "GET /api/v1/markets": Answer(sample("backpack/http_get_markets")),
            "GET /api/v1/position": Answer("[]"),
            "GET /api/v1/orders": Answer("[]"),
            "POST /api/v1/order": Answer(
                sample("backpack/http_post_order")
                .replace('"4238907375"', '"@N@"')
                .replace('"clientId":1001', '"clientId":@ID@')
            ),
        },
    ),
    Course(
        BINANCE,
        {"api_key": "key", "api_secret": "secret"},
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.010"),
        60,
        fapi_answers(
            "binance",
            "/fapi/v1",
            {
                "GET /fapi/v1/fundingInfo": "[]",
                "GET /fapi/v1/rateLimit/order": WIDE_LIMITS,
                "GET /fapi/v1/positionSide/dual": '{"dualSidePosition":false}',
                "GET /fapi/v3/positionRisk": "[]",
                "GET /fapi/v1/openOrders": "[]",
                "GET /fapi/v1/openAlgoOrders": "[]",
                "POST /fapi/v1/listenKey": '{"listenKey":"key"}',
            },
        ),
    ),
    Course(
        BYBIT,
        {"api_key": "key", "api_secret": "secret"},
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.010"),
        60,
        {
            "GET /v5/market/time": Answer(sample("bybit/http_get_time")),
            "GET /v5/market/instruments-info": Answer(sample("bybit/http_get_instruments_info")),
            "GET /v5/position/list": Answer('{"retCode":0,"result":{"list":[]}}'),
            "GET /v5/order/realtime": Answer('{"retCode":0,"result":{"list":[]}}'),
            "POST /v5/order/create": Answer(
                sample("bybit/http_post_order_create")
                .replace("5cf98598-39a7-459e-97bf-76ca765ee020", "@N@")
                .replace('"x1"', '"@ID@"')
            ),
        },
    ),
    Course(
        EDGEX,
        {
            "account_id": "543429922991899150",
            "api_key": "key",
            "api_secret": "secret",
            "api_passphrase": "phrase",
            "signer_private_key": GRVT_KEY,
        },
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.010"),
        100,
        {
            "GET /api/v2/public/meta/getServerTime": Answer(sample("edgex/http_get_server_time")),
            "GET /api/v2/public/meta/getMetaData": Answer(sample("edgex/http_get_meta_data")),
            "GET /api/v2/private/account/getAccountAsset": Answer(FLAT),
            "GET /api/v2/private/order/getActiveOrderPage": Answer(NONE_OPEN),
            "POST /api/v2/private/order/createOrder": Answer(
                sample("edgex/http_post_create_order").replace("564814927928230158", "@N@")
            ),
        },
    ),
    Course(
        GRVT,
        {"trading_account_id": GRVT_ACCOUNT, "private_key": GRVT_KEY, "api_key": "key"},
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.01"),
        100,
        {
            "GET /time": Answer('{"server_time":1795200000000}'),
            "POST /auth/api_key/login": Answer(
                "{}",
                {
                    "set-cookie": "gravity=abc; Expires=Thu, 21 Nov 2126 10:00:00 GMT",
                    "x-grvt-account-id": "77",
                },
            ),
            "POST /full/v1/all_instruments": Answer(sample("grvt/http_post_all_instruments")),
            "POST /full/v1/positions": Answer('{"result":[]}'),
            "POST /full/v1/open_orders": Answer('{"result":[]}'),
            "POST /full/v1/create_order": Answer(
                sample("grvt/http_post_create_order").replace("9223372036854775900", "@ID@")
            ),
        },
    ),
    Course(
        LIGHTER,
        {"private_key": LIGHTER_KEY, "account_index": "12345", "api_key_index": "5"},
        Symbol("ETH"),
        Decimal("2064.48"),
        Decimal("0.1336"),
        800,
        {
            "GET /api/v1/orderBookDetails": Answer(sample("lighter/http_get_order_book_details")),
            "GET /api/v1/accountLimits": Answer(sample("lighter/http_get_account_limits")),
            "GET /api/v1/nextNonce": Answer(sample("lighter/http_get_next_nonce")),
            "GET /api/v1/account": Answer(
                '{"code":200,"accounts":[{"account_type":1,"available_balance":"1","total_asset_value":"1",'
                '"positions":[]}]}'
            ),
            "GET /api/v1/accountActiveOrders": Answer('{"code":200,"orders":[]}'),
            "POST /api/v1/sendTx": Answer(sample("lighter/http_post_send_tx")),
        },
    ),
    Course(
        OKX,
        {"api_key": "key", "api_secret": "secret", "passphrase": "phrase"},
        Symbol("BTC"),
        Decimal("90000.1"),
        Decimal("0.01"),
        60,
        {
            "GET /api/v5/public/time": Answer(sample("okx/http_get_time")),
            "GET /api/v5/public/instruments": Answer(sample("okx/http_get_instruments")),
            "GET /api/v5/account/config": Answer(sample("okx/http_get_config")),
            "GET /api/v5/account/positions": Answer('{"code":"0","msg":"","data":[]}'),
            "GET /api/v5/trade/orders-pending": Answer('{"code":"0","msg":"","data":[]}'),
            "GET /api/v5/trade/orders-algo-pending": Answer('{"code":"0","msg":"","data":[]}'),
            "POST /api/v5/trade/order": Answer(
                sample("okx/http_post_order")
                .replace("2497956918703120384", "@N@")
                .replace('"a1"', '"@ID@"')
            ),
        },
    ),
)
