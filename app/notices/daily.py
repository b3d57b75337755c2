"""Once a day: what the day made, and what is held."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO
from helpers.notices import Notice, NoticeKind
from reporting.numbers import money
from reporting.record import RunRecorder

DAY_NS = 86_400 * NS
HOUR_NS = 3_600 * NS


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run came to at an instant (USD)."""

    net: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    volume: Decimal = ZERO
    fills: int = 0
    equity: Decimal = ZERO

    @classmethod
    def of(cls, recorder: RunRecorder) -> Standing:
        """Return the standing of this moment."""
        ledger = recorder.ledger
        return cls(
            ledger.net,
            ledger.fees,
            ledger.funding,
            recorder.volume,
            recorder.fill_count,
            recorder.equity,
        )


class DailySummary:
    """Tells the difference between two days' standings, at a fixed hour of UTC.

    Args:
        hour: When.
        now_ns: The beginning (epoch ns).
        standing: What the run had come to by then.
    """

    def __init__(self, hour: int, now_ns: int, standing: Standing) -> None:
        shifted_ns = now_ns - hour * HOUR_NS
        self._due_ns = (shifted_ns // DAY_NS + 1) * DAY_NS + hour * HOUR_NS
        self._before = standing

    def due(self, now_ns: int) -> bool:
        """Tell whether it is time."""
        return now_ns >= self._due_ns

    def tell(self, now_ns: int, now: Standing, held: str) -> Notice:
        """Return the summary since the last one; the next is due a day later."""
        before, self._before = self._before, now
        self._due_ns += (now_ns - self._due_ns) // DAY_NS * DAY_NS + DAY_NS
        made, funding = now.net - before.net, now.funding - before.funding
        text = (
            f"made {money(made, sign=True)} USD (fees {money(now.fees - before.fees)}, funding "
            f"{money(funding, sign=True)}), {now.fills - before.fills} fills of "
            f"{money(now.volume - before.volume)} USD; equity {money(now.equity)} USD; "
            f"holds {held or 'nothing'}"
        )
        return Notice(NoticeKind.DAILY_SUMMARY, "", text, now_ns)
