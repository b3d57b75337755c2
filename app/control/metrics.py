"""The figures of a running bot, for Prometheus; ``docs/control-api.md`` says what each means."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

from app.control.run_view import (
    age_s,
    held_positions,
    status_of,
    unhedged_of,
    venues_of,
)
from app.live_venue import LiveVenue
from app.session import Session
from exchange_clients.base_models import NS, Fill, OrderInfo
from exchange_clients.journal import IntentKind
from exchange_clients.shared.client.core import CoreClient
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from helpers.metrics_text import CONTENT_TYPE, Family, Histogram, Sample, family, text_of
from helpers.risk_values import RiskState

__all__ = ["CONTENT_TYPE", "LoopGap", "RunMetrics"]

PREFIX = "perp_bot_"
ANSWER_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
GAP_LOOK_S = 0.1
GAP_LOOKS = 600
"""Looks that are remembered: a minute of them."""
Waiting = Callable[[], Mapping[str, int]]


class LoopGap:
    """How long the event loop was busy with something else, at worst, in the last minute.

    Args:
        clock: Time and waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gaps: deque[float] = deque(maxlen=GAP_LOOKS)

    @property
    def worst_s(self) -> float:
        """The longest gap of the last minute (seconds)."""
        return max(self._gaps, default=0.0)

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            began_ns = self._clock.monotonic_ns()
            await self._clock.sleep(GAP_LOOK_S)
            passed_s = (self._clock.monotonic_ns() - began_ns) / NS
            self._gaps.append(max(passed_s - GAP_LOOK_S, 0.0))


