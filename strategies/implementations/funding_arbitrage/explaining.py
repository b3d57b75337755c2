"""Why funding arbitrage opens no pair just now, with the numbers; and what it holds and why."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from strategies.holdings import Explanation, HeldLeg, StrategyHolding
from strategies.implementations.funding_arbitrage.machine import ArbitrageMachine
from strategies.implementations.funding_arbitrage.scanner import Refusal, Scan, percent
from strategies.implementations.funding_arbitrage.state import ArbitrageState, Pair

ROWS_MAX = 1000
"""Of nine venues with three hundred markets each the pairs are many; the best come first."""


def explain_pairs(machine: ArbitrageMachine) -> list[Explanation]:
    """Return what the latest survey came to, pair by pair: the best first, the refused last."""
    if machine.scan is None:
        return [Explanation("every symbol", "survey", allows=False, detail="no survey yet")]
    state, size = machine.state, machine.settings.size
    live = len(state.live())
    limit = Explanation(
        "every symbol",
        "max_positions",
        live < size.max_positions,
        f"{live} pairs are held, limit {size.max_positions}",
    )
    depeg = Explanation("every symbol", "max_depeg", allows=True, detail=_depeg(machine))
    judged = itertools.chain(machine.scan.refusals, machine.refusals)
    rows = itertools.chain(
        [limit, depeg], _taken(machine.scan, machine.held), map(_refused, judged)
    )
    return list(itertools.islice(rows, ROWS_MAX))


def _depeg(machine: ArbitrageMachine) -> str:
    """Say where the exit of that name is off; it never forbids an entry."""
    if not machine.depeg_off:
        limit = percent(machine.settings.exits.max_depeg)
        return f"within {limit} of 1 USD, where a venue tells the price of its collateral"
    venues = ", ".join(machine.depeg_off)
    return f"the exit DEPEG is off: no price of the collateral is told by {venues}"


def _taken(scan: Scan, held: Mapping[tuple[str, str, str], str]) -> Iterator[Explanation]:
    """Yield what became of each pair that is worth it; ``held`` says why one was not taken."""
    for pair in scan.opportunities:
        reason = held.get(pair.pair, "")
        earned = (
            f"earns {percent(pair.edge.net)} after costs, "
            f"break-even in {pair.break_even_hours:.1f} h"
        )
        detail = f"{earned}; {reason}" if reason else earned
        yield Explanation(_named(*pair.pair), "limits" if reason else "edge", not reason, detail)


def _refused(refusal: Refusal) -> Explanation:
    subject = _named(refusal.symbol, refusal.long, refusal.short)
    return Explanation(subject, refusal.rule.value, allows=False, detail=refusal.detail)


def held_pairs(state: Mapping[str, object]) -> list[StrategyHolding]:
    """Return the pairs of a saved state, ended ones too as far as they are remembered."""
    known = msgspec.convert(state, ArbitrageState, str_keys=True, strict=False)
    return [_holding(pair) for pair in known.pairs]


def _holding(pair: Pair) -> StrategyHolding:
    why: dict[str, object] = {
        "entry_divergence_8h": pair.entry_divergence_8h,
        "notional": pair.notional,
    }
    if pair.origin:
        why["origin"] = pair.origin
    else:
        why["leverage"] = pair.leverage
    if pair.trigger is not None:
        why["leaves_because"] = pair.trigger.reason.value
    if pair.overruled:
        why["overruled"] = pair.overruled
    if pair.busy_key:
        why["under_way"] = pair.busy_key
    return StrategyHolding(
        name=f"pair-{pair.number}",
        symbol=pair.symbol,
        status=pair.status.value,
        opened_ns=pair.opened_ns,
        ended_ns=pair.ended_ns or None,
        why=why,
        legs=_legs(pair),
    )


def _legs(pair: Pair) -> Sequence[HeldLeg]:
    return [
        HeldLeg(
            leg.venue,
            leg.contract_id,
            leg.side,
            leg.target,
            leg.ledger.quantity,
            leg.ledger.cost,
        )
        for leg in pair.legs
    ]


def _named(symbol: str, long: str, short: str) -> str:
    return f"{symbol} {long} / {short}"
