"""Which nonce a transaction must carry, and what consumes one."""

from __future__ import annotations

import pytest

from tests.venue_simulators.lighter.lighter_bench import Bench
from venue_simulators.lighter.nonces import follows
from venue_simulators.lighter.terms import NONCE_MAX


@pytest.mark.parametrize(
    ("nonce", "plain", "skipping"),
    [
        (7, False, False),
        (8, True, True),
        (9, False, True),
        (NONCE_MAX, False, True),
        (NONCE_MAX + 1, False, False),
    ],
)
def test_a_nonce_follows_by_one_unless_numbers_may_be_skipped(
    nonce: int, plain: bool, skipping: bool
) -> None:
    assert follows(nonce, 8, skips=False) is plain
    assert follows(nonce, 8, skips=True) is skipping


def _next(bench: Bench) -> int:
    answer = bench.read("nextNonce", account_index=bench.account, api_key_index=bench.key)
    nonce = answer["nonce"]
    assert isinstance(nonce, int)
    return nonce


def test_an_accepted_transaction_consumes_its_nonce_at_once() -> None:
    bench = Bench()
    assert _next(bench) == 1
    assert bench.send(14, bench.info(14, bench.order()))["code"] == 200
    assert _next(bench) == 2


@pytest.mark.parametrize("nonce", [0, 2])
def test_a_nonce_that_does_not_follow_is_refused_and_consumes_none(nonce: int) -> None:
    bench = Bench()
    answer = bench.send(14, bench.info(14, bench.order(), nonce=nonce))
    assert answer == {"code": 21104, "message": "invalid nonce"}
    assert _next(bench) == 1


def test_a_gap_makes_later_transactions_fail_until_it_is_closed() -> None:
    bench = Bench()
    late = bench.info(14, bench.order(), nonce=2)
    assert bench.send(14, late)["code"] == 21104
    assert bench.send(14, bench.info(14, bench.order(), nonce=1))["code"] == 200
    assert bench.send(14, late)["code"] == 200


def test_with_skip_nonce_instants_serve_as_nonces() -> None:
    bench = Bench()
    first = bench.info(14, bench.order(), nonce=bench.now_ms, attributes={4: 1})
    assert bench.send(14, first)["code"] == 200
    assert _next(bench) == bench.now_ms + 1
    again = bench.info(14, bench.order(), nonce=bench.now_ms, attributes={4: 1})
    assert bench.send(14, again)["code"] == 21104


def test_what_the_api_server_refuses_consumes_no_nonce() -> None:
    bench = Bench()
    assert bench.send(14, bench.info(14, bench.order(Price=0)))["code"] == 21702
    too_large = bench.info(14, bench.order(BaseAmount=100_000_000), nonce=1)
    assert bench.send(14, too_large)["code"] == 21739
    assert _next(bench) == 1


def test_what_the_sequencer_refuses_has_consumed_its_nonce() -> None:
    bench = Bench()
    unpayable = bench.market_order(BaseAmount=100_000_000, ClientOrderIndex=5)
    assert bench.send(14, bench.info(14, unpayable))["code"] == 200
    bench.run(1.0)
    assert bench.find(5)["status"] == "canceled-margin-not-allowed"
    assert _next(bench) == 2


def test_each_api_key_counts_for_itself() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.order()))
    answer = bench.read("nextNonce", account_index=bench.account, api_key_index=bench.key + 1)
    assert answer == {"code": 200, "nonce": 1}


def test_a_batch_is_accepted_whole_or_not_at_all() -> None:
    bench = Bench()
    first = bench.info(14, bench.order(), nonce=1)
    third = bench.info(14, bench.order(), nonce=3)
    assert bench.batch([(14, first), (14, third)])["code"] == 21105
    assert _next(bench) == 1
    second = bench.info(14, bench.order(), nonce=2)
    answer = bench.batch([(14, first), (14, second)])
    assert answer["code"] == 200
    assert len(answer["tx_hash"]) == 2
    assert _next(bench) == 3


def test_a_batch_of_sixteen_is_too_large() -> None:
    bench = Bench()
    batch = [(14, bench.info(14, bench.order())) for _ in range(16)]
    assert bench.batch(batch)["code"] == 21514


def test_a_transaction_waits_for_the_one_before_it_of_its_key() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order(ClientOrderIndex=9)))
    # The cancel alone would be faster than the market order, which takes.
    bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": 9}))
    bench.run(1.0)
    assert bench.find(9)["status"] == "filled"
