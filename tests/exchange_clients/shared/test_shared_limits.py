"""Limits as venues state them, and headers that name no bucket."""

from __future__ import annotations

from exchange_clients.shared.limits import Bucket, BucketScope, alike, told_by_size


def test_buckets_that_are_alike_differ_in_what_they_hold() -> None:
    assert alike(2.0, {"orders": 60, "fees": 5}, BucketScope.ACCOUNT) == (
        Bucket("orders", 60, 2.0, BucketScope.ACCOUNT),
        Bucket("fees", 5, 2.0, BucketScope.ACCOUNT),
    )


def test_headers_mean_the_buckets_of_their_size_and_nothing_where_they_are_not_whole() -> None:
    used = told_by_size([Bucket("a", 10, 1), Bucket("b", 5, 1), Bucket("c", 10, 1)], "most", "left")
    assert used({"most": "10", "left": "7"}) == {"a": 3.0, "c": 3.0}
    assert used({"most": "20", "left": "7"}) == {}
    assert used({"most": "10"}) == used({"most": "10", "left": "-1"}) == used({}) == {}
