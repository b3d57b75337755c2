"""The counter of each API key: which number a transaction must carry.

The rule is a table. A number is consumed when the API server accepts a transaction, whatever the
sequencer makes of it; what the API server refuses consumes none. Gaps are not queued.

    number       plain       with skip-nonce
    previous     refused     refused
    previous+1   accepted    accepted
    larger       refused     accepted, up to 2^47-1
"""

from __future__ import annotations

from collections.abc import Sequence

from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.terms import NONCE_MAX


class Nonces:
    """The next number of every (account, API key); counting begins with 1 after a first of 0."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, int], int] = {}

    def next(self, account: int, key: int) -> int:
        """Return the number that the next plain transaction must carry."""
        return self._next.get((account, key), 1)

    def check(self, account: int, key: int, numbers: Sequence[tuple[int, bool]]) -> None:
        """Refuse transactions of one key whose numbers do not follow; nothing is consumed.

        Args:
            account: Whose.
            key: Which of the account's keys.
            numbers: (nonce, whether numbers may be skipped) in the order of the batch.

        Raises:
            Refusal: INVALID_NONCE for the first, NONCES_NOT_INCREASING for one after it.
        """
        expected = self.next(account, key)
        for place, (nonce, skips) in enumerate(numbers):
            if not follows(nonce, expected, skips=skips):
                code = Code.NONCES_NOT_INCREASING if place else Code.INVALID_NONCE
                raise Refusal(code)
            expected = nonce + 1

    def consume(self, account: int, key: int, nonce: int) -> None:
        """Note that a transaction with this number was accepted."""
        assert nonce >= self.next(account, key), f"nonce {nonce} was consumed before"
        self._next[account, key] = nonce + 1


def follows(nonce: int, expected: int, *, skips: bool) -> bool:
    """Say whether a number may be used when ``expected`` is the next."""
    if skips:
        return expected <= nonce <= NONCE_MAX
    return nonce == expected
