"""A venue whose answers a test writes out: transport, signer, words and a link over them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import msgspec

from exchange_clients.base_models import ClientIdSpace, ContractId, Market, Symbol
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.credentials import CredentialField, Credentials
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.signing import Seal, Session, SigningContext, WireRequest
from exchange_clients.shared.stream import StreamWords
from exchange_clients.shared.transport.ports import SocketTransport, Timeouts
from exchange_clients.shared.transport.rate_limit import RateLimiter
from exchange_clients.shared.venue import (
    Environment,
    MarketWords,
    NonceEffect,
    NonceWords,
    PrivateWords,
    SessionWords,
    Venue,
)

URL = "http://venue"
MARKETS = "/markets"
BTC = Listing(
    Market(Symbol("BTC"), ContractId("BTC-PERP"), tick=Decimal("0.1"), step=Decimal("0.001"))
)
ABSENT = cast(Any, None)
"""Words that the link never calls."""
FIELDS = (
    CredentialField("account", "SCRIPTED_ACCOUNT", secret=False),
    CredentialField("key", "SCRIPTED_KEY"),
)


@dataclass
class Sent:
    """One request as the transport was given it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    urgent: bool
    at_ns: int

    @property
    def bare_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


Answer = Response | Exception | Callable[[Sent], Response]


def ok(body: object = None, **headers: str) -> Response:
    """Return a success with a JSON body; ``retry_after="1"`` is header ``retry-after``."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, msgspec.json.encode(body), names)


def refusal(status: int, code: str = "", **headers: str) -> Response:
    """Return a refusal whose body names a code."""
    return replace(ok({"code": code}, **headers), status=status)


@dataclass
class ScriptedTransport:
    """Gives prepared answers in order; paths that are not scripted are answered by ``default``."""

    clock: Clock
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    default: Mapping[str, Callable[[Sent], Response]] = field(default_factory=dict)
    latency_s: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    closed: int = 0

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        assert base_url == URL
        sent = Sent(
            request.method,
            request.path,
            request.headers,
            request.body,
            urgent,
            self.clock.monotonic_ns(),
        )
        self.sent.append(sent)
        if self.latency_s:
            await self.clock.sleep(self.latency_s)
        script = self.answers.get(sent.bare_path)
        answer: Answer = script.pop(0) if script else self.default[sent.bare_path]
        if callable(answer):
            answer = answer(sent)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1

    def paths(self) -> list[str]:
        """Return the paths of everything sent but the list of markets."""
        return [sent.bare_path for sent in self.sent if sent.bare_path != MARKETS]


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Read an answer as the scripted venue means it: by status, then by the body's code."""
    code = msgspec.json.decode(response.body) if response.body else None
    name = code.get("code", "") if isinstance(code, dict) else ""
    if response.status in (429, 418):
        after = response.headers.get("retry-after")
        return RateLimited("slow down", retry_after_s=None if after is None else float(after))
    if response.status == 401:
        return AuthenticationFailed("who are you")
    if name or response.status >= 400:
        known = name in ("refused", "nonce", "held")
        return VenueRejected(name, code=name) if known else OutcomeUnknown(name or "unlisted")
    return None


@dataclass
class ScriptedSigner:
    """Writes into the headers what a signature would cover."""

    lane_name: str | None = None
    blocking: bool = False
    contexts: list[SigningContext] = field(default_factory=list)
    wait: Callable[[], object] = lambda: None

    def lane(self, request: Request) -> str | None:
        return self.lane_name if request.method is not Method.GET else None

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        self.wait()
        self.contexts.append(context)
        signed = {"nonce": str(context.nonce), "time": str(context.now_ms)}
        wire = plain_wire(request, signed)
        return replace(wire, reference=f"tx-{context.nonce}")


class ScriptedMarkets:
    """One market."""

    def list(self) -> Flow[Sequence[Listing]]:
        yield Request(Method.GET, MARKETS)
        return [BTC]


class TimeTellingMarkets(ScriptedMarkets):
    """One market, at a venue that tells its time."""

    def server_time(self) -> Flow[int]:
        answer = yield Request(Method.GET, "/time")
        return msgspec.json.decode(answer.body, type=int)


