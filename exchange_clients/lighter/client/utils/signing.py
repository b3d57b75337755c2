"""Lighter's transactions, signed by the venue's own native library.

The signature is a Schnorr signature over ECgFp5 with fresh randomness, which nothing else offers;
it takes 0.4 ms, and five times as long on the main thread, so it is made on the signing thread.
Where a seal stands for the curve, the same fields are hashed here and the seal is applied.
"""

from __future__ import annotations

import ctypes
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

import msgspec

from exchange_clients.errors import ClientConfigError, InvalidOrder
from exchange_clients.lighter.client.utils import poseidon
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Request
from exchange_clients.shared.native_library import FirstUse, load_library, native_library
from exchange_clients.shared.signing import Seal, SigningContext, WireRequest
from exchange_clients.shared.venue import Account

VALID_MS = 599_000
"""How long a transaction may be executed after it was signed: ten minutes less a second."""
SIGNATURE_BYTES = 80
EVERY_MARKET = 255
NO_OPTIONS = (0,) * 6
"""No integrator and its two fees, the usual two ways with self-trades, and a nonce without gaps."""


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

    def __init__(self, account: Account, sealer: Sealer, *, blocking: bool) -> None:
        self.blocking = blocking
        self._lane = f"{account['account_index']}/{account['api_key_index']}"
        self._sealer = sealer

    def lane(self, request: Request) -> str | None:
        """Return the key's one sequence for transactions; queries are not numbered."""
        return self._lane if isinstance(request.intent, Transaction) else None

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the request; a transaction is signed into its form."""
        intent = request.intent
        if isinstance(intent, TokenIntent):
            token = self._sealer.token(intent.expires_s)
            return replace(plain_wire(request, {"authorization": token}), reference=token)
        if not isinstance(intent, Transaction):
            return plain_wire(request)
        assert context.nonce is not None, "a transaction has a lane"
        dated = _dated(intent, context.now_ms)
        info, tx_hash = self._sealer.transaction(dated, context.nonce, context.now_ms)
        form = {"tx_type": str(intent.kind), "tx_info": info}
        return replace(plain_wire(replace(request, form=form)), reference=tx_hash)


def _dated(tx: Transaction, now_ms: int) -> Transaction:
    """Return the transaction with its spans, which are below zero, turned into instants."""
    fields = tuple((name, now_ms - value if value < 0 else value) for name, value in tx.fields)
    return replace(tx, fields=fields)


# The venue's library ------------------------------------------------------------------------------

_LONG, _INT, _BYTE, _POINTER = ctypes.c_longlong, ctypes.c_int, ctypes.c_uint8, ctypes.c_void_p
_OPTIONS = (_LONG, _INT, _INT, _BYTE, _BYTE, _BYTE)  # integrator, 2 fees, 2 self-trade modes, skip
_END = (_LONG, _INT, _LONG)  # nonce, key, account
# As the library's header has them: some platforms pack arguments, so each must have its own width.
_ARGUMENTS = MappingProxyType(
    {
        "SignCreateOrder": (_LONG, _LONG, _LONG, *(_INT,) * 6, _LONG, *_OPTIONS, *_END),
        "SignCancelOrder": (_LONG, _LONG, _BYTE, *_END),
        "SignCancelAllOrders": (_INT, _LONG, _LONG, _BYTE, *_END),
        "SignModifyOrder": (*(_LONG,) * 5, *_OPTIONS, _LONG, *_END),
        "SignUpdateLeverage": (_LONG, _INT, _INT, _BYTE, *_END),
    }
)


class _Text(ctypes.Structure):
    _fields_ = (("text", _POINTER), ("error", _POINTER))


class _Signed(ctypes.Structure):
    _fields_ = (
        ("kind", _BYTE),
        ("info", _POINTER),
        ("hash", _POINTER),
        ("message", _POINTER),
        ("error", _POINTER),
    )


class NativeSealer:
    """The library with one key. Its own clock dates transactions: ``now_ms`` does not reach it.

    Making one only looks for the library; it is loaded, and given the key, by the first signature.
    A call into it costs a microsecond on a thread, but 350 on a process's main thread.

    Raises:
        ClientConfigError: the library is missing.
    """

    def __init__(self, credentials: Credentials, chain_id: int) -> None:
        path = native_library("lighter", "signers", "lighter-signer", "'exchange_clients[lighter]'")
        self._account = int(credentials["account_index"])
        self._key = int(credentials["api_key_index"])
        self._library = FirstUse(lambda: _with_key(load_library(path), credentials, chain_id))

    def transaction(self, tx: Transaction, nonce: int, now_ms: int) -> tuple[str, str]:
        """Sign; the order of arguments is that of the library's header."""
        library, end = self._library(), (nonce, self._key, self._account)
        if tx.kind == CREATE:
            signed = library.SignCreateOrder(*tx.values, *NO_OPTIONS, *end)
        elif tx.kind == CANCEL:
            signed = library.SignCancelOrder(*tx.values, 0, *end)
        elif tx.kind == CANCEL_ALL:
            market = EVERY_MARKET if tx.only_market is None else tx.only_market
            signed = library.SignCancelAllOrders(*tx.values, market, 0, *end)
        elif tx.kind == MODIFY:
            signed = library.SignModifyOrder(*tx.values, *NO_OPTIONS, nonce, 0, *end[1:])
        else:
            signed = library.SignUpdateLeverage(*tx.values, 0, *end)
        info, tx_hash, _, error = (
            _taken(library, each)
            for each in (signed.info, signed.hash, signed.message, signed.error)
        )
        if error:
            raise InvalidOrder(f"lighter's signer refuses the transaction: {_discreet(error)}")
        return info, tx_hash

    def token(self, expires_s: int) -> str:
        """Return an access token."""
        library = self._library()
        made = library.CreateAuthToken(expires_s, self._key, self._account)
        text, error = _taken(library, made.text), _taken(library, made.error)
        if error:
            raise ClientConfigError(f"lighter's signer made no access token: {_discreet(error)}")
        return text


