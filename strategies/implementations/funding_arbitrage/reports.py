"""What funding arbitrage came to, for people."""

from __future__ import annotations

from exchange_clients.ledger import Split, three_views
from strategies.implementations.funding_arbitrage.machine import ArbitrageMachine
from strategies.implementations.funding_arbitrage.state import Pair


def arbitrage_report(machine: ArbitrageMachine) -> dict[str, object]:
    """Return the pairs, the result in three views, and what is to be known of live pairs."""
    state = machine.state
    views = three_views(
        [
            *state.banked.items(),
            *((leg.venue, leg.ledger.split) for pair in state.pairs for leg in pair.legs),
        ]
    )
    return {
        "state": _state(machine),
        "cycles_completed": state.ended,
        "pairs": [_pair_row(pair) for pair in state.pairs],
        "ended": state.ended,
        "per_venue": {venue: _split_row(split) for venue, split in views.per_venue.items()},
        "combined": views.combined.total,
        "realised": dict(views.realised),
        "alerts": {str(number): list(told) for number, told in machine.alerts.items() if told},
        "depeg_off": list(machine.depeg_off),
        "held_back": {" ".join(pair): reason for pair, reason in machine.held.items()},
    }


def _state(machine: ArbitrageMachine) -> str:
    """Say in a few words what it does."""
    live = machine.state.live()
    if not live:
        return "looking for pairs"
    statuses = [pair.status.value for pair in live]
    return ", ".join(f"{statuses.count(each)} {each}" for each in dict.fromkeys(statuses))


def _pair_row(pair: Pair) -> dict[str, object]:
    return {
        "number": pair.number,
        "symbol": pair.symbol,
        "long": pair.long.venue,
        "short": pair.short.venue,
        "status": pair.status.value,
        "leverage": pair.leverage,
        "origin": pair.origin or "opened",
        "overruled": pair.overruled,
        "notional": pair.notional,
        "entry_divergence_8h": pair.entry_divergence_8h,
        "opened_ns": pair.opened_ns,
        "ended_ns": pair.ended_ns or None,
        "reason": None if pair.trigger is None else pair.trigger.reason.value,
        "too_small_to_close": {leg.venue: leg.too_small for leg in pair.legs if leg.too_small},
        **_split_row(pair.split()),
        "other_assets": {
            asset: amount for leg in pair.legs for asset, amount in leg.ledger.elsewhere.items()
        },
    }


def _split_row(split: Split) -> dict[str, object]:
    return {
        "price": split.price,
        "funding": split.funding,
        "fees": split.fees,
        "total": split.total,
    }
