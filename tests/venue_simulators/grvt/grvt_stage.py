"""A GRVT of quiet markets, and a trader who signs with a curve library of his own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Unpack

from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.main import KeyAPI

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, FarEnd, QuietMarkets, Wanted, passes
from venue_simulators.evm.signatures import tag
from venue_simulators.grvt.instruments import LISTINGS, MARKETS
from venue_simulators.grvt.login import Member
from venue_simulators.grvt.signatures import (
    LEVERAGE_SCALE,
    TIME_IN_FORCE_CODES,
    SignedLeg,
    SignedOrder,
    Validity,
    order_digest,
    position_config_digest,
)
from venue_simulators.grvt.simulator import GrvtSimulator, build
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest, HttpResponse

Words = dict[str, Any]  # JSON of many shapes

SOL = ContractId("SOL_USDT_Perp")
BTC = ContractId("BTC_USDT_Perp")
START_NS = 1_795_200_000 * NS
DAY_NS = 24 * 3600 * NS
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((149.99, 40.0), (149.98, 60.0)), ((150.01, 40.0), (150.02, 60.0))),
    BTC: (((90000.1, 2.0), (90000.0, 3.0)), ((90000.3, 2.0), (90000.4, 3.0))),
}
JSON_HEADERS = {"content-type": "application/json"}
QUICK = GrvtTerms(rate_limits=False)
_KEYS = KeyAPI(NativeECCBackend)


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS)
move, printed = QUIET.move, QUIET.printed


def stage(
    *script: SourceEvent, terms: GrvtTerms = QUICK, **wanted: Unpack[Wanted]
) -> GrvtSimulator:
    """Return a venue with the BTC and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms))


def public(simulator: GrvtSimulator, name: str, **body: object) -> HttpResponse:
    """Ask the market data host."""
    raw = json.dumps(body).encode()
    path = f"/full/v1/{name}"
    return simulator.handle(HttpRequest("market_data", "POST", path, "", JSON_HEADERS, raw))


def read(response: HttpResponse) -> Any:
    """Return the JSON of a success; its shape is the test's to state."""
    assert response.status == 200, response
    return json.loads(response.body)


def refusal(response: HttpResponse) -> tuple[int, int]:
    """Return HTTP status and code of a refusal."""
    words = json.loads(response.body)
    assert set(words) == {"request_id", "code", "message", "status"}, words
    assert words["status"] == response.status
    return response.status, words["code"]


def login(simulator: GrvtSimulator, api_key: str, **headers: str) -> HttpResponse:
    """Log in."""
    raw = json.dumps({"api_key": api_key}).encode()
    sent = {**JSON_HEADERS, "cookie": "rm=true;", **headers}
    return simulator.handle(HttpRequest("auth", "POST", "/auth/api_key/login", "", sent, raw))