def _with_key(library: ctypes.CDLL, credentials: Credentials, chain_id: int) -> ctypes.CDLL:
    """Return the library, which keeps one client for each key of each account."""
    library.Free.argtypes, library.Free.restype = (_POINTER,), None
    library.CreateClient.argtypes = (ctypes.c_char_p, ctypes.c_char_p, _INT, _INT, _LONG)
    library.CreateClient.restype = _POINTER
    library.CreateAuthToken.argtypes, library.CreateAuthToken.restype = (_LONG, _INT, _LONG), _Text
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, _Signed
    refusal = library.CreateClient(
        b"",  # the URL is only for a check of the key that is not asked for
        credentials["private_key"].removeprefix("0x").encode(),
        chain_id,
        int(credentials["api_key_index"]),
        int(credentials["account_index"]),
    )
    if _taken(library, refusal):  # what it says may quote the key
        raise ClientConfigError("lighter's signer does not take the key in API_KEY_PRIVATE_KEY")
    return library


def _taken(library: ctypes.CDLL, pointer: int | None) -> str:
    """Return a text of the library and free it; a text that is not there is empty."""
    if not pointer:
        return ""
    text = ctypes.string_at(pointer).decode()
    library.Free(pointer)
    return text


def _discreet(error: str) -> str:
    """Return what the library says without what may be a part of a key."""
    return re.sub(r"[0-9a-fA-F]{16,}", "***", error)


# A seal in its place ------------------------------------------------------------------------------


class SimulatedSealer:
    """Hashes the real fields and applies a seal."""

    def __init__(self, seal: Seal, account: Account, chain_id: int) -> None:
        self._seal = seal
        self._account, self._key = int(account["account_index"]), int(account["api_key_index"])
        self._chain_id = chain_id

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
