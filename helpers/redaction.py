"""Keeps secrets out of text: values that were registered, and whatever looks like a secret.

What was registered disappears for certain, in every spelling a log may give it (quoted,
URL-encoded, base64). Patterns catch the rest as well as patterns can; they rather hide a
transaction hash, which looks like a private key, than show a key.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote, quote_plus

MASK = "***"
SECRET_MIN = 4
"""Shorter secrets cannot be hidden without hiding ordinary text."""

_SENSITIVE_WORD = (
    r"(?:api[_-]?key|api[_-]?secret|secret(?:[_-]?key)?|pass(?:word|wd|phrase)"
    r"|(?:private|signing|access)[_-]?key|(?:access|auth|refresh|session|bot|jwt)[_-]?token"
    r"|jwt|signature|mnemonic|seed[_-]?phrase|cookie)"
)
SENSITIVE_NAME = re.compile(rf"(?i)[\w.-]*(?:{_SENSITIVE_WORD}|authorization)")
"""A field of this name is hidden whatever its value."""

_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}\])"']+)"""
# A bare "token" is as often a coin as a secret, so there only a long value is hidden.
_LONG_TOKEN = re.compile(r"""(?i)(token["']?\s*[=:]\s*["']?)[^\s,;&}\])"']{12,}""")
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        MASK,
    ),
    (
        re.compile(
            rf"""(?i)(authorization["']?\s*[=:]\s*)(?:\w+\s+(?=[^\s=]+(?:\s|$)))?{_VALUE}"""
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{6,}"), f"Bearer {MASK}"),
    (re.compile(rf"""(?i)({_SENSITIVE_WORD}["']?\s*[=:]\s*){_VALUE}"""), rf"\1{MASK}"),
    (_LONG_TOKEN, rf"\1{MASK}"),
    (re.compile(r"\b0[xX][0-9a-fA-F]{64,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}"), MASK),
    (re.compile(r"\b\d{8,12}:[A-Za-z0-9_-]{30,}"), MASK),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), MASK),
)
"""What looks like a secret: each is linear in the length of the text."""


class Redactor:
    """Replaces secrets in text with ``MASK``."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None

    def register(self, secret: str) -> None:
        """Hide ``secret`` from now on; an empty one is ignored.

        Raises:
            ValueError: it is too short to be hidden without hiding ordinary text.
        """
        if not secret:
            return
        if len(secret) < SECRET_MIN:
            raise ValueError(
                f"a secret has {len(secret)} characters: fewer than {SECRET_MIN} cannot be hidden"
            )
        self._spellings.update(_spellings(secret))
        # Longest first, so that a secret within another's spelling leaves no rest behind.
        ordered = sorted(self._spellings, key=lambda text: (-len(text), text))
        self._known = re.compile("|".join(re.escape(text) for text in ordered))

    def redact(self, text: str) -> str:
        """Return ``text`` without secrets."""
        text = self._without_known(text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return self._without_known(text)

    def value(self, value: object, name: str = "") -> object:
        """Return a value fit to be logged: text redacted, containers within, others as text."""
        if SENSITIVE_NAME.fullmatch(name) or _LONG_TOKEN.fullmatch(f"{name}={value}"):
            return MASK
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Mapping):
            return {
                self.redact(str(key)): self.value(item, str(key)) for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        shown = self.redact(text)
        return value if isinstance(value, int | float) and shown == text else shown

    def _without_known(self, text: str) -> str:
        """Replace until nothing is left: a mask beside other text may spell a secret again.

        It ends, because a spelling is longer than the mask and so each round shortens the text.
        """
        if self._known is None:
            return text
        while self._known.search(text):
            text = self._known.sub(MASK, text)
        return text


def _spellings(secret: str) -> set[str]:
    """Return the forms in which a secret may stand in a log line."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(raw, safe=""),
        quote_plus(raw),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    # A key of several lines is also shown line by line.
    forms.update(line.strip() for line in secret.splitlines())
    return {form for form in forms if len(form) >= SECRET_MIN}
