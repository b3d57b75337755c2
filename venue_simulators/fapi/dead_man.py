"""What happens to a market's orders when their owner is no longer heard of."""

from __future__ import annotations

from exchange_clients.base_models import ContractId
from venue_simulators.fapi.account_book import AccountBook
from venue_simulators.fapi.wording import MS_NS
from venue_simulators.world import NEVER_NS


class DeadManSwitch:
    """One countdown for each account and market."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, ContractId], tuple[int, AccountBook]] = {}

    def arm(self, book: AccountBook, symbol: ContractId, countdown_ms: int, now_ns: int) -> None:
        """Let a countdown begin, in place of the one that runs; zero only ends that."""
        self._due.pop((book.account, symbol), None)
        if countdown_ms:
            self._due[book.account, symbol] = (now_ns + countdown_ms * MS_NS, book)

    def next_ns(self) -> int:
        """Return when the next countdown ends."""
        return min((due_ns for due_ns, _ in self._due.values()), default=NEVER_NS)

    def fire(self, now_ns: int) -> None:
        """Cancel what the countdowns that have ended stand for."""
        for key, (due_ns, book) in list(self._due.items()):
            if due_ns <= now_ns:
                del self._due[key]
                for record in book.open(key[1]):
                    if record.open:
                        book.cancel(record)
