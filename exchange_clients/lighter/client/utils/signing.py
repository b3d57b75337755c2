"""Lighter's transactions, signed by the venue's own native library.

The signature is a Schnorr signature over ECgFp5 with fresh randomness, which nothing else offers;
it takes half a millisecond, and five times as long from the main thread, so it runs on the signing
thread. Where a seal stands for the curve, the same fields are hashed here and the seal is applied.
"""

from __future__ import annotations

import ctypes
from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol

import msgspec

from exchange_clients.errors import ClientConfigError
from exchange_clients.lighter.client.utils import poseidon
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Request
from exchange_clients.shared.native_library import native_library
from exchange_clients.shared.signing import Seal, SigningContext, WireRequest

VALID_MS = 599_000
"""How long a transaction may be executed after it was signed: ten minutes less a second."""
SIGNATURE_BYTES = 80
EVERY_MARKET = 255


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction before it is numbered: its type, and its fields in the order of the hash.

    A value below zero is a span in milliseconds from the signing on.
    """

    kind: int
    fields: tuple[tuple[str, int], ...]
    only_market: int | None = None
    """The one market of a cancel-all; None for the whole account."""

    @property
    def values(self) -> tuple[int, ...]:
        """The fields without their names."""
        return tuple(value for _, value in self.fields)


@dataclass(frozen=True, slots=True)
class TokenIntent:
    """A request that carries a new access token, which the answer's ``reference`` gives back."""

    expires_s: int


CREATE, CANCEL, CANCEL_ALL, MODIFY, LEVERAGE = 14, 15, 16, 17, 20


class Sealer(Protocol):
    """What signs."""

    def transaction(self, tx: Transaction, nonce: int, now_ms: int) -> tuple[str, str]:
        """Return (tx_info as JSON, hash as hex)."""

    def token(self, expires_s: int) -> str:
        """Return an access token."""


