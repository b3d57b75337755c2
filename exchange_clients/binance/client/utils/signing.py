"""How Binance's requests are signed: HMAC by an API secret, or Ed25519 by a private key.

What is signed is the text that is sent, once it is url-encoded, with ``timestamp`` and
``recvWindow`` last. HMAC is spelt in hexadecimal digits, Ed25519 in Base64, which is encoded again.
Listen keys are given to whoever names the API key: a signature would be a parameter too many.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from exchange_clients.binance.common import PEM
from exchange_clients.shared.dialects.fapi.signing import (
    WINDOW_MS,
    joined,
    signed_wire,
)
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest, hmac_seal

UNSIGNED = "/listenKey"


def seal_of(secret: str) -> Seal:
    """Return what signs a text by the secret of a key of either kind."""
    return ed25519_seal(secret) if secret.startswith(PEM) else hmac_seal(secret)


def ed25519_seal(pem: str) -> Seal:
    r"""Return what signs with a private key in PEM; ``\n`` may be spelt out, as in env files."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # virtual time loads no curve
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey), f"{type(key).__name__} is no Ed25519 key"
    return key.sign


class BinanceSigner(Unnumbered):
    """Signs as the holder of an API key.

    Args:
        api_key: Its public name.
        seal: Signs a text.
        base64_spelt: Whether signatures are spelt in Base64, as Ed25519's are.
    """

    def __init__(self, api_key: str, seal: Seal, *, base64_spelt: bool) -> None:
        self.api_key = api_key
        self._seal = seal
        self._base64_spelt = base64_spelt

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes; the venue takes them for five seconds."""
        headers = {"X-MBX-APIKEY": self.api_key}
        if request.path.endswith(UNSIGNED):
            return WireRequest(request.method.value, request.path, headers)
        text = joined(request, f"recvWindow={WINDOW_MS}&timestamp={context.now_ms}")
        signature = self.signature(text)
        spelt = quote(signature, safe="") if self._base64_spelt else signature
        return signed_wire(request, f"{text}&signature={spelt}", headers)

    def signature(self, text: str) -> str:
        """Return the signature of a text as it is spelt, not yet url-encoded."""
        sealed = self._seal(text.encode())
        return base64.b64encode(sealed).decode() if self._base64_spelt else sealed.hex()
