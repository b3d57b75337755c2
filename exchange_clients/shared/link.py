"""What the client, the streams and the funding adapter of one account share.

A ``VenueLink`` owns the session, the lanes of numbers, the estimate of the venue's clock, the
limits and the table of markets of one (venue, environment, account). Whoever borrows it runs flows
and knows nothing of these.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TypeVar

from exchange_clients.errors import ClientConfigError, NotConnectedError
from exchange_clients.shared.account_words import LimitWords
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Seal, Session
from exchange_clients.shared.stream import StreamWords
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.clock_offset import VenueClock, VenueTime
from exchange_clients.shared.transport.dispatch import Dispatcher, OnReference, Passport
from exchange_clients.shared.transport.http import FlowRunner
from exchange_clients.shared.transport.nonce import NonceLane, NonceLanes
from exchange_clients.shared.transport.numbering import AccountNumbering
from exchange_clients.shared.transport.paced_sockets import CONNECT, PacedSockets
from exchange_clients.shared.transport.ports import HttpTransport, SocketTransport, Timeouts
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.transport.session_keeper import SessionKeeper
from exchange_clients.shared.transport.single_flight import SingleFlight
from exchange_clients.shared.venue import Environment, NonceWords, PrivateWords, TimeWords, Venue
from exchange_clients.shared.websocket.order_socket import OrderSocket

T = TypeVar("T")

USUAL_TIMEOUTS = Timeouts()


class VenueLink:
    """One venue as one account sees it.

    Args:
        venue: Its words.
        environment: Which deployment.
        credentials: The account; None for public data alone.
        http: Carries requests.
        sockets: Opens streams.
        clock: Time and waiting.
        rng: All randomness.
        seal: Stands for the venue's curve on virtual time.
        timeouts: Of each request.
        rate_share: The fraction of the venue's limits that this process may use.
        order_socket: Whether orders go over a WebSocket where the venue takes them so.
        limiter: Shared by the links of one venue that send from one address; the link's own, with
            ``rate_share``, where none is given.
    """

    def __init__(  # noqa: PLR0913 - the root of one account's objects is given all of its ports
        self,
        venue: Venue,
        environment: Environment,
        credentials: Credentials | None,
        *,
        http: HttpTransport,
        sockets: SocketTransport,
        clock: Clock,
        rng: Rng,
        seal: Seal | None = None,
        timeouts: Timeouts = USUAL_TIMEOUTS,
        rate_share: float = 1.0,
        order_socket: bool = False,
        limiter: RateLimiter | None = None,
    ) -> None:
        self.venue = venue
        self.environment = environment
        self.clock = clock
        self.sockets: SocketTransport = sockets
        self.account: Mapping[str, str] = {} if credentials is None else credentials.public
        self._credentials = credentials
        self._http = http
        self._seal = seal
        self._rng = rng
        self._logger = logging.getLogger(f"exchange_clients.{venue.name}")
        self._scope = TaskScope()
        self._time = VenueTime(clock)
        self._limiter = limiter or RateLimiter(
            venue.limits, clock, share=rate_share, after_another=True
        )
        self._owner = _owner(venue, credentials)
        if CONNECT in venue.limits.costs:
            self.sockets = PacedSockets(sockets, self._limiter, self._owner)
        self._passport = Passport(session=self.session_now, inline=seal is not None)
        self._dispatcher = self._make_dispatcher(timeouts)
        self._runner = FlowRunner(
            self._dispatcher, self._limiter, self._owner, clock, rng.stream("waits"), self._logger
        )
        ask = self._ask_time if isinstance(venue.markets, TimeWords) else None
        self._venue_clock = VenueClock(self._time, ask, clock, self._scope, self._logger)
        self._runner.on_refused = self._venue_clock.suspect
        self._order_socket = order_socket
        self._entry_task: asyncio.Task[None] | None = None
        self._opening = SingleFlight(self._open, self._scope, "opening")
        self._loading = SingleFlight(self._load_markets, self._scope, "loading markets")
        self._table: MarketTable | None = None
        self._private: PrivateWords | None = None
        self._sessions: SessionKeeper | None = None
        self._opened = False
        self._borrowers = 0

    def _make_dispatcher(self, timeouts: Timeouts) -> Dispatcher:
        return Dispatcher(
            self.environment,
            self.venue.read_error,
            http=self._http,
            limiter=self._limiter,
            now_ms=self.now_ms,
            rng=self._rng.stream("signing"),
            timeouts=timeouts,
            passport=self._passport,
        )

    # What is known --------------------------------------------------------------------------------

    @property
    def table(self) -> MarketTable:
        """The markets as they were last loaded.

        Raises:
            NotConnectedError: before ``open``.
        """
        if self._table is None:
            raise NotConnectedError(f"{self.venue.name} is not connected: await open() first")
        return self._table

    @property
    def private(self) -> PrivateWords | None:
        """The account's words; None without credentials.

        Raises:
            NotConnectedError: before ``open``, where there are credentials.
        """
        if self._credentials is not None and self._private is None:
            raise NotConnectedError(f"{self.venue.name} is not connected: await open() first")
        return self._private

    @property
    def offset_ns(self) -> int:
        """Venue time minus the machine's; 0 where the venue does not tell its time."""
        return self._time.offset_ns

    def now_ms(self) -> int:
        """Return venue time in milliseconds since the epoch."""
        return self._venue_clock.now_ns() // 1_000_000

    def budget_left(self) -> dict[str, float]:
        """Return which part of each of the venue's rate limits is free (0 to 1), by name."""
        return self._limiter.left()

    # Opening and closing --------------------------------------------------------------------------

    def acquire(self) -> VenueLink:
        """Count one more borrower, who gives the link back by ``close``."""
        self._borrowers += 1
        return self

    async def open(self) -> None:
        """Estimate the venue's clock, load the markets and log in; once, however many ask.

        Raises:
            AuthenticationFailed: the venue does not accept the account.
            ExchangeError: the venue could not be reached or read; it may be tried again.
        """
        if not self._opened:
            await self._opening.run()

    async def close(self) -> None:
        """Give the link back; the last borrower's ends its tasks and closes the connections."""
        self._borrowers = max(0, self._borrowers - 1)
        if self._borrowers:
            return
        self._opened = False
        self._passport.entry = None
        await self._scope.close()
        self._scope.reopen()
        self._venue_clock.close()
        if self._sessions is not None:
            self._sessions.close()
        await self._http.close()

    def adopt(self, credentials: Credentials) -> None:
        """Sign and log in with another key of the same account from now on.

        What was signed stands. A session is made anew by the next request that needs one, the order
        socket at once, and a stream when it connects again.
        """
        assert self._credentials is not None, "only an account has another key"
        self._credentials = credentials
        self.account = credentials.public
        if self._table is None:
            return
        self._word_account(self._table)
        if self._sessions is not None:
            self._sessions.close()
        if self._entry_task is not None:
            self._entry_task.cancel()
            self._passport.entry = None
            self._open_order_socket()

    async def refresh_markets(self) -> MarketTable:
        """Load the markets again; callers at the same time share one load."""
        return await self._loading.run()

    async def _open(self) -> None:
        await self._venue_clock.estimate()
        await self._load_markets()
        if self._sessions is not None:
            await self._sessions.get()
        if self._private is not None and isinstance(self._private.account, LimitWords):
            self._limiter.adopt(await self._runner.run(self._private.account.limits()))
        self._open_order_socket()
        self._opened = True

    def _open_order_socket(self) -> None:
        """Keep an order socket open where the venue has one; until it is up HTTP carries orders."""
        words = None if self._private is None else self._private.entry
        if words is None or not self._order_socket:
            return
        entry = self._passport.entry = OrderSocket(
            self.venue.name,
            words,
            self.environment.urls.__getitem__,
            sockets=self.sockets,
            clock=self.clock,
            rng=self._rng.stream("order socket"),
            now_ms=self.now_ms,
        )
        self._entry_task = self._scope.start(entry.run(), f"{self.venue.name} order socket")

    async def _load_markets(self) -> MarketTable:
        listings = await self._runner.run(self.venue.markets.list())
        known = self._table
        table = MarketTable(listings) if known is None else known.followed_by(listings)
        if known is not None:
            for change in table.changes_since(known):
                self._logger.warning("event=market_changed venue=%s %s", self.venue.name, change)
        if known is None or list(known) != list(table):
            self._table = known = table
            self._word_account(table)
        return known

    def _word_account(self, table: MarketTable) -> None:
        """Build the account's words with a table; session and numbers stay as they are."""
        if self._credentials is None:
            return
        try:
            private = self.venue.private(table, self.environment, self._credentials, self._seal)
        except ImportError as error:
            raise ClientConfigError(
                f"{self.venue.name} signs with {error.name}, which is not installed: "
                f"pip install -e 'exchange_clients[{self.venue.name}]'"
            ) from error
        self._private = private
        self._passport.signer = self._runner.signer = private.signer
        if private.session is not None and self._sessions is None:
            self._sessions = SessionKeeper(
                self._log_in, self.now_ms, self.clock, self._scope, self._logger
            )
            self._runner.sessions = None if private.streams_only else self._sessions
        if private.nonces is not None and self._runner.lanes is None:
            self._runner.lanes = NonceLanes(self._lane)

    # Asking ---------------------------------------------------------------------------------------

    async def run(self, flow: Flow[T], *, on_reference: OnReference | None = None) -> T:
        """Drive a flow: sign, pace, send, repeat what may be repeated.

        Args:
            flow: A venue's words.
            on_reference: Called with ``WireRequest.reference`` of each attempt, after signing and
                before sending: what must be remembered is remembered first. An exception of it
                ends the request unsent.

        Raises:
            VenueRejected: nothing was done.
            RateLimited: nothing was done.
            AuthenticationFailed: nothing was done.
            NotConnectedError: nothing was sent.
            OutcomeUnknown: it may or may not have acted.
            MalformedPayload: a read's answer cannot be read.
        """
        return await self._runner.run(flow, on_reference=on_reference)

    async def session(self) -> Session | None:
        """Return a session that is valid now; None at a venue without logins."""
        sessions = self._sessions
        return None if sessions is None else await sessions.get()

    async def renewed_after(self, refused: Session | None) -> bool:
        """Log in once because a stream was refused; say whether there is another session now.

        Args:
            refused: The session that the stream was opened with; None if with none.
        """
        sessions = self._sessions
        if sessions is None or refused is None:
            self._venue_clock.suspect()  # what no login can help may be signed at a wrong time
            return False
        return await sessions.renewed_after(refused)

    def session_now(self) -> Session | None:
        """Return the present session, valid or not, without waiting."""
        sessions = self._sessions
        return None if sessions is None else sessions.present

    def stream(self, *, private: bool) -> StreamWords:
        """Return the words of the venue's streams.

        Raises:
            NotConnectedError: before ``open``.
        """
        words = self.private if private else None
        return self.venue.stream(self.table, self.account, None if words is None else words.signer)

    async def _log_in(self) -> Session:
        words = None if self._private is None else self._private.session
        assert words is not None, "only a venue with logins has a keeper of sessions"
        flow = words.login(self.now_ms(), self._rng.getrandbits(64))
        return await self._runner.run(flow, logging_in=True, urgent=True)

    async def _ask_time(self) -> int:
        words = self.venue.markets
        assert isinstance(words, TimeWords), "asked only where the venue tells its time"
        return await self._runner.run(words.server_time(), urgent=True)

    def _lane(self, name: str) -> NonceLane:
        numbering = AccountNumbering(
            self._dispatcher, self._limiter, self._owner, self._runner, self._nonces
        )
        return NonceLane(name, numbering, self.clock, self._scope, self._logger)

    def _nonces(self) -> NonceWords:
        words = None if self._private is None else self._private.nonces
        assert words is not None, "only a venue that numbers requests has lanes"
        return words


def _owner(venue: Venue, credentials: Credentials | None) -> Owner:
    if credentials is None:
        return Owner()
    return Owner(venue.account_of(credentials), "/".join(credentials.public.values()))
