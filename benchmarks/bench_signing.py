"""Measure what an order costs until its bytes are signed, at each venue, beside the usual way.

Counted is ``Signer.prepare``: the fields, the digest, the curve and the body. GRVT's own SDK has
``eth_account`` encode and sign the order, with the curve in Python that it comes with, or the one
in C where that is installed too; beside them, in turns, stand our digest and signature alone.

The limits were set where one bare signature takes 26 to 37 us (secp256k1), 31 to 44 us (Ed25519).
Where it takes longer a limit is as much higher; each line tells the figure as a multiple of it too.
Lighter's signature is made by its native library, whose calls cost more on the main thread.

    python -m benchmarks.bench_signing
"""

from __future__ import annotations

import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Yardstick, conclude
from exchange_clients.aster.client.utils.signing import AsterSigner
from exchange_clients.aster.common import V3
from exchange_clients.backpack.client.utils.signing import BackpackSigner, ed25519_seal
from exchange_clients.base_models import ClientOrderId, ContractId, NewOrder, Side, TimeInForce
from exchange_clients.bybit.client.managers.order_manager import wording
from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.common import tell
from exchange_clients.edgex.client.utils.signing import EdgexSigner, SigningTerms
from exchange_clients.edgex.client.utils.signing import OrderIntent as EdgexIntent
from exchange_clients.edgex.common import FIELDS as EDGEX_FIELDS
from exchange_clients.errors import ClientConfigError
from exchange_clients.grvt.client.utils.signing import (
    DOMAIN_HEAD,
    GrvtSigner,
    OrderIntent,
    order_digest,
)
from exchange_clients.lighter.client.utils.signing import (
    CREATE,
    LighterSigner,
    NativeSealer,
    Transaction,
)
from exchange_clients.lighter.common import FIELDS, send
from exchange_clients.okx.client.managers.market_data import OkxMarkets
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.common import ENVIRONMENTS as OKX_ENVIRONMENTS
from exchange_clients.paradex.client.managers.order_manager import intent_of
from exchange_clients.paradex.client.utils.signing import ParadexSigner
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.dialects.fapi.order_manager import FapiOrders
from exchange_clients.shared.ethereum import curve_seal, domain_separator
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Seal, Signer, SigningContext, hmac_seal

ROUNDS, REPETITIONS = 7, 100
GRVT_KEY = "0xc0663ca94684aead40c41a1cb3a94b68a24296e87245be3a186e882a29a15ee0"
GRVT_ACCOUNT = "8289849667772468"
ASTER_KEY = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1"
ASTER_USER = "0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e"
ASTER_SIGNER = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0"
LIGHTER_KEY = "0b8e0f63c24d8baacd9d29ad4e9a4b73c4a8d2bb8b16dc4fa9d7c2e1d3a8b1f0e8d3a4c5b6e7f001"
PARADEX_KEY = "0x5f3d2b1c0a99887766554433221100ffeeddccbbaa99887766554433221100f"
PARADEX_ACCOUNT = "0x129f3dc1b8962d8a87abc692424c78fda963ade0e1cd17bf3d1c26f8d41ee7a"
BACKPACK_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="
"""Dummies that stand in public tests."""
SECP256K1, ED25519 = ("secp256k1", 37.0), ("Ed25519", 44.0)
"""Curves, and how many us one signature takes at most on the machine the limits were set on."""
OKX_INSTRUMENTS = (
    Path(__file__).resolve().parent.parent / "tests/data/okx/http_get_instruments.json"
)
DIGEST = bytes(range(32))
NONCE, EXPIRATION_NS = 828_700_936, 1_730_800_479_321_350_000


