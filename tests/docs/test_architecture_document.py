"""What docs/architecture.md names is there."""

from __future__ import annotations

import re

from tests.architecture.source_tree import ROOT, sources

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
NAMES = re.compile(r"`([A-Z][a-z]+[A-Z]\w*|[A-Z][a-z]{4,})\b[^`]*`")
DEFINITIONS = re.compile(r"^ *class (\w+)|^(\w+): TypeAlias\b", re.MULTILINE)
MODULES = re.compile(r"^    \|   (shared/\w+/?) .*$|^ {4}(\w+(?:\.py|/))", re.MULTILINE)


def defined() -> set[str]:
    """Return every class and alias of the product."""
    return {
        class_ or alias
        for source in sources()
        for class_, alias in DEFINITIONS.findall(source.text)
    }


def test_every_class_that_is_named_exists() -> None:
    named = set(NAMES.findall(DOCUMENT))
    assert len(named) > 25
    assert sorted(named - defined()) == []


def test_every_package_of_the_picture_exists() -> None:
    drawn = [shared or other for shared, other in MODULES.findall(DOCUMENT)]
    assert len(drawn) > 12
    missing = [
        name
        for name in drawn
        if not any(
            (folder / f"{name.rstrip('/')}{ending}").exists()
            for folder in (ROOT, ROOT / "exchange_clients")
            for ending in ("", ".py")
        )
    ]
    assert missing == []
