"""Venues that fail, lie and answer out of turn, put before the real one of a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from app.session import Session
from exchange_clients.base_models import OrderInfo, Reason
from exchange_clients.errors import OutcomeUnknown, VenueRejected
from exchange_clients.journal import IntentKind
from exchange_clients.paper.gateway import PaperGateway
from exchange_clients.shared.client.gateway import Prepared
from tests.support.paper_session import paper_of

Method: TypeAlias = Callable[..., Awaitable[Any]]  # each method of a gateway has its own types
SENT_AND_LOST = "sent and lost"
"""The venue acts, its answer is lost."""
LOST = "lost"
"""The request does not arrive, which nobody can know."""
REAL = "real"
"""Nothing goes wrong."""
NO_ANSWER = OutcomeUnknown("the venue does not answer")


class FlakyGateway:
    """Stands before the venue of a run; it is the real one until it is told otherwise.

    ``reads`` scripts the answers of ``find``, ``active`` and ``fills``: an exception is raised,
    ``REAL`` asks the venue, anything else is returned; after the script the venue itself answers.
    ``sends`` scripts what becomes of requests, by kind.
    """

    def __init__(self, session: Session) -> None:
        self.reads: dict[str, list[object]] = {}
        self.sends: dict[IntentKind, list[str]] = {}
        self.asked: list[tuple[str, int]] = []
        """Name and instant of each read that the script answered."""
        self.ends_known_early = False
        """Whether a cancel is told that its order has ended before the stream has told so."""
        client = paper_of(session).client
        self._clock = session.clock
        self._gateway: PaperGateway = client._gateway  # the one that client and manager share
        self._real: dict[str, Method] = {}
        for name, method in self._methods().items():
            self._real[name] = getattr(self._gateway, name)
            setattr(self._gateway, name, method)

    def _methods(self) -> dict[str, Method]:
        reads = {name: self._read(name) for name in ("find", "active", "fills")}
        return {"send": self._send, **reads}

    def _read(self, name: str) -> Method:
        async def read(*words: Any) -> object:
            script = self.reads.get(name)
            if not script:
                return await self._real[name](*words)
            self.asked.append((name, self._clock.now_ns()))
            answer = script.pop(0)
            if answer is REAL:
                return await self._real[name](*words)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return read

    async def _send(self, prepared: Prepared) -> OrderInfo:
        script = self.sends.get(prepared.kind)
        fate = script.pop(0) if script else REAL
        if fate == LOST:
            raise NO_ANSWER
        if prepared.kind is IntentKind.CANCEL and self.ends_known_early:
            self._raise_if_ended(prepared)
        info: OrderInfo = await self._real["send"](prepared)
        if fate == SENT_AND_LOST:
            raise NO_ANSWER
        return info

    def _raise_if_ended(self, prepared: Prepared) -> None:
        records = self._gateway._exchange.records
        info = records.get("paper", prepared.client_order_id)
        if info is not None and info.status.terminal:
            raise VenueRejected("already filled", reason=Reason.ALREADY_TERMINAL)
