"""Where a resting order stands among the external lots at its price, as far as one can tell.

A feed by price level shows how many lots stand at a price, not whose they are. What is known: an
order joins behind everything displayed, prints take from the front, and nobody ahead of an order
can exceed what is displayed. What is not known is whether a lot that left without a print stood
ahead or behind; that is where the models differ. The recorded level never contains our own orders.

Sources: E. Rigtorp, "Estimating order queue position" (2013),
https://rigtorp.se/2013/06/08/estimating-order-queue-position.html, and the queue models of
hftbacktest, https://hftbacktest.readthedocs.io/en/v1.8.4/reference/queue_models.html.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class QueueModel(Protocol):
    """Pure estimates in lots; the engine keeps the state, and itself takes prints off the queue."""

    def joined(self, displayed_lots: int) -> float:
        """Return the lots ahead of an order that joins a level showing ``displayed_lots``."""

    def restated(self, ahead: float, before: int, after: int) -> float:
        """Return the lots ahead, of ``ahead`` until now, of a level restated at ``after`` lots.

        ``before`` is what the level last showed less the prints since, which are off ``ahead``
        already: the difference is what joined or left without a print.
        """


class RiskAverseQueue:
    """Whoever left without a print stood behind: the queue moves by prints alone.

    ``ahead' = min(ahead, after)``, the cautious end of Rigtorp's range and hftbacktest's
    ``RiskAverseQueueModel``.
    """

    def joined(self, displayed_lots: int) -> float:
        """Stand behind everything displayed."""
        return displayed_lots

    def restated(self, ahead: float, before: int, after: int) -> float:
        """Move up only as far as the level itself has shrunk."""
        del before
        return min(ahead, after)


def proportional_weight(lots: float) -> float:
    """Every lot is as likely to leave as any other: Rigtorp's ``p = V / Q``."""
    return lots


def logarithmic_weight(lots: float) -> float:
    """Orders near the front leave less often than their number suggests: ``f(x) = ln(1 + x)``."""
    return math.log1p(lots)


def squared_weight(lots: float) -> float:
    """The longer part of the queue loses more than its share: ``f(x) = x ** 2``."""
    return lots * lots


@dataclass(frozen=True, slots=True)
class ProbabilisticQueue:
    """Share what left without a print between ahead and behind.

    With V lots ahead of Q displayed, a decrease D takes ``p D`` from ahead, where
    ``p = f(V) / (f(V) + f(Q - V))``. This is Rigtorp's update and hftbacktest's
    ``ProbQueueModel``; as there, what the part behind cannot give is taken from ahead as well. An
    increase joins behind.
    """

    weight: Callable[[float], float] = proportional_weight

    def joined(self, displayed_lots: int) -> float:
        """Stand behind everything displayed."""
        return displayed_lots

    def restated(self, ahead: float, before: int, after: int) -> float:
        """Take the share of a decrease that stood ahead, in expectation."""
        decrease = before - after
        if decrease <= 0 or ahead <= 0:
            return min(ahead, after)
        behind = max(before - ahead, 0)
        weight_ahead = self.weight(ahead)
        share = weight_ahead / (weight_ahead + self.weight(behind))
        left_behind = min((1 - share) * decrease, behind)
        return min(max(ahead - (decrease - left_behind), 0), after)


class FrontOfQueue:
    """Nobody stands ahead: an order fills as soon as its price trades. An upper bound on fills."""

    def joined(self, displayed_lots: int) -> float:
        """Stand in front, whatever is displayed."""
        del displayed_lots
        return 0

    def restated(self, ahead: float, before: int, after: int) -> float:
        """Stay in front."""
        del ahead, before, after
        return 0
