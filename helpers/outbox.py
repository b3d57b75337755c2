"""What waits to be told, bounded; and which news was told lately already. Both are pure.

Of too many that wait the least urgent go first, the oldest of those first; how many went is told.
What is on its way stays until it has arrived, so that a failure loses nothing.
"""

from __future__ import annotations

from collections import OrderedDict

from exchange_clients.base_models import NS
from helpers.notices import Digest, Notice, Urgency

WAITING_MAX = 200
MESSAGE_NOTICES_MAX = 20
MESSAGE_CHARACTERS_MAX = 3500
"""Below what messengers take at once (Telegram: 4,096)."""
REMEMBERED_MAX = 1000
"""Conditions that are remembered as told; of more, the oldest are told anew."""

_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Outbox:
    """The notices that wait for one channel.

    Args:
        title: Which bot tells them.
        waiting_max: Of more, some are dropped.
    """

    def __init__(self, title: str, waiting_max: int = WAITING_MAX) -> None:
        assert waiting_max > MESSAGE_NOTICES_MAX, "a message may hold what cannot be dropped"
        self._title = title
        self._waiting_max = waiting_max
        self._waiting: list[Notice] = []
        self._leaving = 0
        self._untold = 0
        self.dropped = 0
        """How many were let go since the start."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, notice: Notice) -> None:
        """Let a notice wait."""
        self._waiting.append(notice)
        if len(self._waiting) > self._waiting_max:
            self._drop(min(self._kept(), key=lambda at: _RANK[self._waiting[at].kind.urgency]))

    def take(self) -> Digest:
        """Return what goes out as one message; it waits on until ``arrived``."""
        assert self._waiting, "nothing waits"
        length = taken = 0
        for notice in self._waiting[:MESSAGE_NOTICES_MAX]:
            length += len(str(notice)) + 1
            if taken and length > MESSAGE_CHARACTERS_MAX:
                break
            taken += 1
        self._leaving = taken
        return Digest(self._title, tuple(self._waiting[:taken]), self._untold)

    def arrived(self, digest: Digest) -> None:
        """Forget what was told."""
        assert len(digest.notices) == self._leaving, "what arrives was taken"
        del self._waiting[: self._leaving]
        self._leaving = 0
        self._untold -= digest.dropped

    def lost(self, digest: Digest) -> None:
        """Let go of a message that nobody will take."""
        self.arrived(digest)
        self._untold += digest.dropped
        self._count(len(digest.notices))

    def _kept(self) -> range:
        """Return the positions of those that are not on their way."""
        return range(self._leaving, len(self._waiting))

    def _drop(self, at: int) -> None:
        del self._waiting[at]
        self._count(1)

    def _count(self, dropped: int) -> None:
        self._untold += dropped
        self.dropped += dropped


class ToldLately:
    """Which conditions were told, and when.

    Args:
        repeat_s: After this time a condition that still holds is news again.
    """

    def __init__(self, repeat_s: float) -> None:
        self._repeat_ns = round(repeat_s * NS)
        self._told: OrderedDict[tuple[str, str], tuple[int, bool]] = OrderedDict()
        self.repeated = 0
        """How many were told already."""

    def is_news(self, notice: Notice) -> bool:
        """Tell whether a notice is to be told, and remember it if so."""
        if not notice.kind.lasting:
            return True
        key = (notice.kind.value, notice.subject)
        at_ns, over = self._told.get(key, (0, True))
        recent = key in self._told and notice.at_ns - at_ns < self._repeat_ns
        if over == notice.over and (recent or notice.over):
            self.repeated += 1
            return False
        self._told[key] = (notice.at_ns, notice.over)
        self._told.move_to_end(key)
        if len(self._told) > REMEMBERED_MAX:
            self._told.popitem(last=False)
        return True