@dataclass
class Trader:
    """Someone with an account, logged in."""

    simulator: GrvtSimulator
    account: str = "main"
    cookie: str = ""
    nonce: int = 0
    client_order_id: int = 1 << 63
    depth: SignatureDepth = SignatureDepth.DIGEST

    def __post_init__(self) -> None:
        self.log_in()

    @property
    def member(self) -> Member:
        """The credentials."""
        return self.simulator.logins.members[self.account]

    def log_in(self) -> None:
        """Take a new cookie."""
        answer = login(self.simulator, self.member.api_key)
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    @property
    def headers(self) -> dict[str, str]:
        """What every private request shows."""
        return {
            **JSON_HEADERS,
            "cookie": self.cookie,
            "x-grvt-account-id": self.member.sub_account_id,
        }

    def ask(self, name: str, version: str = "v1", **body: object) -> HttpResponse:
        """Ask the trading host, about the own account."""
        raw = json.dumps({"sub_account_id": self.member.sub_account_id, **body}).encode()
        path = f"/full/{version}/{name}"
        return self.simulator.handle(HttpRequest("trades", "POST", path, "", self.headers, raw))

    def create(self, **changes: object) -> HttpResponse:
        """Place an order: a limit bid of 1 SOL at 140 where nothing else is said."""
        return self.ask("create_order", order=self.order(**changes))

    def placed(self, **changes: object) -> Words:
        """Place an order, let its verdict come and return it as it is then."""
        created = read(self.create(**changes))["result"]
        passes(self.simulator, 0.05)
        return self.look_up(created["metadata"]["client_order_id"])

    def look_up(self, client_order_id: str) -> Words:
        """Return an order by the own name of it."""
        order = read(self.ask("order", client_order_id=client_order_id))["result"]
        assert isinstance(order, dict)
        return order

    def order(self, **changes: object) -> Words:
        """Return a signed order; ``signature`` changes what is claimed after signing."""
        self.nonce += 1
        self.client_order_id += 1
        claims = dict(changes.pop("signature", {}))  # type: ignore[call-overload]  # of a test
        wanted: Words = {
            "instrument": SOL,
            "size": "1",
            "limit_price": "140",
            "buy": True,
            "is_market": False,
            "time_in_force": "GOOD_TILL_TIME",
            "post_only": False,
            "reduce_only": False,
            "client_order_id": str(self.client_order_id),
            "expires_ns": self.simulator.world.now_ns + DAY_NS,
            "sub_account_id": self.member.sub_account_id,
            **changes,
        }
        leg = {
            "instrument": wanted["instrument"],
            "size": wanted["size"],
            "limit_price": wanted["limit_price"],
            "is_buying_asset": wanted["buy"],
        }
        metadata: Words = {"client_order_id": wanted["client_order_id"]}
        if "trigger" in wanted:
            metadata["trigger"] = wanted["trigger"]
        flags = ("sub_account_id", "is_market", "time_in_force", "post_only", "reduce_only")
        return {
            **{name: wanted[name] for name in flags},
            "legs": [leg],
            "signature": self._sign(wanted) | claims,
            "metadata": metadata,
        }

    def position_config(self, **changes: object) -> Words:
        """Return a signed position configuration of SOL."""
        self.nonce += 1
        wanted: Words = {
            "instrument": SOL,
            "margin_type": "CROSS",
            "leverage": "10",
            **changes,
        }
        validity = self._validity(self.simulator.world.now_ns + DAY_NS)
        asset = int(LISTINGS[wanted["instrument"]].instrument_hash, 16)
        leverage = int(Decimal(wanted["leverage"]) * LEVERAGE_SCALE)
        sub_account = int(self.member.sub_account_id)
        margin_type = wanted["margin_type"]
        known = margin_type in ("CROSS", "ISOLATED")
        digest = position_config_digest(
            sub_account, asset, margin_type if known else "CROSS", leverage, validity
        )
        return {**wanted, "signature": self._signature(digest, validity)}

    def _sign(self, wanted: Words) -> Words:
        listing = LISTINGS.get(wanted["instrument"])
        leg = SignedLeg(
            int(listing.instrument_hash, 16) if listing else 0,
            int(Decimal(wanted["size"]) * 10**9),
            int(Decimal(wanted["limit_price"] or "0") * 10**9),
            buys=wanted["buy"],
        )
        known = wanted["time_in_force"]
        order = SignedOrder(
            int(wanted["sub_account_id"]),
            market=bool(wanted["is_market"]),
            time_in_force=known if known in TIME_IN_FORCE_CODES else "GOOD_TILL_TIME",
            post_only=wanted["post_only"],
            reduce_only=wanted["reduce_only"],
            legs=(leg,),
        )
        validity = self._validity(wanted["expires_ns"])
        return self._signature(order_digest(order, validity), validity)

    def _validity(self, expires_ns: int) -> Validity:
        return Validity(self.simulator.terms.chain_id, self.nonce, expires_ns)

    def _signature(self, digest: bytes, validity: Validity) -> Words:
        if self.depth is SignatureDepth.DIGEST:
            v, (r, s) = 27, tag(digest)
        else:
            raw = bytes.fromhex(self.member.private_key.removeprefix("0x"))
            signed = _KEYS.ecdsa_sign(digest, _KEYS.PrivateKey(raw))
            v, r, s = signed.v + 27, signed.r, signed.s
        return {
            "signer": self.member.signer,
            "r": f"0x{r:064x}",
            "s": f"0x{s:064x}",
            "v": v,
            "expiration": str(validity.expiration_ns),
            "nonce": validity.nonce,
            "chain_id": str(validity.chain_id),
        }


@dataclass
class Wire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    simulator: GrvtSimulator
    trader: Trader | None = None
    number: int = 1

    def __post_init__(self) -> None:
        refused = self.simulator.on_open(self)
        assert refused is None, refused

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        service = "trades_ws" if self.trader else "market_data_ws"
        headers = self.trader.headers if self.trader else {}
        return HttpRequest(service, "GET", "/ws/full", "", headers)

    def say(self, method: str, request_id: int = 1, **params: object) -> Words:
        """Send a call and return the answer to it; what follows stays to be taken."""
        taken = len(self.frames)
        words = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
        self.simulator.on_frame(self, json.dumps(words))
        answer = json.loads(self.frames.pop(taken))
        assert isinstance(answer, dict)
        return answer

    def subscribe(self, stream: str, *selectors: str) -> Words:
        """Subscribe and return the answer's result."""
        answer = self.say("subscribe", stream=stream, selectors=list(selectors))
        assert "result" in answer, answer
        result = answer["result"]
        assert isinstance(result, dict)
        return result

    def take(self, stream: str = "") -> list[Words]:
        """Return the feed frames that came since the last look, of one stream if it is named."""
        frames = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        return [frame for frame in frames if stream in ("", frame["stream"])]


def quick(**terms: Any) -> GrvtTerms:
    """Return terms without rate limits."""
    return GrvtTerms(**{"rate_limits": False, **terms})


def state_of(order: Words) -> tuple[str, str, str, str]:
    state = order["state"]
    return (
        state["status"],
        state["reject_reason"],
        state["book_size"][0],
        state["traded_size"][0],
    )