class RunMetrics:
    """Counts what happens, and tells everything.

    Args:
        session: The run.
        waiting: How many notices wait, by channel.
        dropped: How many notices were let go, by channel.
    """

    def __init__(
        self,
        session: Session,
        waiting: Waiting = dict,
        dropped: Waiting = dict,
    ) -> None:
        self._session = session
        self._waiting, self._dropped = waiting, dropped
        self._gap = LoopGap(session.machine)
        self._answers: dict[tuple[str, str], Histogram] = {}
        self._outcomes: dict[tuple[str, str], int] = {}
        self._fills: dict[str, int] = {}
        self._tasks = TaskScope()

    def open(self) -> None:
        """Begin to measure."""
        self._tasks.start(self._gap.watch(), "loop gap")
        for name, client in self._session.clients.items():
            if isinstance(client, CoreClient):
                client.setup_answer_handler(partial(self._on_answered, name))

    async def close(self) -> None:
        """Measure no more."""
        await self._tasks.close()

    def on_order(self, venue: str, info: OrderInfo) -> None:
        """Count an order that has ended."""
        if info.status.terminal:
            key = (venue, info.status.value)
            self._outcomes[key] = self._outcomes.get(key, 0) + 1

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Count a fill."""
        del fill
        self._fills[venue] = self._fills.get(venue, 0) + 1

    def text(self) -> str:
        """Return every figure."""
        return text_of([*self._state(), *self._money(), *self._markets(), *self._counts()])

    def _on_answered(self, venue: str, kind: IntentKind, answered_ns: int) -> None:
        key = (venue, kind.value)
        if key not in self._answers:
            self._answers[key] = Histogram(ANSWER_BOUNDS_S)
        self._answers[key].observe(answered_ns / NS)

    def _state(self) -> Iterable[Family]:
        status = status_of(self._session)
        labels = {
            "strategy": status.strategy,
            "venues": ",".join(status.venues),
            "markets": status.markets,
            "environment": status.environment,
        }
        yield Family(f"{PREFIX}info", "gauge", "Which run it is.", [Sample(1, labels)])
        up_s = age_s(status.now_ns, self._session.started_ns)
        yield _gauge("uptime_seconds", "Since the run began.", up_s)
        yield _gauge("entries_allowed", "Whether entries may be sent.", status.entries)
        yield _gauge("paused", "Whether a person paused entries.", bool(status.paused_by))
        yield _gauge("flattening", "Whether everything is being closed.", status.flattening)
        yield _gauge("unverified_positions", "Not known for certain.", len(status.alerts))
        states = [(each.value, each.value == status.risk.state) for each in RiskState]
        yield _by("risk_state", "gauge", "1 for the state that risk is in.", "state", states)
        denied = status.risk.denials.items()
        yield _by("entries_denied_total", "counter", "Entries held back by risk.", "code", denied)
        yield _gauge("tasks", "Of the loop that trades.", len(asyncio.all_tasks()))
        yield _gauge("loop_gap_seconds", "Longest of the last minute.", self._gap.worst_s)
        backlog = self._session.bot.events.backlog
        yield _gauge("events_waiting", "Posted and not yet handled.", backlog.now)
        yield _gauge("events_waiting_max", "Most at once in this process.", backlog.most)

    def _money(self) -> Iterable[Family]:
        money = status_of(self._session).money
        yield _gauge("equity_usd", "Balance and unrealised profit.", money.equity)
        yield _gauge("realised_usd", "Price profit of what was closed.", money.realised)
        yield _gauge("unrealised_usd", "Price profit of what is open.", money.unrealised)
        yield _gauge("fees_usd", "Fees paid, less rebates.", money.fees)
        yield _gauge("funding_usd", "Funding received, less paid.", money.funding)
        yield _gauge("net_usd", "Realised less fees plus funding.", money.net)
        yield _gauge("max_drawdown_usd", "Deepest fall of the equity.", money.max_drawdown)
        unhedged = unhedged_of(self._session)
        samples = [] if unhedged is None else [Sample(float(unhedged), {})]
        meaning = "What of positions does not cancel out."
        yield Family(f"{PREFIX}unhedged_usd", "gauge", meaning, samples)

    def _markets(self) -> Iterable[Family]:
        held = held_positions(self._session)
        sizes, values, distances = [], [], []
        for each in held:
            labels = {"venue": each.venue, "symbol": str(each.symbol)}
            sizes.append(Sample(float(each.quantity), labels))
            if each.mark:
                values.append(Sample(float(each.quantity * each.mark), labels))
            if each.mark and each.liquidation is not None:
                distance = abs(each.mark - each.liquidation) / each.mark
                distances.append(Sample(float(distance), labels))
        yield Family(f"{PREFIX}position", "gauge", "Base units, signed.", sizes)
        yield Family(f"{PREFIX}position_usd", "gauge", "Worth at the mark, signed.", values)
        meaning = "From the mark, as a part of it."
        yield Family(f"{PREFIX}liquidation_distance_ratio", "gauge", meaning, distances)
        yield from self._feeds()

    def _feeds(self) -> Iterable[Family]:
        ages, up = [], []
        for each in venues_of(self._session):
            up.append((each.venue, each.connected))
            for feed, age in (("book", each.book_age_s), ("private", each.private_age_s)):
                if age is not None:
                    ages.append(Sample(age, {"venue": each.venue, "feed": feed}))
        yield _by("venue_connected", "gauge", "Whether its connections are up.", "venue", up)
        yield Family(f"{PREFIX}feed_age_seconds", "gauge", "Since it was last heard.", ages)
        left = [
            Sample(part, {"venue": name, "bucket": bucket})
            for name, venue in self._session.venues.items()
            if isinstance(venue, LiveVenue)
            for bucket, part in venue.budget_left().items()
        ]
        meaning = "Free part of a venue's rate limit."
        yield Family(f"{PREFIX}rate_budget_left_ratio", "gauge", meaning, left)

    def _counts(self) -> Iterable[Family]:
        outcomes = [
            Sample(count, {"venue": venue, "outcome": outcome})
            for (venue, outcome), count in self._outcomes.items()
        ]
        yield Family(f"{PREFIX}orders_total", "counter", "Orders that ended.", outcomes)
        live = len(self._session.bot.desk.keys.live())
        yield _gauge("orders_live", "Orders of the strategy that may still trade.", live)
        fills = self._fills.items()
        yield _by("fills_total", "counter", "Fills of ours.", "venue", fills)
        answers = [
            sample
            for (venue, request), histogram in self._answers.items()
            for sample in histogram.samples({"venue": venue, "request": request})
        ]
        meaning = "From a request of an order to its answer."
        yield Family(f"{PREFIX}order_answer_seconds", "histogram", meaning, answers)
        waiting, dropped = self._waiting().items(), self._dropped().items()
        yield _by("notices_waiting", "gauge", "Not yet sent.", "channel", waiting)
        yield _by("notices_dropped_total", "counter", "Let go.", "channel", dropped)


def _gauge(name: str, meaning: str, value: float | Decimal) -> Family:
    return Family(f"{PREFIX}{name}", "gauge", meaning, [Sample(float(value), {})])


def _by(
    name: str, kind: str, meaning: str, label: str, values: Iterable[tuple[str, float]]
) -> Family:
    return family(f"{PREFIX}{name}", kind, meaning, label, values)
