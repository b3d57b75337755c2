"""Whether a silent channel is dead or its market quiet: the venue is asked, seldom, and compared.

A stream of changes says nothing while nothing changes, and nothing either when it has died. So a
book that was not told anything for a while is compared with the venue's own answer. Where the two
are the same, the book is known to be right as of the question, and stays. Where they are not, and
what explains it does not come over the stream within a moment, the channel is dead: the book is
doubted and subscribed anew. Where the venue does not answer, nothing is known, and the age grows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

import msgspec

from exchange_clients.base_models import NS, Level, Market
from exchange_clients.errors import ExchangeError
from exchange_clients.events import BookSnapshot, Signal
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.websocket.book_sync import BookSync
from exchange_clients.shared.websocket.order_book import OrderBook
from exchange_clients.shared.websocket.resync import FetchBook

PROOF_LEVELS = 5
"""How many of the best levels of each side are compared: those that orders are decided on."""
ANSWER_TIMEOUT_S = 10.0
GRACE_S = 1.0
"""How long a change that the venue's answer shows may be on its way over the stream."""
RETRY_S = 4.0
"""The least time between two questions about one book."""
PAUSE_S = 0.05
"""Between two questions about different books."""

logger = logging.getLogger(__name__)


def agrees(book: OrderBook, answer: BookSnapshot) -> bool:
    """Tell whether a book's best levels are those of the venue's answer.

    Levels beyond those that both hold are not compared: streams and answers differ in depth.
    """
    theirs = OrderBook(book.market)
    theirs.apply(msgspec.structs.replace(answer, last=0))
    ours, told = book.depth(PROOF_LEVELS), theirs.depth(PROOF_LEVELS)
    return _same(ours.bids, told.bids) and _same(ours.asks, told.asks)


def _same(ours: Sequence[Level], told: Sequence[Level]) -> bool:
    common = min(len(ours), len(told))
    return common > 0 and ours[:common] == told[:common]


class ProofDesk:
    """Asks about one book after the other.

    Args:
        venue: For logs.
        fetch: Asks the venue.
        clock: Time and waiting.
    """

    def __init__(self, venue: str, fetch: FetchBook, clock: Clock) -> None:
        self._venue = venue
        self._fetch = fetch
        self._clock = clock
        self._queue: deque[BookSync] = deque()  # bounded: a book is in it at most once
        self._filled = asyncio.Event()

    def request(self, sync: BookSync) -> None:
        """Have a book compared soon; asking again before it was changes nothing."""
        now_ns = self._clock.monotonic_ns()
        if sync.proving or sync.retired or now_ns < sync.next_proof_ns:
            return
        sync.proving = True
        self._queue.append(sync)
        self._filled.set()

    async def run(self) -> None:
        """Serve requests until cancelled."""
        while True:
            while not self._queue:
                self._filled.clear()
                await self._filled.wait()
            sync = self._queue.popleft()
            await self._serve(sync)
            sync.proving = False
            sync.next_proof_ns = self._clock.monotonic_ns() + round(RETRY_S * NS)
            await self._clock.sleep(PAUSE_S)

    async def _serve(self, sync: BookSync) -> None:
        asked_ns, known_ns = self._clock.now_ns(), sync.known_ns
        answer = await self._ask(sync.feed.market)
        if answer is None or not _unheard(sync, known_ns):
            return
        if agrees(sync.book, answer):
            sync.proven_ns = asked_ns
            sync.right_ns = max(sync.right_ns, asked_ns)
        else:
            self._clock.call_later(GRACE_S, lambda: self._doubt(sync, known_ns))

    def _doubt(self, sync: BookSync, known_ns: int | None) -> None:
        if _unheard(sync, known_ns):
            sync.doubt(Signal.STALE, "the venue shows another book")

    async def _ask(self, market: Market) -> BookSnapshot | None:
        try:
            async with self._clock.deadline(ANSWER_TIMEOUT_S):
                return await self._fetch(market, PROOF_LEVELS)
        except (ExchangeError, TimeoutError) as error:
            logger.info(
                "event=proof_failed venue=%s contract_id=%s error=%r next=ask_again",
                self._venue,
                market.contract_id,
                error,
            )
        except Exception:
            # Whatever one market's answer holds, the others are still to be asked about.
            logger.exception(
                "event=proof_broken venue=%s contract_id=%s next=ask_again",
                self._venue,
                market.contract_id,
            )
        return None


def _unheard(sync: BookSync, known_ns: int | None) -> bool:
    """Say whether a book is still shown as it was when it was asked about."""
    return not sync.retired and sync.book.ready and sync.known_ns == known_ns
