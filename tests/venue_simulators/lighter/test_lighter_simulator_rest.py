"""The shapes of answers, the units in them, and the refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.paper.config import Acknowledge
from tests.venue_simulators.lighter.lighter_bench import DIGEST, Bench
from venue_simulators.lighter.simulator import build
from venue_simulators.lighter.terms import LighterTerms, Tier
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.wire import HttpRequest

HOUR_MS = 3_600_000


def test_the_environment_names_what_users_already_have() -> None:
    simulator = build(SimulatorOptions())
    environment = simulator.environment({"rest": "http://a", "ws": "ws://a/stream"})
    assert list(environment) == [
        "API_KEY_PRIVATE_KEY",
        "LIGHTER_ACCOUNT_INDEX",
        "LIGHTER_API_KEY_INDEX",
        "PERP_LIGHTER_REST_URL",
        "PERP_LIGHTER_WS_URL",
    ]
    assert len(environment["API_KEY_PRIVATE_KEY"]) == 80


def test_markets_are_integers_with_scales_and_minimums() -> None:
    bench = Bench(replace(DIGEST, symbols=("ETH", "PEPE")))
    rows = bench.read("orderBookDetails", filter="perp")["order_book_details"]
    assert [(row["market_id"], row["symbol"]) for row in rows] == [(0, "ETH"), (4, "1000PEPE")]
    ether = rows[0]
    assert (ether["supported_price_decimals"], ether["supported_size_decimals"]) == (2, 4)
    assert (ether["min_base_amount"], ether["min_quote_amount"]) == ("0.0050", "10.000000")
    assert ether["min_initial_margin_fraction"] == 200
    assert ether["maintenance_margin_fraction"] == 120
    assert ether["closeout_margin_fraction"] == 80
    listed = bench.read("orderBooks", market_id=4)["order_books"]
    assert [row["symbol"] for row in listed] == ["1000PEPE"]


def test_the_asset_of_accounts_is_listed_by_its_number() -> None:
    bench = Bench()
    (asset,) = bench.read("assetDetails")["asset_details"]
    assert (asset["asset_id"], asset["symbol"], asset["decimals"]) == (3, "USDC", 6)


def test_the_rest_book_lists_single_orders() -> None:
    bench = Bench()
    book = bench.read("orderBookOrders", market_id=1, limit=250)
    asks = [Decimal(row["price"]) for row in book["asks"]]
    assert asks == sorted(asks)
    assert len(set(asks)) < len(asks)
    best_bid, _, _ = bench.simulator.world.best(next(iter(bench.simulator.world.markets)))
    assert best_bid is not None
    at_best = [row for row in book["bids"] if Decimal(row["price"]) == best_bid[0]]
    assert sum(Decimal(row["remaining_base_amount"]) for row in at_best) == best_bid[1]


def test_candles_need_all_parameters_and_leave_zeros_out() -> None:
    bench = Bench()
    span = {"start_timestamp": bench.now_ms - 5 * HOUR_MS, "end_timestamp": bench.now_ms}
    answer = bench.read("candles", market_id=1, resolution="1h", count_back=3, **span)
    assert answer["r"] == "1h"
    assert [row["t"] % HOUR_MS for row in answer["c"]] == [0, 0, 0]
    assert all(0 not in row.values() for row in answer["c"])
    assert bench.get("candles", market_id=1, resolution="1h", **span).status == 400
    wrong = bench.get("candles", market_id=1, resolution="2h", count_back=3, **span)
    assert json.loads(wrong.body)["code"] == 22400


def test_funding_is_unsigned_percent_an_hour_in_history_and_a_fraction_in_the_list() -> None:
    bench = Bench()
    span = {"start_timestamp": bench.now_ms - 5 * HOUR_MS, "end_timestamp": bench.now_ms}
    rows = bench.read("fundings", market_id=1, resolution="1h", count_back=2, **span)["fundings"]
    assert len(rows) == 2
    assert (rows[0]["rate"], rows[0]["direction"]) == ("0.0012", "long")
    assert rows[0]["timestamp"] % 3600 == 0
    rates = bench.read("funding-rates")["funding_rates"]
    ours = [row for row in rates if row["exchange"] == "lighter" and row["market_id"] == 1]
    assert [row["rate"] for row in ours] == [0.000096]
    assert {row["exchange"] for row in rates} > {"binance", "bybit", "hyperliquid"}


def test_accounts_are_public_and_found_by_address() -> None:
    bench = Bench()
    row = bench.read("account", by="index", value=bench.account)["accounts"][0]
    assert (row["account_type"], row["collateral"]) == (1, "10000.000000")
    found = bench.read("accountsByL1Address", l1_address=row["l1_address"])
    assert [one["index"] for one in found["sub_accounts"]] == [bench.account]
    missing = bench.get("account", by="index", value=1)
    assert (missing.status, json.loads(missing.body)["code"]) == (400, 21100)


def test_fees_are_those_of_the_tier() -> None:
    premium = Bench().read("accountLimits", account_index=Bench().account)
    assert (premium["current_maker_fee_tick"], premium["current_taker_fee_tick"]) == (40, 280)
    standard = Bench(terms=LighterTerms(tier=Tier.STANDARD))
    limits = standard.read("accountLimits", account_index=standard.account)
    assert (limits["current_maker_fee_tick"], limits["current_taker_fee_tick"]) == (0, 0)


def test_status_and_exchange_statistics_answer() -> None:
    bench = Bench()
    assert bench.read("/")["status"] == 1
    assert "contract_address" in bench.read("/info")
    assert bench.read("exchangeStats")["total"] == 2
    assert bench.get("nonsense").status == 404


# Tokens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("life_s", [-1, 0, 8 * 3600 + 1])
def test_expired_and_long_lived_tokens_are_refused(life_s: int) -> None:
    bench = Bench()
    answer = bench.get("accountLimits", auth=bench.token(life_s), account_index=bench.account)
    assert (answer.status, json.loads(answer.body)["code"]) == (401, 20013)


def test_a_token_may_stand_in_the_query() -> None:
    bench = Bench()
    without = bench.get("accountLimits", auth="", account_index=bench.account)
    assert without.status == 401
    text = f"account_index={bench.account}&auth={bench.token()}"
    request = replace(_get("accountLimits"), query=text)
    assert bench.simulator.handle(request).status == 200


def test_a_token_speaks_for_its_own_account_alone() -> None:
    bench = Bench(replace(DIGEST, accounts=("main", "other")))
    other = bench.account + 1
    assert bench.get("accountActiveOrders", account_index=other).status == 401


def _get(path: str) -> HttpRequest:
    return HttpRequest("rest", "GET", f"/api/v1/{path}")


# Refused transactions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"MarketIndex": 77}, 21605),
        ({"ClientOrderIndex": 1 << 48}, 21727),
        ({"ClientOrderIndex": -1}, 21727),
        ({"BaseAmount": 0}, 21701),
        ({"BaseAmount": 1 << 48}, 21701),
        ({"BaseAmount": 19}, 21706),
        ({"Price": 0}, 21702),
        ({"Price": 1 << 32}, 21702),
        ({"IsAsk": 2}, 21703),
        ({"Type": 6}, 21704),
        ({"Type": 9}, 21704),
        ({"TimeInForce": 3}, 21705),
        ({"Type": 1, "TimeInForce": 1}, 21705),
        ({"TriggerPrice": 5}, 21702),
        ({"OrderExpiry": 0}, 21711),
        ({"OrderExpiry": -1}, 21711),
        ({"TimeInForce": 0}, 21711),
        ({"Price": 4_000_000_000}, 21733),
        ({"BaseAmount": 10_000_000}, 21739),
    ],
)
def test_orders_that_cannot_be_are_refused_by_code(changes: dict[str, int], code: int) -> None:
    bench = Bench()
    assert bench.send(14, bench.info(14, bench.order(**changes)))["code"] == code


@pytest.mark.parametrize(("ahead_ms", "code"), [(299_000, 21711), (31 * 86_400_000, 21711)])
def test_orders_live_from_five_minutes_to_thirty_days(ahead_ms: int, code: int) -> None:
    bench = Bench()
    order = bench.order(OrderExpiry=bench.now_ms + ahead_ms)
    assert bench.send(14, bench.info(14, order))["code"] == code


def test_a_price_that_looks_like_a_mistake_passes_without_protection() -> None:
    bench = Bench()
    order = bench.market_order(Price=4_000_000_000)
    info = bench.info(14, order)
    assert bench.send(14, info, price_protection="false")["code"] == 200


def test_a_live_client_index_is_taken_and_free_again_when_its_order_has_ended() -> None:
    bench = Bench()
    first = bench.info(14, bench.order(ClientOrderIndex=5))
    assert bench.send(14, first)["code"] == 200
    again = bench.order(ClientOrderIndex=5)
    assert bench.send(14, bench.info(14, again, nonce=2))["code"] == 21728
    bench.run(1.0)
    assert bench.send(14, bench.info(14, again, nonce=2))["code"] == 21728
    assert bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": 5}, nonce=2))["code"] == 200
    bench.run(1.0)
    assert bench.send(14, bench.info(14, again, nonce=3))["code"] == 200


@pytest.mark.parametrize(("index", "code"), [(0, 21700), (424242, 21708)])
def test_cancels_of_what_is_not_there_are_refused(index: int, code: int) -> None:
    bench = Bench()
    body = {"MarketIndex": 1, "Index": index}
    assert bench.send(15, bench.info(15, body))["code"] == code


def test_an_integrator_needs_an_approval() -> None:
    bench = Bench()
    assert bench.send(14, bench.info(14, bench.order(), attributes={1: 9}))["code"] == 21149


@pytest.mark.parametrize("name", ["Price", "Nonce", "ExpiredAt", "OrderExpiry", "IsAsk"])
def test_a_field_changed_after_signing_is_an_invalid_signature(name: str) -> None:
    bench = Bench()
    info = bench.info(14, bench.order())
    info[name] = info[name] + 1
    assert bench.send(14, info)["code"] == 21120


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AccountIndex": 5}, 21100),
        ({"ApiKeyIndex": 99}, 21109),
        ({"Sig": "AAAA"}, 21120),
        ({"Sig": "no base64!"}, 21120),
        ({"Price": "405000"}, 20001),
        ({"Price": None}, 20001),
        ({"L2TxAttributes": {"99": 1}}, 20001),
    ],
)
def test_transactions_that_cannot_be_read_or_owned_are_refused(
    changes: dict[str, object], code: int
) -> None:
    bench = Bench()
    assert bench.send(14, bench.info(14, bench.order()) | changes)["code"] == code


def test_an_expired_transaction_and_an_unknown_type_are_refused() -> None:
    bench = Bench()
    late = bench.info(14, bench.order(), expired_at=bench.now_ms)
    assert bench.send(14, late)["code"] == 20001
    assert bench.send(99, late)["code"] == 20001


def test_the_testnet_signs_for_another_chain() -> None:
    bench = Bench()
    info = bench.info(14, bench.order(), chain=300)
    assert bench.send(14, info)["code"] == 21120
    form = {"tx_type": "14", "tx_info": json.dumps(info)}
    answer = bench.post("sendTx", form, host="testnet.zklighter.elliot.ai")
    assert answer.status == 200


# Limits -------------------------------------------------------------------------------------------


def test_a_premium_account_may_read_eighty_times_a_minute() -> None:
    bench = Bench()
    statuses = [bench.get("orderBooks").status for _ in range(81)]
    assert statuses == [200] * 80 + [429]
    assert json.loads(bench.get("orderBooks").body)["code"] == 23000
    bench.run(60.0)
    assert bench.get("orderBooks").status == 200


def test_a_standard_account_has_sixty_requests_of_any_kind() -> None:
    bench = Bench(terms=LighterTerms(tier=Tier.STANDARD))
    key = {"account_index": bench.account, "api_key_index": bench.key}
    statuses = [bench.get("nextNonce", **key).status for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_requests_without_a_token_share_a_bucket_of_their_own() -> None:
    bench = Bench()
    for _ in range(80):
        bench.get("orderBooks")
    anonymous = _get("orderBooks")
    assert bench.simulator.handle(anonymous).status == 200


def test_leverage_changes_have_a_limit_of_their_own() -> None:
    bench = Bench()
    body = {"MarketIndex": 1, "InitialMarginFraction": 1000, "MarginMode": 0}
    codes = [bench.send(20, bench.info(20, body))["code"] for _ in range(41)]
    assert codes == [200] * 40 + [23000]


# Full signatures ----------------------------------------------------------------------------------


def test_with_full_signatures_orders_and_tokens_are_verified_on_the_curve() -> None:
    bench = Bench(replace(DIGEST, signatures=SignatureDepth.FULL))
    row = bench.place()
    assert row["status"] == "open"
    info = bench.info(14, bench.order())
    assert bench.send(14, info | {"Price": info["Price"] - 1})["code"] == 21120
    other = Bench(replace(DIGEST, seed=2, signatures=SignatureDepth.FULL))
    assert bench.get("accountLimits", auth=other.token(), account_index=bench.account).status == 401
    keys = bench.read("apikeys", account_index=bench.account, api_key_index=bench.key)
    assert len(keys["api_keys"][0]["public_key"]) == 80


# Forms --------------------------------------------------------------------------------------------


def test_forms_of_several_parts_are_read_too() -> None:
    bench = Bench()
    info = json.dumps(bench.info(14, bench.order()))
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("tx_type", "14"), ("tx_info", info))
    ]
    body = ("".join(parts) + "--edge--\r\n").encode()
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    request = HttpRequest("rest", "POST", "/api/v1/sendTx", "", headers, body)
    assert bench.simulator.handle(request).status == 200


def test_batches_that_cannot_be_read_are_refused() -> None:
    bench = Bench()
    for fields in (
        {"tx_types": "[14]", "tx_infos": "[]"},
        {"tx_types": "14", "tx_infos": "[]"},
        {"tx_types": "[", "tx_infos": "[]"},
        {"tx_types": "[]", "tx_infos": "[]"},
    ):
        answer = bench.post("sendTxBatch", fields)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, 20001)


def test_an_immediate_venue_executes_at_once() -> None:
    bench = Bench(replace(DIGEST, acknowledge=Acknowledge.IMMEDIATE))
    line = bench.connect(f"account_all_orders/{bench.account}")
    bench.send(14, bench.info(14, bench.market_order()))
    bench.simulator.advance(bench.simulator.world.now_ns)
    assert line.of("update/account_all_orders")[-1]["orders"]["1"][0]["status"] == "filled"


def test_equal_seeds_tell_equal_stories() -> None:
    stories = []
    for _ in range(2):
        bench = Bench()
        line = bench.connect("order_book/1", "trade/1", f"account_all/{bench.account}")
        bench.send(14, bench.info(14, bench.market_order()))
        bench.run(10.0)
        stories.append(line.frames)
    assert stories[0] == stories[1]
