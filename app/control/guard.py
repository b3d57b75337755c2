"""Who may command a bot: whoever presents the token, of which only a digest is kept."""

from __future__ import annotations

import hashlib
import hmac

SCHEME = "bearer "


class Guard:
    """Compares what a caller presents with the digest of the token, in constant time.

    Args:
        token_sha256: In hexadecimal digits.
    """

    def __init__(self, token_sha256: str) -> None:
        self._digest = bytes.fromhex(token_sha256)

    def __repr__(self) -> str:
        return "Guard(token=***)"

    def admits(self, authorization: str) -> bool:
        """Tell whether a header ``Authorization: Bearer TOKEN`` holds the token."""
        if authorization[: len(SCHEME)].lower() != SCHEME:
            return False
        presented = authorization[len(SCHEME) :].strip()
        return hmac.compare_digest(bytes.fromhex(digest_of(presented)), self._digest)


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token in hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