def main() -> int:
    """Print p50 and p99 of each; 1 if a requirement is missed."""
    print(f"{platform.machine()} Python {platform.python_version()}")
    for curve, usual in (SECP256K1, ED25519):
        print(f"one signature by {curve} takes up to {usual:.0f} us where the limits were set")
    context = _context()
    figures = [
        _aster(context),
        _backpack(context),
        Figure("signing: an order, Bybit, p50", _bybit(context), "us", at_most=50),
        _edgex(context),
        *_grvt(context),
        *_lighter(),
        Figure("signing: an order, OKX, p50", _okx(context), "us", at_most=50),
        Figure("signing: an order, Paradex, p50", _paradex(context), "us", at_most=1000),
    ]
    return conclude(figures)


def _context() -> SigningContext:
    return SigningContext(time.time_ns() // 10**6, 1, 0xABCD, None)


def _aster(context: SigningContext) -> Figure:
    order = NewOrder(
        ClientOrderId("0000000007f3a9"),
        ContractId("BTCUSDT"),
        Side.BUY,
        Decimal("0.00273"),
        Decimal("62000.1"),
        time_in_force=TimeInForce.GTX,
    )
    request = next(FapiOrders(V3).place(order))
    seal = curve_seal(ASTER_KEY)
    signer = AsterSigner(ASTER_USER, ASTER_SIGNER, "1666", seal)
    return _beside_curve("Aster", 60, _prepared(signer, request, context), seal, SECP256K1)


def _backpack(context: SigningContext) -> Figure:
    body = {
        "symbol": "BTC_USDC_PERP",
        "side": "Bid",
        "orderType": "Limit",
        "quantity": Decimal("0.00273"),
        "price": Decimal("62000.1"),
        "timeInForce": "GTC",
        "postOnly": True,
        "clientId": 1_732_000_001,
    }
    request = Request(Method.POST, "/api/v1/order", body=body, private=True)
    seal = ed25519_seal(BACKPACK_KEY)
    signer = BackpackSigner("public", seal)
    return _beside_curve("Backpack", 50, _prepared(signer, request, context), seal, ED25519)


def _bybit(context: SigningContext) -> float:
    order = NewOrder(
        ClientOrderId("0000000007f3a9"),
        ContractId("BTCUSDT"),
        Side.BUY,
        Decimal("0.002"),
        Decimal("62000.1"),
        time_in_force=TimeInForce.GTX,
    )
    request = tell("order/create", "create", wording(order), repeatable=False)
    signer = BybitSigner("key", hmac_seal("secret"))
    (ours,) = _p50s("bybit", {"prepare": _prepared(signer, request, context)})
    return ours


def _edgex(context: SigningContext) -> Figure:
    terms = SigningTerms(
        chain_id=33431,
        verifying_contract=bytes(19) + b"\x01",
        asset_id=30000001,
        resolution=10**10,
        coin_id=1000,
        coin_resolution=10**6,
        fee_rate=Decimal("0.00045"),
    )
    order = NewOrder(
        ClientOrderId("0pj4k2x000001"),
        ContractId("30000001"),
        Side.BUY,
        Decimal("0.010"),
        Decimal("79031.2"),
    )
    intent = EdgexIntent(order, order.price, Decimal("79031.2"), "LIMIT", "POST_ONLY", terms)
    request = Request(Method.POST, "/api/v2/private/order/createOrder", intent=intent, private=True)
    values = {
        "account_id": "543429922991899150",
        "api_key": "key",
        "api_secret": "secret",
        "api_passphrase": "passphrase",
        "signer_private_key": GRVT_KEY,
    }
    signer = EdgexSigner(Credentials(EDGEX_FIELDS, values), None)
    sign = _prepared(signer, request, context)
    return _beside_curve("edgeX", 60, sign, curve_seal(GRVT_KEY), SECP256K1)


def _grvt(context: SigningContext) -> Sequence[Figure]:
    intent = OrderIntent(
        "BTC_USDT_Perp", 0x030501, Decimal(10**9), Decimal("1.013"), Decimal("68900.5"),
        buying=False, time_in_force="GOOD_TILL_TIME", post_only=False, reduce_only=False,
        client_order_id="9223372036854775900",
    )  # fmt: skip
    request = Request(Method.POST, "/full/v1/create_order", intent=intent, private=True)
    signer = GrvtSigner(GRVT_ACCOUNT, GRVT_KEY, "326", None)
    seal, domain = curve_seal(GRVT_KEY), domain_separator(DOMAIN_HEAD, 326)

    def sign() -> bytes:
        return seal(order_digest(intent, int(GRVT_ACCOUNT), domain, NONCE, EXPIRATION_NS))

    ours = _beside_curve("GRVT", 60, _prepared(signer, request, context), seal, SECP256K1)
    if find_spec("eth_account") is None:
        print("grvt: eth_account is not installed, so that its way is not measured")
        return [ours]
    times: list[float] = []
    for name, way in _by_eth_account(sign()).items():
        # Each beside ours alone: the curve in Python would sweep the caches between the others.
        alone, theirs = _p50s("grvt", {"digest and signature": sign, f"eth_account, {name}": way})
        times.append(theirs / alone)
    as_installed, in_c = times
    return [
        ours,
        Figure("signing: eth_account / ours, GRVT", as_installed, "x", at_least=10),
        Figure("signing: the same with the curve in C", in_c, "x", at_least=10, goal=True),
    ]


def _by_eth_account(expected: bytes) -> Mapping[str, Callable[[], object]]:
    """Return the SDK's way with either curve; both must give our signature, byte for byte."""
    # Any: the package is there or not, and its types are not ours.
    account_class: Any = import_module("eth_account").Account
    encode: Any = import_module("eth_account.messages").encode_typed_data
    domain = {"name": "GRVT Exchange", "version": "0", "chainId": 326}
    types = {
        "Order": [
            {"name": "subAccountID", "type": "uint64"},
            {"name": "isMarket", "type": "bool"},
            {"name": "timeInForce", "type": "uint8"},
            {"name": "postOnly", "type": "bool"},
            {"name": "reduceOnly", "type": "bool"},
            {"name": "legs", "type": "OrderLeg[]"},
            {"name": "nonce", "type": "uint32"},
            {"name": "expiration", "type": "int64"},
        ],
        "OrderLeg": [
            {"name": "assetID", "type": "uint256"},
            {"name": "contractSize", "type": "uint64"},
            {"name": "limitPrice", "type": "uint64"},
            {"name": "isBuyingContract", "type": "bool"},
        ],
    }
    leg = {
        "assetID": 0x030501,
        "contractSize": 1_013_000_000,
        "limitPrice": 68_900_500_000_000,
        "isBuyingContract": False,
    }
    order = {
        "subAccountID": int(GRVT_ACCOUNT),
        "isMarket": False,
        "timeInForce": 1,
        "postOnly": False,
        "reduceOnly": False,
        "legs": [leg],
        "nonce": NONCE,
        "expiration": EXPIRATION_NS,
    }
    ways: dict[str, Callable[[], object]] = {}
    account = account_class.from_key(GRVT_KEY)
    for name, backend in (("curve in Python", "Native"), ("curve in C", "CoinCurve")):
        curve = f"eth_keys.backends.{backend}ECCBackend"
        way = partial(_encode_and_sign, curve, account, partial(encode, domain, types), order)
        assert bytes(way().signature)[:64] == expected[:64], f"{name}: another signature"
        ways[name] = way
    return ways


def _encode_and_sign(
    curve: str, account: Any, encode: Callable[[object], Any], order: object
) -> Any:
    os.environ["ECC_BACKEND_CLASS"] = curve  # read for each signature
    return account.sign_message(encode(order))


def lighter_order() -> Callable[[], object]:
    """Return what signs a Lighter order by the venue's library.

    Raises:
        ClientConfigError: the library is not installed.
    """
    credentials = Credentials(
        FIELDS, {"private_key": LIGHTER_KEY, "account_index": "12345", "api_key_index": "5"}
    )
    sealer = NativeSealer(credentials, 304)
    fields = (
        ("MarketIndex", 1), ("ClientOrderIndex", 777), ("BaseAmount", 2500), ("Price", 1_000_500),
        ("IsAsk", 0), ("Type", 0), ("TimeInForce", 1), ("ReduceOnly", 0), ("TriggerPrice", 0),
        ("OrderExpiry", -86_400_000),
    )  # fmt: skip
    request = send(Transaction(CREATE, fields))
    signer = LighterSigner(credentials.public, sealer, blocking=True)
    return _prepared(signer, request, _context())


def _lighter() -> Sequence[Figure]:
    try:
        sign = lighter_order()
    except ClientConfigError as missing:
        print(f"lighter: not measured, {missing}")
        return []
    (main_thread,) = _p50s("lighter on the main thread", {"prepare": sign})
    told: list[float] = []
    thread = threading.Thread(
        target=lambda: told.extend(_p50s("lighter on the signing thread", {"prepare": sign}))
    )
    thread.start()
    thread.join()
    return [
        Figure("signing: an order, Lighter, signing thread, p50", told[0], "us"),
        Figure("signing: an order, Lighter, main thread, p50", main_thread, "us"),
    ]


def _okx(context: SigningContext) -> float:
    order = NewOrder(
        ClientOrderId("0000000007f3a9"), ContractId("BTC-USDT-SWAP"), Side.BUY, Decimal("0.0027"),
        Decimal("62000.1"), time_in_force=TimeInForce.GTX,
    )  # fmt: skip
    _, listings = drive(OkxMarkets().list(), [Response(200, OKX_INSTRUMENTS.read_bytes())])
    request = next(OkxOrders(MarketTable(listings)).place(order))
    signer = OkxSigner("key", "phrase", OKX_ENVIRONMENTS["prod"], hmac_seal("secret"))
    (ours,) = _p50s("okx", {"prepare": _prepared(signer, request, context)})
    return ours


def _paradex(context: SigningContext) -> float:
    order = NewOrder(
        ClientOrderId("abc1"), ContractId("ETH-USD-PERP"), Side.BUY, Decimal("0.1"),
        Decimal("1500.4"), time_in_force=TimeInForce.GTX,
    )  # fmt: skip
    request = Request(Method.POST, "/v1/orders", intent=intent_of(order), private=True)
    chain_id = "PRIVATE_SN_PARACLEAR_MAINNET"
    signer = ParadexSigner(PARADEX_ACCOUNT, PARADEX_KEY, chain_id, None)
    (ours,) = _p50s("paradex", {"prepare": _prepared(signer, request, context)})
    return ours


def _beside_curve(
    venue: str,
    at_most: float,
    sign: Callable[[], object],
    seal: Seal,
    curve: tuple[str, float],
) -> Figure:
    """Measure an order's signing in turns with the curve alone."""
    name, usual = curve
    bare = f"one {name} signature"
    ways = {"prepare": sign, bare: lambda: seal(DIGEST)}
    ours, alone = _p50s(venue.lower(), ways)
    figure = f"signing: an order, {venue}, p50"
    return Figure(figure, ours, "us", at_most=at_most, beside=Yardstick(bare, alone, usual))


def _prepared(signer: Signer, request: Request, context: SigningContext) -> Callable[[], object]:
    return lambda: signer.prepare(request, context)


def _p50s(venue: str, ways: Mapping[str, Callable[[], object]]) -> list[float]:
    """Return the medians in us of the calmest round; ways take turns, to be disturbed alike."""
    best: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        samples: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(REPETITIONS):
            for name, act in ways.items():
                start = time.perf_counter_ns()
                act()
                samples[name].append((time.perf_counter_ns() - start) / 1000)
        if not best or _total(samples) < _total(best):
            best = samples
    for name, taken in best.items():
        p99 = sorted(taken)[len(taken) * 99 // 100]
        print(f"{venue}: {name} p50={statistics.median(taken):.1f} us p99={p99:.1f} us")
    return [statistics.median(taken) for taken in best.values()]


def _total(samples: Mapping[str, Sequence[float]]) -> float:
    return sum(statistics.median(taken) for taken in samples.values())


if __name__ == "__main__":
    raise SystemExit(main())
