"""How a wallet's requests are signed: EIP-712 over the very text that is sent, by hand.

    symbol=BTCUSDT&side=BUY&...&nonce=1750793021519000&user=0x..&signer=0x..

The message is that string; type and domain are constants. A request costs four hashes and one ECDSA
signature with recovery (libsecp256k1, RFC 6979: the same bytes as any other implementation).
Source: the venue's v3 documents, "Authentication signature payload", whose samples send the
parameters in any order: what counts is that the signed and the sent order agree.

Nonces are microseconds. The venue keeps the last hundred of each signer and refuses what it has
seen, and what is below the least of a full list. They may arrive in any order.
"""

from __future__ import annotations

from exchange_clients.shared.dialects.fapi.signing import joined, signed_wire
from exchange_clients.shared.ethereum import domain_separator, keccak, recovery_of
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest

DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
NAME, VERSION = "AsterSignTransaction", "1"
MESSAGE = "Message(string msg)"
DOMAIN_HEAD = bytes.fromhex(
    "8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f"
    "04dd1131d2ee96e6ed8c0489b64f3d9dcfa34fbc927a825cb16a351ac29e4542"
    "c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6"
)
"""Keccak of the domain's type, name and version."""
NO_CONTRACT = bytes(20)
"""The domain's verifying contract: zero."""
MESSAGE_HASH = bytes.fromhex("c4cfb57eea370ef2a92403a7e865b2de262d7ca272333665b54ad7e6a602ef68")
"""Keccak of the message's type."""


def digest_of(text: str, domain: bytes) -> bytes:
    """Return the 32 bytes that are signed for a text."""
    return keccak(b"\x19\x01" + domain + keccak(MESSAGE_HASH + keccak(text.encode())))


class AsterSigner(Unnumbered):
    """Signs as an agent of a wallet.

    Args:
        user: The wallet's address.
        signer: The agent's.
        chain_id: Of the environment.
        seal: Signs a digest with the agent's key.
    """

    def __init__(self, user: str, signer: str, chain_id: str, seal: Seal) -> None:
        self._identity = f"user={user}&signer={signer}"
        self._domain = domain_separator(DOMAIN_HEAD, int(chain_id), NO_CONTRACT)
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes; the last three digits keep processes of one agent apart."""
        nonce = context.unique_ms * 1000 + context.entropy % 1000
        text = joined(request, f"nonce={nonce}&{self._identity}")
        sealed = self._seal(digest_of(text, self._domain))
        signature = f"0x{sealed[:64].hex()}{recovery_of(sealed):02x}"
        return signed_wire(request, f"{text}&signature={signature}", {})
