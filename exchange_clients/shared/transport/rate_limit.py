"""Who may send now, and who waits: the venue's buckets, shared by all that count towards them.

A request is admitted when every bucket it weighs on admits it. Urgent ones (cancels, reduce-only
orders) go before all others and alone may use the reserves; within a priority the order is that of
asking, except that nobody waits for a bucket he does not weigh on. When there is room and nobody
waits, admission is a few additions. While it is not known what a process before this one used,
reads are careful: few are on their way at once, and they go after all others.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exchange_clients.base_models import NS
from exchange_clients.errors import RateLimited
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.transport.budget import Budget

WAITERS_MAX = 1000
"""How many requests of a priority may wait; one more is refused."""
TOLLS_MAX = 10_000
"""How many combinations of scope, instrument and owner are remembered."""
BACK_OFF_S = 1.0
"""How long a refusal without a named time closes what is not counted in any bucket."""

Toll: TypeAlias = tuple[tuple[Budget, float], ...]
"""What one request weighs, on each of its buckets."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account and key a request is counted by."""

    account: str = ""
    key: str = ""


@dataclass(eq=False, slots=True)
class _Waiter:
    toll: Toll
    urgent: bool
    careful: bool
    until_ns: int
    """When it gives up."""
    admitted: asyncio.Future[None]


