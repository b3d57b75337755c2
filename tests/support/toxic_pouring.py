"""Lets one thing after the other go wrong between a bot and a venue, as a seed draws it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Rng, SystemClock
from tests.support.toxic_proxy import HOST, ToxicProxy, Toxics

PAUSE_S = 6.0
"""Mean time between two toxics, unless told."""


def proxies_of(urls: Mapping[str, str]) -> dict[str, ToxicProxy]:
    """Return proxies, not yet open, before the services of a venue."""
    return {service: ToxicProxy(int(url.rpartition(":")[2])) for service, url in urls.items()}


def proxied(urls: Mapping[str, str], proxies: Mapping[str, ToxicProxy]) -> dict[str, str]:
    """Return where the services are reached through their proxies."""
    return {
        service: f"{url.partition(':')[0]}://{HOST}:{proxies[service].port}"
        for service, url in urls.items()
    }


async def pour(
    proxies: Sequence[ToxicProxy],
    rng: Rng,
    trouble_s: float,
    poured: Counter[str],
    *,
    pause_s: float = PAUSE_S,
) -> None:
    """Let one thing after the other go wrong, on one service or on all.

    Args:
        proxies: Before the services of one venue.
        rng: Draws what, where and for how long.
        trouble_s: Until when.
        poured: Counts what was done.
        pause_s: Mean time between two of them; each lasts about as long.
    """
    clock = SystemClock()
    end_ns = clock.monotonic_ns() + round(trouble_s * NS)
    await asyncio.sleep(min(5.0, trouble_s / 4))
    while clock.monotonic_ns() < end_ns:
        toxic = tuple(_TOXICS)[rng.randint(0, len(_TOXICS) - 1)]
        poured[toxic] += 1
        some = proxies if rng.random() < 0.5 else [proxies[rng.randint(0, len(proxies) - 1)]]
        for proxy in some:
            if toxic == "cut":
                proxy.cut()
            proxy.toxics = _TOXICS[toxic](rng)
        left_s = (end_ns - clock.monotonic_ns()) / NS
        await asyncio.sleep(min(rng.uniform(0.3, 1.2) * pause_s, max(left_s, 0.0)))
        for proxy in some:
            if toxic == "blackhole":
                proxy.cut()  # a stream of bytes with a hole in it cannot go on
            proxy.toxics = Toxics()
        await asyncio.sleep(rng.uniform(0.1, 0.8) * pause_s)


_TOXICS: Mapping[str, Callable[[Rng], Toxics]] = {
    "latency": lambda rng: Toxics(latency_s=rng.uniform(0.02, 1.0)),
    "jitter": lambda rng: Toxics(latency_s=0.005, jitter_s=rng.uniform(0.02, 0.5)),
    "bandwidth": lambda rng: Toxics(slice_bytes=rng.randint(400, 4000), slice_pause_s=0.1),
    "slicer": lambda rng: Toxics(slice_bytes=rng.randint(20, 400)),
    "cut": lambda rng: Toxics(),
    "cut later": lambda rng: Toxics(cut_after_bytes=rng.randint(200, 50_000)),
    "blackhole": lambda rng: Toxics(blackhole=True),
    "refuse": lambda rng: Toxics(refuses=True),
}
