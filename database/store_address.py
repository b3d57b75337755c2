"""Where the store is: a SQLite file or a PostgreSQL database, told by a URL or a path.

Nothing heavy is imported here, so that a wrong address is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
STORE_FILE = "store.db"
"""What the file is called by default, in the folder of the journals."""
ALLOWED = (
    "a path, sqlite:///relative/file.db, sqlite:////absolute/file.db, "
    "or postgresql://user:password@host:5432/name"
)
HIDDEN = "***"


class StoreError(Exception):
    """The store cannot be used; says what to do about it, and no secret."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where the store is; ``str`` shows no password."""

    kind: str
    path: Path | None = None
    """The file, on SQLite."""
    url: str = field(default="", repr=False)
    """On PostgreSQL, with its secrets."""

    @classmethod
    def of(cls, text: str) -> StoreAddress:
        """Read what a user gave.

        Raises:
            ValueError: it is no address; the text shows no secret.
        """
        if "://" not in text:
            if not text.strip():
                raise ValueError(ALLOWED)
            return cls(SQLITE, Path(text))
        try:
            parts = urlsplit(text)
            _ = parts.port  # judged only when asked for
        except ValueError:
            raise ValueError(ALLOWED) from None
        scheme = parts.scheme.partition("+")[0]
        if scheme == SQLITE:
            return cls(SQLITE, _file_of(parts))
        if scheme in (POSTGRESQL, "postgres"):
            if not parts.path.strip("/"):
                raise ValueError(f"{ALLOWED}; this names no database")
            driver = parts._replace(scheme="postgresql+psycopg")
            return cls(POSTGRESQL, None, driver.geturl())
        raise ValueError(f"{scheme} is not known; use {ALLOWED}" if scheme else ALLOWED)

    def __str__(self) -> str:
        """Return it for people: without a password, wherever the URL may hold one."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        # A host may be named in the query, where a password may stand as well.
        query = "&".join(
            f"{name}={value if name in ('host', 'port', 'sslmode') else HIDDEN}"
            for name, value in parse_qsl(parts.query)
        )
        return f"{POSTGRESQL}://{_user(parts)}{host}{parts.path}" + (f"?{query}" if query else "")


def _user(parts: SplitResult) -> str:
    if not parts.username:
        return ""
    return f"{parts.username}{'' if parts.password is None else f':{HIDDEN}'}@"


def _file_of(parts: SplitResult) -> Path:
    """Return the file of ``sqlite:///file``: a fourth slash makes it absolute."""
    if parts.netloc or len(parts.path) < 2:
        raise ValueError(f"{ALLOWED}; this names no file")
    return Path(parts.path[1:])