class RateLimiter:
    """The budgets of one venue as seen from one address.

    Args:
        limits: What the venue allows.
        clock: Time and waiting.
        share: The fraction of every bucket that this process may use.
        after_another: Whether a process before this one may have used the same budgets lately.
    """

    def __init__(
        self,
        limits: RateLimits,
        clock: Clock,
        *,
        share: float = 1.0,
        after_another: bool = False,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._share = share
        self._born_ns = clock.monotonic_ns() if after_another else None
        self._budgets: dict[tuple[str, str], Budget] = {}
        self._door = Budget(Bucket("", math.inf, BACK_OFF_S))  # of requests that weigh nothing
        self._tolls: dict[tuple[str, str, Owner], Toll] = {}
        self._urgent: list[_Waiter] = []
        self._others: list[_Waiter] = []
        self._careful: list[_Waiter] = []
        self._timer: asyncio.TimerHandle | None = None

    def left(self) -> dict[str, float]:
        """Return which part of each budget is free (0 to 1), by name; of several the least."""
        now_ns, left = self._clock.monotonic_ns(), dict[str, float]()
        for (name, _), budget in self._budgets.items():
            free = 0.0 if now_ns < budget.closed_until_ns(urgent=False) else budget.left(now_ns)
            left[name] = min(left.get(name, 1.0), free)
        return left

    def adopt(self, limits: RateLimits) -> None:
        """Go by other limits from now on; what was sent before counts for the old ones alone."""
        if limits != self._limits:
            self._limits = limits
            self._budgets.clear()
            self._tolls.clear()

    def toll(self, scope: str, instrument: str, owner: Owner) -> Toll:
        """Return what a request of this kind weighs, and where."""
        found = self._tolls.get((scope, instrument, owner))
        if found is None:
            if len(self._tolls) >= TOLLS_MAX:
                self._tolls.clear()
            found = self._tolls[scope, instrument, owner] = self._toll(scope, instrument, owner)
        return found

    def _toll(self, scope: str, instrument: str, owner: Owner) -> Toll:
        holders = {
            BucketScope.IP: "",
            BucketScope.ACCOUNT: owner.account,
            BucketScope.KEY: owner.key,
            BucketScope.INSTRUMENT: f"{owner.account} {instrument}",
        }
        cost = self._limits.cost_of(scope)
        toll = []
        for bucket in self._limits.buckets:
            weight = cost.get(bucket.name, 0.0)
            if weight:
                assert weight <= bucket.capacity, f"{scope!r} weighs more than {bucket.name} holds"
                name = (bucket.name, holders[bucket.scope])
                if name not in self._budgets:
                    self._budgets[name] = self._budget(bucket)
                toll.append((self._budgets[name], weight))
        return tuple(toll) or ((self._door, 0.0),)

    def _budget(self, bucket: Bucket) -> Budget:
        if self._born_ns is None:
            return Budget(bucket, self._share)
        return Budget(bucket, self._share, self._born_ns + round(bucket.window_s * NS))

    # Entering and leaving -------------------------------------------------------------------------

    def try_enter(self, toll: Toll, *, urgent: bool, read: bool = False) -> bool:
        """Admit a request at once if there is room and nobody waits before it.

        Args:
            toll: What it weighs.
            urgent: Whether it may use the reserves.
            read: Whether it only reads, and may be held back while it is not known what was used.
        """
        if self._urgent or (self._others and not urgent):
            return False
        now_ns = self._clock.monotonic_ns()
        careful = read and self._in_doubt(toll, now_ns, urgent=urgent)
        if careful and self._careful:
            return False
        for budget, weight in toll:
            if not budget.admits(weight, now_ns, urgent=urgent, careful=careful):
                return False
        for budget, weight in toll:
            budget.enter(weight)
        return True

    def _in_doubt(self, toll: Toll, now_ns: int, *, urgent: bool) -> bool:
        """Say whether a read has to be careful: of some bucket it is not known what was used."""
        if self._born_ns is None or urgent:
            return False
        return any(now_ns < budget.unknown_until_ns for budget, _ in toll)

    async def enter(
        self, toll: Toll, *, urgent: bool, timeout_s: float, read: bool = False
    ) -> None:
        """Wait until a request is admitted.

        Raises:
            RateLimited: it would not be admitted within ``timeout_s``, or too many wait; nothing
                was sent.
        """
        if self.try_enter(toll, urgent=urgent, read=read):
            return
        now_ns = self._clock.monotonic_ns()
        careful = read and self._in_doubt(toll, now_ns, urgent=urgent)
        queue = self._urgent if urgent else self._careful if careful else self._others
        self._refuse_the_hopeless(toll, queue, urgent=urgent, timeout_s=timeout_s)
        admitted = asyncio.get_running_loop().create_future()
        waiter = _Waiter(toll, urgent, careful, now_ns + round(timeout_s * NS), admitted)
        queue.append(waiter)
        self._pump()
        try:
            async with self._clock.deadline(timeout_s):
                await waiter.admitted
        except BaseException as error:
            self._withdraw(waiter, queue)
            if isinstance(error, TimeoutError):
                raise RateLimited(
                    f"no room in the venue's limits for {timeout_s:g} s; nothing was sent"
                ) from None
            raise

    def leave(self, toll: Toll) -> None:
        """Note that an admitted request is over, answered or not."""
        now_ns = self._clock.monotonic_ns()
        for budget, weight in toll:
            budget.leave(weight, now_ns)
        if self._urgent or self._others or self._careful:
            self._pump()

    def _refuse_the_hopeless(
        self, toll: Toll, queue: list[_Waiter], *, urgent: bool, timeout_s: float
    ) -> None:
        closed = self._closed(toll, urgent=urgent, timeout_s=timeout_s)
        if closed is not None:
            raise closed
        if len(queue) >= WAITERS_MAX:
            raise RateLimited(f"{WAITERS_MAX} requests already wait for the venue's limits")

    def _closed(self, toll: Toll, *, urgent: bool, timeout_s: float) -> RateLimited | None:
        """Return why a request cannot be admitted in time, where the venue has asked for quiet."""
        now_ns = self._clock.monotonic_ns()
        closed_ns = max(budget.closed_until_ns(urgent=urgent) for budget, _ in toll) - now_ns
        if closed_ns <= timeout_s * NS:
            return None
        return RateLimited(
            f"the venue asked to slow down for another {closed_ns / NS:.1f} s; nothing was sent",
            retry_after_s=closed_ns / NS,
        )

    def _withdraw(self, waiter: _Waiter, queue: list[_Waiter]) -> None:
        """Undo an admission that its caller no longer wants, or its waiting."""
        admitted = waiter.admitted
        if admitted.done() and not admitted.cancelled():
            if admitted.exception() is None:
                self.leave(waiter.toll)
        elif waiter in queue:
            queue.remove(waiter)
            self._pump()  # others may have waited behind it

    # What the venue says --------------------------------------------------------------------------

    def observe(self, toll: Toll, headers: Mapping[str, str]) -> None:
        """Learn from an answer's headers how much of the budgets is used, by whomever.

        Raises whatever the venue's reading of headers raises.
        """
        if self._limits.used is None:
            return
        used = self._limits.used(headers)
        now_ns = self._clock.monotonic_ns()
        for budget, _ in toll:
            if budget.name in used:
                budget.observe(used[budget.name], now_ns)

    def refused(self, toll: Toll, retry_after_s: float | None, *, urgent: bool) -> None:
        """Close the budgets of a request that the venue refused for its rate.

        An urgent request that is refused proves that no reserve is left; then nobody is admitted.
        """
        if retry_after_s is None:
            retry_after_s = max(budget.window_s for budget, _ in toll)
        until_ns = self._clock.monotonic_ns() + round(retry_after_s * NS)
        for budget, _ in toll:
            budget.close(until_ns, urgent=urgent)
        self._dismiss_the_hopeless()

    def _dismiss_the_hopeless(self) -> None:
        """Tell those who wait for longer than they can: they may have something else to do."""
        now_ns = self._clock.monotonic_ns()
        for waiter in (*self._urgent, *self._others, *self._careful):
            left_s = (waiter.until_ns - now_ns) / NS
            closed = self._closed(waiter.toll, urgent=waiter.urgent, timeout_s=left_s)
            if closed is not None and not waiter.admitted.done():
                waiter.admitted.set_exception(closed)
        self._pump()

    # Waiting --------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Admit whoever may go, and set the timer for the next who may."""
        now_ns = self._clock.monotonic_ns()
        held: dict[int, None] = {}  # budgets that somebody earlier waits for
        next_ns: list[int] = []
        for queue in (self._urgent, self._others, self._careful):
            queue[:] = [each for each in queue if not self._admitted(each, now_ns, held, next_ns)]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if next_ns:
            self._timer = self._clock.call_later((min(next_ns) - now_ns) / NS, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._pump()

    def _admitted(
        self, waiter: _Waiter, now_ns: int, held: dict[int, None], next_ns: list[int]
    ) -> bool:
        """Say whether a waiter leaves the queue: admitted now, or gone already."""
        if waiter.admitted.done():
            return True
        blocking = []
        if not any(id(budget) in held for budget, _ in waiter.toll):
            blocking = [
                budget
                for budget, weight in waiter.toll
                if not budget.admits(weight, now_ns, urgent=waiter.urgent, careful=waiter.careful)
            ]
            if not blocking:
                for budget, weight in waiter.toll:
                    budget.enter(weight)
                waiter.admitted.set_result(None)
                return True
        changes = (budget.next_change_ns(now_ns, urgent=waiter.urgent) for budget in blocking)
        next_ns.extend(change for change in changes if change is not None)
        held.update((id(budget), None) for budget, _ in waiter.toll)
        return False
