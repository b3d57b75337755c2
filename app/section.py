"""How a section of the configuration is declared: keys with meanings, and readers of text."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app import values


def read_text(reader: Any) -> BeforeValidator:  # a reader of text to any type
    """Apply a reader to text; values that are already typed pass on to their checks."""
    return BeforeValidator(lambda value: reader(value) if isinstance(value, str) else value)


Finite = Annotated[Decimal, read_text(values.finite)]


def declare(
    default: Any, description: str, allowed: str = "", *, secret: bool = False, **limits: Any
) -> Any:
    """Declare a key: its default (``...`` for none), what it is, and what it may be.

    The value of a secret one is shown nowhere, not even where it is wrong.
    """
    extra: dict[str, Any] | None = {"allowed": allowed, "secret": secret} if allowed else None
    return Field(default, description=description, json_schema_extra=extra, **limits)


class Section(BaseModel):
    """One section of a configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")