class LighterSigner:
    """Signs for one API key of one account."""

    def __init__(self, account: int, key: int, sealer: Sealer, *, blocking: bool) -> None:
        self.blocking = blocking
        self._lane = f"{account}/{key}"
        self._sealer = sealer

    def lane(self, request: Request) -> str | None:
        """Return the key's one sequence for transactions; queries are not numbered."""
        return self._lane if isinstance(request.intent, Transaction) else None

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the request; a transaction is signed into its form."""
        intent = request.intent
        if isinstance(intent, TokenIntent):
            token = self._sealer.token(intent.expires_s)
            wire = plain_wire(request, {"authorization": token})
            return WireRequest(wire.method, wire.path, wire.headers, wire.body, token)
        if not isinstance(intent, Transaction):
            return plain_wire(request)
        assert context.nonce is not None, "a transaction has a lane"
        dated = _dated(intent, context.now_ms)
        info, tx_hash = self._sealer.transaction(dated, context.nonce, context.now_ms)
        form = {"tx_type": str(intent.kind), "tx_info": info}
        wire = plain_wire(Request(request.method, request.path, form=form))
        return WireRequest(wire.method, wire.path, wire.headers, wire.body, tx_hash)


def _dated(tx: Transaction, now_ms: int) -> Transaction:
    """Return the transaction with its spans, which are below zero, turned into instants."""
    fields = tuple((name, now_ms - value if value < 0 else value) for name, value in tx.fields)
    return Transaction(tx.kind, fields, tx.only_market)


# The venue's library ------------------------------------------------------------------------------


class _Text(ctypes.Structure):
    _fields_ = (("text", ctypes.c_void_p), ("error", ctypes.c_void_p))


class _Signed(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("info", ctypes.c_void_p),
        ("hash", ctypes.c_void_p),
        ("message", ctypes.c_void_p),
        ("error", ctypes.c_void_p),
    )


class NativeSealer:
    """The library with one key. Its own clock dates transactions: ``now_ms`` does not reach it.

    Raises:
        ClientConfigError: the library is missing, or does not take the key.
    """

    def __init__(self, private_key: str, account: int, key: int, chain_id: int) -> None:
        path = native_library("lighter", "signers", "lighter-signer", "'exchange_clients[lighter]'")
        self._library = library = ctypes.CDLL(str(path))
        self._account, self._key = account, key
        library.Free.argtypes = (ctypes.c_void_p,)
        library.CreateClient.restype = ctypes.c_void_p
        library.CreateAuthToken.restype = _Text
        for name in ("SignCreateOrder", "SignCancelOrder", "SignCancelAllOrders",
                     "SignModifyOrder", "SignUpdateLeverage"):  # fmt: skip
            getattr(library, name).restype = _Signed
        # The URL is only for a check of the key that is not asked for.
        refusal = library.CreateClient(b"", private_key.encode(), chain_id, key, _long(account))
        if refusal:
            # What the library says may quote the key.
            raise ClientConfigError("lighter's signer does not take the key in API_KEY_PRIVATE_KEY")

    def transaction(self, tx: Transaction, nonce: int, now_ms: int) -> tuple[str, str]:
        """Sign; the order of arguments is that of the library's header."""
        library, values = self._library, [_long(value) for value in tx.values]
        end = (_long(nonce), self._key, _long(self._account))
        if tx.kind == CREATE:
            none = (_long(0), 0, 0, 0, 0, 0)  # integrator, fees, self-trade modes, skip-nonce
            signed = library.SignCreateOrder(*values, *none, *end)
        elif tx.kind == CANCEL:
            signed = library.SignCancelOrder(*values, 0, *end)
        elif tx.kind == CANCEL_ALL:
            market = EVERY_MARKET if tx.only_market is None else tx.only_market
            signed = library.SignCancelAllOrders(*values, _long(market), 0, *end)
        elif tx.kind == MODIFY:
            none = (_long(0), 0, 0, 0, 0, 0)
            nonce_and_version = (_long(nonce), _long(0))
            signed = library.SignModifyOrder(*values, *none, *nonce_and_version, *end[1:])
        else:
            signed = library.SignUpdateLeverage(*values, 0, *end)
        error = self._taken(signed.error)
        info, tx_hash = self._taken(signed.info), self._taken(signed.hash)
        self._taken(signed.message)
        if error:
            raise ClientConfigError(f"lighter's signer refused a transaction: {error}")
        return info, tx_hash

    def token(self, expires_s: int) -> str:
        """Return an access token."""
        made = self._library.CreateAuthToken(_long(expires_s), self._key, _long(self._account))
        text, error = self._taken(made.text), self._taken(made.error)
        if error:
            raise ClientConfigError("lighter's signer made no access token")
        return text

    def _taken(self, pointer: int | None) -> str:
        """Return a text of the library and free it; every crossing costs, so empty ones do not."""
        if not pointer:
            return ""
        text = ctypes.string_at(pointer).decode()
        self._library.Free(pointer)
        return text


def _long(value: int) -> ctypes.c_longlong:
    return ctypes.c_longlong(value)


# A seal in its place ------------------------------------------------------------------------------


class SimulatedSealer:
    """Hashes the real fields and applies a seal."""

    def __init__(self, seal: Seal, account: int, key: int, chain_id: int) -> None:
        self._seal = seal
        self._account, self._key, self._chain_id = account, key, chain_id

    def transaction(self, tx: Transaction, nonce: int, now_ms: int) -> tuple[str, str]:
        """Return the same wording as the library's."""
        expired_at = now_ms + VALID_MS
        head = (self._chain_id, tx.kind, nonce, expired_at, self._account, self._key)
        hashed = poseidon.digest((*head, *tx.values))
        if tx.only_market is not None:
            hashed = poseidon.digest((*hashed, *poseidon.digest((5, tx.only_market, *(0,) * 6))))
        tx_hash = poseidon.to_bytes(hashed)
        info = {
            "AccountIndex": self._account,
            "ApiKeyIndex": self._key,
            **dict(tx.fields),
            "ExpiredAt": expired_at,
            "Nonce": nonce,
            "Sig": b64encode(self._seal(tx_hash).ljust(SIGNATURE_BYTES, b"\0")).decode(),
            "L2TxAttributes": None if tx.only_market is None else {"5": tx.only_market},
        }
        return msgspec.json.encode(info).decode(), tx_hash.hex()

    def token(self, expires_s: int) -> str:
        """Return a token sealed over its own text."""
        text = f"{expires_s}:{self._account}:{self._key}"
        return f"{text}:{self._seal(text.encode()).ljust(SIGNATURE_BYTES, bytes(1)).hex()}"
