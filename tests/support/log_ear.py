"""Listens to what is logged, and keeps it off the screen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def hearing(level: int, tell: Callable[[int, str], None]) -> Iterator[None]:
    """Hand on every line of a level or worse, with its traceback, while this lasts."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if record.exc_info:
                text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
            tell(record.levelno, text)

    root = logging.getLogger()
    others, root.handlers = root.handlers, [Ear(level)]
    try:
        yield
    finally:
        root.handlers = others
