"""What a journal knows of a paper venue's past: the commands, and until when."""

from __future__ import annotations

from collections.abc import Iterator

from exchange_clients.errors import ClientConfigError
from exchange_clients.journal import Journal
from exchange_clients.paper.commands import Command, decode
from exchange_clients.paper.exchange import PaperExchange, PastObserver
from exchange_clients.paper.sources.base import MarketSource


def restoring(
    exchange: PaperExchange,
    journal: Journal,
    now_ns: int,
    observer: PastObserver | None = None,
    account: str = "",
) -> Iterator[None]:
    """Compute the past of every account that an exchange has by now, up to ``now_ns``.

    Yields now and then, so that whoever waits may do something else.

    Args:
        exchange: Not opened yet.
        journal: Holds the commands.
        now_ns: Where the past ends (epoch ns).
        observer: Sees prices, holes, and the funding of ``account``.
        account: Whose funding.

    Raises:
        ClientConfigError: the clock stands before what the journal knows of.
        JournalError: an intent does not hold a command of the paper venue.
    """
    names = list(exchange.ledger.accounts)
    for name in names:
        known_ns = last_instant_ns(journal, name)
        if known_ns is not None and known_ns > now_ns:
            raise ClientConfigError(
                f"the journal knows {name} until {known_ns} ns, the clock says {now_ns} ns: "
                f"start the loop with epoch_ns={known_ns} (see paper.recovery.resume_ns)"
            )
    commands = [command for name in names for command in recorded_commands(journal, name)]
    if commands or now_ns > exchange.now_ns:
        yield from exchange.restoring(sorted(commands, key=_number), now_ns, observer, account)


def recorded_commands(journal: Journal, venue: str) -> list[Command]:
    """Return the commands that a venue accepted, in the order of their numbers.

    Raises:
        JournalError: an intent does not hold a command of the paper venue.
    """
    commands = [decode(intent.reference) for intent in journal.intents(venue)]
    return sorted(commands, key=_number)


def last_instant_ns(journal: Journal, venue: str) -> int | None:
    """Return the latest instant (epoch ns) that the journal tells of; None for an empty one."""
    instants = [intent.at_ns for intent in journal.intents(venue)]
    instants += [fill.venue_ns for fill in journal.fills(venue)]
    instants += [info.updated_ns or 0 for info in journal.outcomes(venue)]
    return max(instants, default=None)


def resume_ns(journal: Journal, venues: dict[str, MarketSource]) -> int:
    """Return the wall time at which a run over these venues starts or goes on.

    It is the ``epoch_ns`` to give the loop: the last instant that any of the venues is known at,
    or the earliest start of their sources when none has a past.
    """
    known = [last_instant_ns(journal, venue) for venue in venues]
    past = [instant for instant in known if instant is not None]
    return max(past) if past else min(source.info.start_ns for source in venues.values())


def _number(command: Command) -> int:
    return command.number
