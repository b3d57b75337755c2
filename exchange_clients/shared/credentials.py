"""What a user must hold to trade on a venue: named fields, read from variables, never printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exchange_clients.errors import MissingCredentialsError

PLACEHOLDERS = ("your_", "your-", "<", "changeme", "replace", "xxx", "0x...", "...")
"""How values begin that were copied from an example and never filled in; in lower case."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value of a venue's credentials."""

    name: str
    """The keyword of the client's constructor: ``"api_key"``."""
    variable: str
    """The environment variable users already have: ``"BACKPACK_SECRET_KEY"``."""
    secret: bool = True
    complain: Callable[[str], str | None] | None = None
    """Says what is wrong with a value's form, without quoting it; None when it is well formed."""


class Credentials:
    """The values of one account; its ``repr`` shows which fields are set and no secret."""

    __slots__ = ("_fields", "_values")

    def __init__(self, fields: Sequence[CredentialField], values: Mapping[str, str]) -> None:
        self._fields = tuple(fields)
        self._values = {field.name: values[field.name] for field in fields if field.name in values}

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={'***' if field.secret else self._values.get(field.name)!r}"
            for field in self._fields
        )
        return f"Credentials({', '.join(shown)})"

    @property
    def public(self) -> Mapping[str, str]:
        """The fields that are no secret: account numbers, public keys."""
        return {
            field.name: self._values[field.name]
            for field in self._fields
            if not field.secret and field.name in self._values
        }

    @property
    def secret_names(self) -> Sequence[str]:
        """Which of the fields are secret."""
        return [each.name for each in self._fields if each.secret]

    @property
    def secrets(self) -> Sequence[str]:
        """The secret values, for those who must keep them out of logs."""
        return [self._values[each.name] for each in self._fields if each.secret]


def key_and_secret(family: str) -> tuple[CredentialField, ...]:
    """Return what an API key is whose secret signs: ``OKX_API_KEY`` and ``OKX_API_SECRET``."""
    return (
        CredentialField("api_key", f"{family}_API_KEY", secret=False, complain=complain_of_name),
        CredentialField("api_secret", f"{family}_API_SECRET"),
    )


def complain_of_name(value: str) -> str | None:
    """Say what is wrong with the name of a key, which venues make of letters, digits, - and _."""
    plain = value.replace("-", "").replace("_", "")
    return None if plain.isascii() and plain.isalnum() else "holds what no such key is made of"


def read_credentials(
    venue: str,
    fields: Sequence[CredentialField],
    variables: Mapping[str, str],
    given: Mapping[str, str] | None = None,
    other: Sequence[CredentialField] = (),
) -> Credentials:
    """Return the credentials from keyword values first, then from variables.

    Args:
        venue: For the message.
        fields: What the venue needs.
        variables: The environment, or the content of an env file.
        given: Values by field name, as keywords of a constructor.
        other: What does as well, where some of it is set and nothing of ``fields`` is.

    Raises:
        MissingCredentialsError: names every variable that is absent, a placeholder or malformed,
            and why; prints no value.
    """
    told = {
        each.name: ((given or {}).get(each.name) or variables.get(each.variable) or "").strip()
        for each in (*fields, *other)
    }
    if any(told[each.name] for each in other) and not any(told[each.name] for each in fields):
        fields = other
    values: dict[str, str] = {}
    wrong: list[str] = []
    for each in fields:
        value = told[each.name]
        complaint = _complaint(each, value)
        if complaint is None:
            values[each.name] = value
        else:
            wrong.append(f"{each.variable} ({complaint})")
    if wrong:
        raise MissingCredentialsError(
            f"{venue} needs credentials: {', '.join(wrong)}. Set them in the environment or in a "
            "file given with --env-file"
        )
    return Credentials(fields, values)


def _complaint(field: CredentialField, value: str) -> str | None:
    if not value:
        return "not set"
    if value.lower().startswith(PLACEHOLDERS):
        return "still a placeholder"
    return None if field.complain is None else field.complain(value)