class ScriptedLogins:
    """Sessions numbered by the venue."""

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        answer = yield Request(Method.POST, "/login")
        number, life_ms = msgspec.json.decode(answer.body, type=tuple[int, int])
        return Session(
            headers={"cookie": f"session-{number}"},
            refresh_at_ms=now_ms + life_ms * 3 // 4,
            expires_at_ms=now_ms + life_ms,
        )


class ScriptedNonces:
    """A code says what became of a number."""

    def next_nonce(self, lane: str) -> Flow[int]:
        answer = yield Request(Method.GET, "/nonce")
        return msgspec.json.decode(answer.body, type=int)

    def effect(self, error: ExchangeError) -> NonceEffect:
        if isinstance(error, RateLimited):
            return NonceEffect.UNUSED
        code = getattr(error, "code", None)
        effects = {"nonce": NonceEffect.OUT_OF_STEP, "held": NonceEffect.UNUSED}
        return effects.get(code or "", NonceEffect.CONSUMED)


@dataclass
class Stage:
    """A link over a scripted transport."""

    link: VenueLink
    http: ScriptedTransport
    signer: ScriptedSigner


def stage(
    clock: Clock,
    *,
    http: ScriptedTransport | None = None,
    signer: ScriptedSigner | None = None,
    limits: RateLimits | None = None,
    markets: ScriptedMarkets | None = None,
    session: SessionWords | None = None,
    streams_only: bool = False,
    nonces: NonceWords | None = None,
    seal: Seal | None = None,
    limiter: RateLimiter | None = None,
) -> Stage:
    """Return a link to a scripted venue; ``None`` leaves a vocabulary out."""
    http = http or ScriptedTransport(clock)
    http.default = {MARKETS: lambda sent: ok(), **http.default}
    signer = signer or ScriptedSigner()
    words = PrivateWords(signer, ABSENT, ABSENT, ABSENT, session, streams_only, nonces)
    link = VenueLink(
        _venue(words, limits or RateLimits(), markets or ScriptedMarkets()),
        Environment("prod", {"rest": URL}, {}),
        Credentials(FIELDS, {"account": "7", "key": "s3cret"}),
        http=http,
        sockets=cast(SocketTransport, ABSENT),
        clock=clock,
        rng=Rng(7),
        seal=seal,
        limiter=limiter,
    )
    return Stage(link, http, signer)


def _venue(words: PrivateWords, limits: RateLimits, markets: ScriptedMarkets) -> Venue:
    def private(
        table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
    ) -> PrivateWords:
        return words

    return Venue(
        name="scripted",
        environments={},
        fields=FIELDS,
        id_space=ClientIdSpace(10, "0123456789", bits=32),
        limits=limits,
        read_error=read_error,
        markets=cast(MarketWords, markets),
        funding=ABSENT,
        stream=lambda table, account, given: cast(StreamWords, ABSENT),
        private=private,
        normalize_symbol=Symbol,
        symbol_format=str,
    )


def read(path: str = "/read", **changes: Any) -> Flow[object]:
    """Ask for something that may be asked for twice."""
    answer = yield Request(Method.GET, path, **changes)
    return answer.error or msgspec.json.decode(answer.body)


def act(path: str = "/order", **changes: Any) -> Flow[object]:
    """Place an order: private, and never sent twice."""
    changes = {"private": True, "repeatable": False, **changes}
    answer = yield Request(Method.POST, path, **changes)
    return answer.error or msgspec.json.decode(answer.body)


def cancel(path: str = "/cancel", **changes: Any) -> Flow[object]:
    """Cancel an order: private, urgent, and harmless when sent twice."""
    changes = {"private": True, "urgent": True, **changes}
    answer = yield Request(Method.POST, path, **changes)
    return answer.error or msgspec.json.decode(answer.body)


async def outcome_of(task: asyncio.Task[Any]) -> object:
    """Return what a task came to: its result, or the error it raised."""
    try:
        return await task
    except ExchangeError as error:
        return error
