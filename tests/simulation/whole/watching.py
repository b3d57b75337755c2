"""What is heard of one process while it lives: what it tells of orders, its log, its stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from app.live_venue import LiveVenue
from app.session import Session
from exchange_clients.base_models import NS, OrderInfo, Reason
from execution.legs.report import LegsReport
from execution.legs_desk import LegsDesk
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from tests.simulation.quiet import EXPLAINED, our_names, unproven
from tests.simulation.whole.lasting import conditions
from tests.simulation.whole.venues import WorldVenue
from tests.support.wire_orders import ACCOUNT

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

SELDOM = 10
"""How many looks there are to a close one."""
STALE_S = 90.0
"""Twice the age at which a client calls a book stale, and half as much again."""
ASKING_FOR_A_PERSON = (
    "event=entries_stopped",
    "event=flat",
    "event=legs_not_stopped",
    "event=legs_stranded",
    "event=leverage_refused",
    "event=not_flat",
    "event=position_differs",
    "event=risk_action",
)
"""Errors that are what they should be: something happened that a person should know of."""
RETURNED = "event=order_returned"


def judge_line(run: WholeRun, level: int, text: str) -> None:
    """Take a warning or worse: count its event, and ask for an explanation of an error."""
    event = text.split(maxsplit=1)[0] if text else ""
    if event.startswith("event="):
        run.marks[event] += 1
    explained = text.startswith((*EXPLAINED, *ASKING_FOR_A_PERSON)) or _returned(run, text)
    if level >= logging.ERROR and not explained:
        run.truth.found(f"I38: {text}")
    if any(secret in text for secret in run.secrets):
        run.truth.found("I40: a secret was logged")


def _returned(run: WholeRun, text: str) -> bool:
    """Tell whether a line is of an order that arrived after it was held for absent."""
    if not text.startswith(RETURNED):
        return False
    late = [name for venue in run.venues.values() for name in venue.belated().values()]
    return any(f" client_order_id={name} " in text for name in late)


def watch(run: WholeRun, session: Session) -> None:
    """Hear what a process tells from now on."""
    heard: dict[tuple[str, str], tuple[bool, Decimal]] = {}
    for name, client in session.clients.items():
        client.setup_order_update_handler(partial(_on_order, run, heard, name))
    if run.rates is not None:
        for name, venue in session.venues.items():
            assert isinstance(venue, LiveVenue), "the venues are reached over a network"
            run.rates.watch(name, venue.funding)
    legs = session.bot._ports.legs
    if isinstance(legs, LegsDesk):
        legs.executor._on_report = partial(_on_report, run, legs.executor._on_report)
    request_stop = session.bot.request_stop

    def noted(reason: str) -> None:
        run.stopped_ns = run.stopped_ns or run.now_ns()
        request_stop(reason)

    session.bot.request_stop = noted  # type: ignore[method-assign]  # heard, then done


def _on_order(
    run: WholeRun,
    heard: dict[tuple[str, str], tuple[bool, Decimal]],
    venue: str,
    info: OrderInfo,
) -> None:
    """Check that what is told of an order only ever grows."""
    key = (venue, str(info.client_order_id))
    told = (info.status.terminal, info.filled_size)
    before = heard.get(key)
    if before is not None and (told[0] < before[0] or told[1] < before[1]):
        run.truth.found(f"I5: order {key} went from {before} back to {told}")
    heard[key] = told
    unended = list(_unended(run.venues[venue], info)) if info.status.terminal else []
    absent = info.reason is Reason.ORDER_NOT_FOUND and not info.filled_size
    if absent and str(info.client_order_id) in run.venues[venue].belated().values():
        unended = []
    for text in unended:
        run.truth.found(text)
    run.marks[f"order {info.status}{f' {info.reason}' if info.reason else ''}"] += 1


def _unended(venue: WorldVenue, info: OrderInfo) -> Iterator[str]:
    """Yield that an order is told as over which its venue has otherwise."""
    name = str(info.client_order_id)
    for number, known in our_names(venue).items():
        if known == name:
            true = venue.world.order(ACCOUNT, number)
            assert true is not None, "it has a name there"
            extra = venue.overfills.extra(number)
            known_to_be = (true.filled_size, true.filled_size - extra)  # it may come after the end
            if not true.status.terminal or info.filled_size not in known_to_be:
                yield (
                    f"I8: {name} is told as {info.status} with {info.filled_size}, "
                    f"{venue.name} has {true.status} with {true.filled_size}"
                )


def _on_report(run: WholeRun, tell: Callable[[LegsReport], None], report: LegsReport) -> None:
    """Check an execution's report against the venues as it is told."""
    run.marks[f"execution {report.outcome}"] += 1
    for text in unproven(run.venues, report):
        run.truth.found(text)
    tell(report)


def look(run: WholeRun, session: Session) -> None:
    """Look at what costs too much to be looked at with every event."""
    for text in run.lasting.look(conditions(run, session), run.now_s, run.born_s):
        run.truth.found(text)
    run.looks += 1
    if run.looks % SELDOM == 0:
        _look_closely(run, session)


def _look_closely(run: WholeRun, session: Session) -> None:
    for venue in run.venues.values():
        run.truth.conserve(venue)
        for contract_id in venue.traded:
            stream = session.clients[venue.name].stream
            if not run.books.agrees(venue.name, stream, contract_id):
                run.truth.found(f"I26: {venue.name} never had the book of {contract_id} so")
            quote = stream.best_bid_offer(contract_id)
            age_s = 0.0 if quote is None else (run.now_ns() - quote.local_ns) / NS
            if age_s > STALE_S:
                run.truth.found(f"I28: {venue.name} shows a price {age_s:.0f} s old as sound")
    if isinstance(session.strategy, FundingArbitrageStrategy):
        _look_at_pairs(run, session.strategy)


def _look_at_pairs(run: WholeRun, strategy: FundingArbitrageStrategy) -> None:
    for pair in strategy.machine.state.live():
        if pair.trigger is None or (pair.number, pair.trigger.reason) in run.reasons:
            continue
        run.reasons[pair.number, pair.trigger.reason] = None
        run.marks[f"exit {pair.trigger.reason}"] += 1
        books = [run.truth.books[leg.key] for leg in pair.legs]
        taken = any(book.past or book.voided for book in books)
        taken |= str(pair.symbol) in run.commands.meddled
        if pair.trigger.reason is ExitReason.LEG_GONE and not taken:
            run.truth.found(f"I27: a leg of {pair.name} is told as gone, and nobody took it")
