"""The detectors of what words may not do find it: a rule that cannot fail checks nothing."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import venue_detectors


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): await g()",
        "try: f()\nexcept ValueError: pass",
        "with f(): pass",
        "def f():\n    global x",
        "setattr(a, 'b', 1)",
        "vars(a)",
        "open('file')",
    ],
)
def test_a_deed_is_found(text: str) -> None:
    assert venue_detectors.deeds(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "SEEN = {}",
        "SEEN: dict[str, int] = {}",
        "SEEN = [x for x in y]",
        "SEEN = set()",
        "class A:\n    seen = []",
        "def f(seen=[]): pass",
        "def f(*, seen={}): pass",
    ],
)
def test_a_mutable_value_is_found(text: str) -> None:
    assert venue_detectors.mutable_values(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "WORDS: Mapping[str, int] = {'a': 1}",
        "WORDS = MappingProxyType({'a': 1})",
        "WORDS = frozenset({1})",
        "__all__ = ['a']",
        "def f(seen=()):\n    mine = []",
        "class A(Struct):\n    rows: list[str] = []",
    ],
)
def test_what_nobody_can_change_is_allowed(text: str) -> None:
    assert venue_detectors.mutable_values(ast.parse(text)) == []


@pytest.mark.parametrize(
    "body",
    ["self.x = 1", "self.x += 1", "self.x[1] = 2", "self.x.y = 1", "del self.x", "self.x: int = 1"],
)
def test_a_write_to_self_is_found_outside_init(body: str) -> None:
    text = "class A:\n    def {name}(self):\n        " + body
    assert venue_detectors.writes_to_self(ast.parse(text.format(name="f")))
    assert venue_detectors.writes_to_self(ast.parse(text.format(name="__init__"))) == []


def test_statements_are_counted_without_what_explains_them_and_however_they_are_spread() -> None:
    text = (
        '"""Of it."""\n\nimport os\n\n# why\nX = f(\n    1,\n)\n"""What X is."""\n\n\n'
        'def f() -> str:\n    """Do."""\n    return """\n\n"""\n'
    )
    assert venue_detectors.statements(ast.parse(text)) == 3
