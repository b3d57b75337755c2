"""Configuration as files hold it: YAML by section and key, and NAME=value lines.

Every value is kept as the text that was written, with its file and line: ``0.1`` becomes exactly
that Decimal, and a mistake can be shown where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import Given
from app.errors import UsageError

if TYPE_CHECKING:
    from yaml.nodes import Node

FILE_SIZE_MAX = 1_000_000
"""Bytes; a configuration is a page of text, anything larger is another kind of file."""
NULL_TAG = "tag:yaml.org,2002:null"


def read_yaml(path: Path) -> dict[str, Given]:
    """Return the values of a file by dotted key; keys set to nothing are left out.

    Raises:
        UsageError: the file cannot be read, or is not sections of keys with plain values.
    """
    import yaml  # noqa: PLC0415  # help and errors in flags do without it

    text = _read_text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UsageError(f"{place}: not valid YAML: {error.problem}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deeply for a configuration") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not valid YAML: {_first_line(error)}") from error
    return {} if root is None else _sections(path, root)


def read_env_file(path: Path) -> dict[str, Given]:
    """Return the NAME=value lines of a file; ``export``, quotes and ``#`` comments are understood.

    Raises:
        UsageError: the file cannot be read, or a line is neither. Values are never shown, they
            may be secrets.
    """
    values: dict[str, Given] = {}
    for number, line in enumerate(_read_text(path).splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.removeprefix("export ").partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise UsageError(f"{path}:{number}: expected NAME=value")
        values[name] = Given(_unquoted(value.strip()), f"{path}:{number} {name}")
    return values


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > FILE_SIZE_MAX:
            raise UsageError(f"{path}: larger than {FILE_SIZE_MAX} bytes, not a configuration")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a text file in UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _sections(path: Path, root: Node) -> dict[str, Given]:
    values: dict[str, Given] = {}
    for section, (body, _) in _entries(path, root, "the file").items():
        if body.tag == NULL_TAG:
            continue
        for key, (node, line) in _entries(path, body, section).items():
            dotted = f"{section}.{key}"
            if node.tag != NULL_TAG:
                values[dotted] = Given(_value(path, dotted, node), f"{path}:{line} {dotted}")
    return values


def _entries(path: Path, node: Node, what: str) -> Mapping[str, tuple[Node, int]]:
    """Return the entries of a mapping with their lines; the same key twice is a mistake."""
    from yaml.nodes import MappingNode, ScalarNode  # noqa: PLC0415  # loaded by now

    place = f"{path}:{node.start_mark.line + 1}"
    if not isinstance(node, MappingNode):
        raise UsageError(f"{place}: {what} must hold `key: value` lines")
    entries: dict[str, tuple[Node, int]] = {}
    for key_node, value_node in node.value:
        line: int = key_node.start_mark.line + 1
        # A dot in a key would look like a section; a line break would tear a message apart.
        if not isinstance(key_node, ScalarNode) or not key_node.value.isidentifier():
            raise UsageError(f"{path}:{line}: a key must be a word")
        key: str = key_node.value
        if key in entries:
            raise UsageError(
                f"{path}:{line}: {key} is set twice (before in line {entries[key][1]})"
            )
        entries[key] = (value_node, line)
    return entries


def _value(path: Path, dotted: str, node: Node) -> str | tuple[str, ...]:
    from yaml.nodes import ScalarNode, SequenceNode  # noqa: PLC0415  # loaded by now

    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value):
        return tuple(str(item.value) for item in node.value)
    place = f"{path}:{node.start_mark.line + 1}"
    raise UsageError(f"{place}: {dotted} must be a plain value or a list of them")


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
