"""How funding arbitrage takes over positions that a person has named: two legs make a pair.

What the rates were when the pair was opened nobody can tell, so erosion is measured from the first
rates that are read after it was taken over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, Side
from execution.adoption import AdoptedPosition
from strategies.implementations.funding_arbitrage.state import (
    ArbitrageState,
    Leg,
    Pair,
    PairStatus,
)


def refusal(
    positions: Sequence[AdoptedPosition], state: ArbitrageState, max_imbalance: Decimal
) -> str:
    """Say why positions make no pairs; empty where they do."""
    if any(each.gone for each in positions):
        return "what another hand has taken of a leg is noticed and evened out by itself"
    for symbol, legs in _by_symbol(positions):
        if len(legs) != 2 or legs[0].venue == legs[1].venue:
            return f"a pair of {symbol} is two positions on two venues; name both"
        if legs[0].fill.side is legs[1].fill.side:
            return f"a pair of {symbol} is one long and one short"
        sizes = [_tokens(each) for each in legs]
        if max(sizes) - min(sizes) > max_imbalance * max(sizes):
            told = " and ".join(
                f"{size} on {leg.venue}" for size, leg in zip(sizes, legs, strict=True)
            )
            return f"its legs hold {told} tokens, further apart than max_imbalance allows"
        for each in legs:
            if state.occupied(each.venue, each.fill.contract_id):
                return f"a pair has a leg in {each.fill.contract_id} on {each.venue}"
    return ""


def adopt(state: ArbitrageState, positions: Sequence[AdoptedPosition], now_ns: int) -> list[Pair]:
    """Take positions over as open pairs, each position once; return the pairs that are new."""
    new = [each for each in positions if each.fill.trade_id not in state.adopted]
    pairs = []
    for _, legs in _by_symbol(new):
        state.adopted += [each.fill.trade_id for each in legs]
        state.numbers += 1
        pairs.append(_pair(legs, state.numbers, now_ns))
    state.pairs += pairs
    return pairs


def measure_from_now(pair: Pair, divergence_8h: Decimal | None) -> None:
    """Take the first rates that are read of an adopted pair as those that it was opened on."""
    if pair.origin and not pair.entry_divergence_8h and divergence_8h is not None:
        pair.entry_divergence_8h = max(divergence_8h, ZERO)


def _by_symbol(
    positions: Sequence[AdoptedPosition],
) -> Iterator[tuple[str, list[AdoptedPosition]]]:
    ordered = sorted(positions, key=lambda each: each.market.symbol)
    for symbol, legs in itertools.groupby(ordered, key=lambda each: each.market.symbol):
        yield str(symbol), list(legs)


def _pair(legs: Sequence[AdoptedPosition], number: int, now_ns: int) -> Pair:
    long, short = sorted(legs, key=lambda each: each.fill.side is Side.SELL)
    return Pair(
        number=number,
        symbol=long.market.symbol,
        long=_leg(long, number),
        short=_leg(short, number),
        opened_ns=now_ns,
        entry_divergence_8h=ZERO,
        leverage=ZERO,
        notional=max(each.fill.size * each.fill.price for each in legs),
        status=PairStatus.OPEN,
        origin="adopted",
    )


def _leg(position: AdoptedPosition, number: int) -> Leg:
    fill = position.fill
    leg = Leg(
        venue=position.venue,
        contract_id=fill.contract_id,
        side=fill.side,
        multiplier=position.market.multiplier,
        target=fill.size,
        order_key=f"pair-{number}-open-{fill.side}",
    )
    leg.ledger.book_fill(fill)
    return leg


def _tokens(position: AdoptedPosition) -> Decimal:
    return position.fill.size * position.market.multiplier
