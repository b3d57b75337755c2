"""One way of logging: an event to a line, ``key=value``, and never a secret.

    2026-11-21T02:14:28.123Z INFO exchange_clients.paper [PAPER] event=order_placed venue=paper ...

``setup_logging`` is called once by a program; the library only logs. With ``json`` each line is an
object. Whatever passes through a handler of ours is redacted: message, arguments, fields, exception
and traceback.
"""

from __future__ import annotations

import json as json_format
import logging
import re
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from decimal import Decimal
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock, to_datetime
from helpers.redaction import Redactor

MAX_BYTES = 10_000_000
BACKUPS = 5
FIELDS = "event_fields"
"""The record's attribute that holds an event's fields."""
CONTEXT = "event_context"
"""The record's attribute that holds what an adapter adds: venue, account."""
EVENT = "event"
NOT_VENUES = frozenset({"shared", "factory", "routing", "unified"})
"""Names below ``exchange_clients`` that are no venue, and so make no prefix."""

_REDACTOR = Redactor()
_BARE = re.compile(r"[^\s=\"'\\\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_PAIR = re.compile(r"(\w+)=(\"(?:[^\"\\]|\\.)*\"|.*?)(?=\s+\w+=|\s*$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogFile:
    """Where lines are kept: rotated at ``max_bytes``, ``backups`` old files are kept."""

    path: Path
    max_bytes: int = MAX_BYTES
    backups: int = BACKUPS


class ExchangeLogger(logging.LoggerAdapter[logging.Logger]):
    """A venue's logger that adds venue and account to every line."""

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Join the context to what the caller gives."""
        extra = dict(kwargs.get("extra") or {})
        extra[CONTEXT] = self.extra
        kwargs["extra"] = extra
        return msg, kwargs


def register_secret(secret: str) -> None:
    """Keep ``secret`` out of every log line from now on."""
    _REDACTOR.register(secret)


def get_exchange_logger(venue: str, account: str | None = None) -> ExchangeLogger:
    """Return the logger ``exchange_clients.<venue>`` with the venue, and account, as context."""
    context = {"venue": venue} | ({"account": account} if account else {})
    return ExchangeLogger(logging.getLogger(f"exchange_clients.{venue}"), context)


def key_values(event: str, **fields: object) -> str:
    """Return one event as text; values that need it are quoted.

    >>> key_values("order_placed", side="buy", note="a b")
    'event=order_placed side=buy note="a b"'
    """
    return " ".join(f"{key}={_word(value)}" for key, value in {EVENT: event, **fields}.items())


def log_event(
    logger: logging.Logger | ExchangeLogger, level: int, event: str, **fields: object
) -> None:
    """Log one event with its fields; as JSON they keep their names and kinds."""
    if logger.isEnabledFor(level):
        logger.log(level, "%s", event, extra={FIELDS: {EVENT: event, **fields}}, stacklevel=2)


TALKATIVE = ("picows", "websockets", "aiohttp", "asyncio")
"""Libraries whose everyday lines tell an operator nothing: they are heard from WARNING on."""


def setup_logging(
    level: int | str = logging.INFO,
    *,
    json: bool = False,
    file: LogFile | Path | str | None = None,
    stream: TextIO | None = None,
    clock: Clock | None = None,
    console: bool = True,
) -> None:
    """Send the root logger's lines to the console (standard error) and to a file.

    A second call replaces the handlers of the first. ``clock`` stamps lines with the run's own time
    instead of the machine's; ``console`` False leaves the file alone.

    Raises:
        ValueError: the level is not one of logging's.
    """
    number = _level(level)
    root = logging.getLogger()
    formatter = (JsonFormatter if json else TextFormatter)(_REDACTOR, clock)
    handlers: list[logging.Handler] = []
    if console:
        handlers.append(_Console(stream))
    if file is not None:
        handlers.append(_file_handler(file))
    for old in [handler for handler in root.handlers if isinstance(handler, _OURS)]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(number)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


class _Formatter(logging.Formatter):
    """Time, level and message of a record, redacted; nothing is kept on the record itself."""

    def __init__(self, redactor: Redactor, clock: Clock | None = None) -> None:
        super().__init__()
        self._redactor = redactor
        self._clock = clock

    def _time(self, record: logging.LogRecord) -> str:
        now_ns = round(record.created * 1e6) * 1000 if self._clock is None else self._clock.now_ns()
        instant = to_datetime(now_ns // (NS // 1000) * (NS // 1000))
        return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return event, context and fields as far as the record has them, redacted."""
        given = getattr(record, FIELDS, None) or {}
        context = getattr(record, CONTEXT, None) or {}
        event = {EVENT: given[EVENT]} if EVENT in given else {}
        merged = {**event, **context, **given}
        redacted = self._redactor.value(merged)
        assert isinstance(redacted, dict)
        return redacted

    def _message(self, record: logging.LogRecord) -> str:
        """Return the message with its arguments; one that does not fit them is still logged."""
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001  # a log line never breaks the program
            text = f"{record.msg!s} log_error={type(error).__name__}"
        return self._redactor.redact(text)

    def _trace(self, record: logging.LogRecord) -> str:
        """Return exception and stack, made anew so that other handlers' copies are not used."""
        parts = []
        if record.exc_info:
            parts.append(self.formatException(record.exc_info))
        elif record.exc_text:
            parts.append(record.exc_text)
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return self._redactor.redact("\n".join(parts))


class TextFormatter(_Formatter):
    """A line of ``key=value`` for people and grep; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = self._fields(record)
        head = [self._time(record), record.levelname, record.name]
        venue = fields.get("venue") or _venue_of(record.name)
        if venue:
            head.append(f"[{str(venue).upper()}]")
        if EVENT not in fields:
            head.append(_one_line(self._message(record)))
        head += [f"{key}={_word(value)}" for key, value in fields.items()]
        trace = self._trace(record)
        lines = [" ".join(_one_line(part) for part in head)]
        lines += [f"    {_one_line(line)}" for line in trace.splitlines()]
        return self._redactor.redact("\n".join(lines))


class JsonFormatter(_Formatter):
    """One JSON object to a line; ``key=value`` pairs of a message become keys of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object."""
        fields = self._fields(record)
        message = self._message(record)
        line: dict[str, object] = {
            "time": self._time(record),
            "level": record.levelname,
            "logger": self._redactor.redact(record.name),
        }
        if EVENT not in fields:
            line["message"] = message
            fields = _pairs(message) | fields
        line.update((key, item) for key, item in fields.items() if key not in line)
        trace = self._trace(record)
        if trace:
            line["exception"] = trace
        return json_format.dumps(line, ensure_ascii=True)


class _Quiet(logging.Handler):
    """A failure to write is told without the record, whose arguments may hold a secret."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that a line was lost."""
        if logging.raiseExceptions and sys.stderr is not None:
            kind = sys.exc_info()[0]
            name = "error" if kind is None else kind.__name__
            sys.stderr.write(f"event=log_line_lost logger={record.name} reason={name}\n")


class _Console(_Quiet):
    """Writes to standard error as it is now: a live panel may have put itself before it."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            stream = self._stream or sys.stderr
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:  # noqa: BLE001  # a log line never breaks the program
            self.handleError(record)


class _RotatingFile(_Quiet, RotatingFileHandler):
    """A file that is rotated by size."""


_OURS = (_Console, _RotatingFile)


def _file_handler(file: LogFile | Path | str) -> logging.Handler:
    kept = file if isinstance(file, LogFile) else LogFile(Path(file))
    kept.path.parent.mkdir(parents=True, exist_ok=True)
    return _RotatingFile(
        kept.path, maxBytes=kept.max_bytes, backupCount=kept.backups, encoding="utf-8", delay=True
    )


def _level(level: int | str) -> int:
    if isinstance(level, int):
        return level
    names = logging.getLevelNamesMapping()
    number = names.get(level.upper())
    if number is None:
        allowed = ", ".join(("debug", "info", "warning", "error", "critical"))
        raise ValueError(f"log level {level!r} is not known: use one of {allowed}")
    return number


def _venue_of(logger_name: str) -> str:
    """Return the venue whose package logs: ``"exchange_clients.paper.client" -> "paper"``."""
    library, _, rest = logger_name.partition(".")
    venue = rest.partition(".")[0]
    return venue if library == "exchange_clients" and venue not in NOT_VENUES else ""


def _word(value: object) -> str:
    """Return a value as one word: bare where it can be, else quoted as in JSON."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text if _BARE.fullmatch(text) else json_format.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    """Return text whose control characters are spelt out, so that no value forges a line."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


def _pairs(message: str) -> dict[str, object]:
    """Return the pairs of a ``key=value`` message; empty for one that is prose."""
    if not message.startswith(f"{EVENT}="):
        return {}
    return {key: text.strip('"') for key, text in _PAIR.findall(message)}
