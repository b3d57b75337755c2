"""A login's session, kept valid: renewed early, by one login at a time, and never in a storm.

What is shared by all callers is one renewal. After a refused login, or a session that the venue
refuses at once, the next login waits, twice as long each time, until requests go well for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from exchange_clients.base_models import NS
from exchange_clients.errors import AuthenticationFailed, ExchangeError, NotConnectedError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.signing import Session
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.single_flight import SingleFlight

HOLD_OFF_FIRST_S = 1.0
HOLD_OFF_MAX_S = 60.0
"""How long no login is tried after a failure: the first time, and at most."""
EXPIRY_MARGIN_MS = 2_000
"""A session this near its end may end before a request arrives: it is waited for a new one. Of one
that lives shortly it is the last tenth, lest it never serve."""


class SessionKeeper:
    """The session of one account.

    Args:
        login: Asks the venue for a new one.
        now_ms: Venue time.
        clock: Waiting.
        scope: Owns the renewals.
        logger: Of the venue.
    """

    def __init__(
        self,
        login: Callable[[], Awaitable[Session]],
        now_ms: Callable[[], int],
        clock: Clock,
        scope: TaskScope,
        logger: logging.Logger,
    ) -> None:
        self._login = login
        self._now_ms = now_ms
        self._clock = clock
        self._logger = logger
        self._renewal = SingleFlight(self._renew, scope, "session renewal")
        self._failures = 0
        self._quiet_until_ns = 0
        self._last_error: ExchangeError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._margin_ms = EXPIRY_MARGIN_MS
        self.present: Session | None = None
        """What the last login gave, valid or not."""

    def usable(self) -> bool:
        """Say whether the present session may be used now; a renewal that is due goes on behind."""
        session = self.present
        if session is None:
            return False
        if session.refresh_at_ms is None and session.expires_at_ms is None:
            return True
        now_ms = self._now_ms()
        if session.refresh_at_ms is not None and now_ms >= session.refresh_at_ms:
            self._refresh()
        return session.expires_at_ms is None or now_ms + self._margin_ms < session.expires_at_ms

    async def get(self) -> Session:
        """Return a session that is valid now.

        Raises:
            AuthenticationFailed: the venue refuses the login, now or less than a hold-off ago.
            ExchangeError: the login could not be made.
        """
        if self.usable():
            assert self.present is not None
            return self.present
        self._check_hold_off()
        return await self._renewal.run()

    async def renewed_after(self, refused: Session | None) -> bool:
        """Log in once because a request was refused; say whether there is another session now.

        Args:
            refused: The session that the request went with.
        """
        if self.present is not refused and not self._renewal.flying:
            return True  # somebody renewed it meanwhile
        if not self._renewal.flying:
            if self._quiet:
                return False
            # It counts as a failure though the login may succeed: a revoked key must not make
            # a login of every request.
            self._hold_off()
        try:
            await self._renewal.run()
        except ExchangeError:
            return False
        return True

    def accepted(self) -> None:
        """Note that the venue accepted a request with the present session."""
        if self._failures:
            calm_ns = self._clock.monotonic_ns() - self._quiet_until_ns
            # Not at once: of a revoked permission reads succeed while orders are refused.
            if calm_ns > HOLD_OFF_MAX_S * NS:
                self._failures = 0

    def close(self) -> None:
        """Forget the session and stop renewing it."""
        self.present = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Renewing -------------------------------------------------------------------------------------

    async def _renew(self) -> Session:
        try:
            session = await self._login()
        except ExchangeError as error:
            self._hold_off()
            self._last_error = error
            # A refused login needs a person; one that got lost is tried again.
            level = logging.ERROR if isinstance(error, AuthenticationFailed) else logging.WARNING
            self._logger.log(
                level,
                "event=login_failed failures=%d error=%s",
                self._failures,
                type(error).__name__,
            )
            self._set_timer()
            raise
        self._last_error = None
        self.present = session
        if session.expires_at_ms is not None:
            life_ms = session.expires_at_ms - self._now_ms()
            self._margin_ms = min(EXPIRY_MARGIN_MS, life_ms // 10)
        self._logger.info("event=logged_in expires_at_ms=%s", session.expires_at_ms)
        self._set_timer()
        return session

    def _set_timer(self) -> None:
        """Renew in time even if nobody asks, so that no order waits for a login."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        session = self.present
        if session is None or session.refresh_at_ms is None:
            return
        due_s = (session.refresh_at_ms - self._now_ms()) / 1000
        quiet_s = (self._quiet_until_ns - self._clock.monotonic_ns()) / NS
        self._timer = self._clock.call_later(max(due_s, quiet_s, HOLD_OFF_FIRST_S), self._refresh)

    def _refresh(self) -> None:
        if not self._quiet:
            self._renewal.start()

    @property
    def _quiet(self) -> bool:
        return self._clock.monotonic_ns() < self._quiet_until_ns

    def _hold_off(self) -> None:
        wait_s = min(HOLD_OFF_FIRST_S * 2.0 ** min(self._failures, 10), HOLD_OFF_MAX_S)
        self._failures += 1
        self._quiet_until_ns = self._clock.monotonic_ns() + round(wait_s * NS)

    def _check_hold_off(self) -> None:
        if self._renewal.flying or not self._quiet or self._last_error is None:
            return
        wait_s = (self._quiet_until_ns - self._clock.monotonic_ns()) / NS
        refused = isinstance(self._last_error, AuthenticationFailed)
        kind = AuthenticationFailed if refused else NotConnectedError
        raise kind(
            f"the last login failed ({self._last_error}); the next is tried in {wait_s:.1f} s"
        ) from self._last_error
