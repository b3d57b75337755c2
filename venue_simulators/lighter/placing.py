"""Orders of clients in the world's words, and how those of a group depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exchange_clients.base_models import ZERO
from venue_simulators.lighter import wording
from venue_simulators.lighter.orders import OrderState
from venue_simulators.lighter.state import State
from venue_simulators.world import Wanted

ONE_CANCELS_OTHER = 2


def wanted_of(state: State, draft: OrderState) -> Wanted | None:
    """Return an order in the world's words; None where it would close a position that is none.

    An amount of zero stands for the whole position.
    """
    fields, market = draft.fields, draft.market
    size = draft.initial
    if not fields.base_amount:
        held = state.position(draft.account, market.contract_id)
        size = ZERO if held is None else abs(held.size)
    if not size:
        return None
    triggered = fields.order_type in wording.TRIGGERED_TYPES
    return Wanted(
        market.contract_id,
        wording.side_of(fields),
        size,
        fields.price * market.tick,
        wording.WORLD_TYPES[fields.order_type],
        wording.WORLD_TIMES_IN_FORCE[fields.time_in_force],
        reduce_only=bool(fields.reduce_only),
        trigger_price=fields.trigger_price * market.tick if triggered else None,
    )


def arranged(
    grouping: int, drafts: Sequence[OrderState]
) -> tuple[Sequence[OrderState], Sequence[OrderState]]:
    """Return (the order that goes first, if any; those after it), each knowing the others.

    Of two orders on one level, each ends when the other does.
    """
    first, rest = (
        (drafts[:0], drafts) if grouping == ONE_CANCELS_OTHER else (drafts[:1], drafts[1:])
    )
    parent = first[0].order_index if first else 0
    children = [replace(child, parent=parent) for child in rest]
    if len(children) == 2:
        one, other = children
        children = [
            replace(one, partner=other.order_index),
            replace(other, partner=one.order_index),
        ]
    return first, children
