"""What the architecture forbids, found in syntax trees: each detector returns (line, finding)."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Collection, Iterator
from functools import cache

Findings = list[tuple[int, str]]

_WRAPPERS = {"enumerate", "list", "tuple", "iter", "reversed", "zip", "map", "filter"}
_SETS = {"set", "frozenset"}
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Where a statement holds others."""


@cache
def imports(tree: ast.AST) -> Findings:
    """Every imported module in full: ``from a.b import c`` is ``a.b`` and ``a.b.c``.

    Two dozen rules ask for the imports of the same trees, which no rule changes.
    """
    found: Findings = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are written in full"
            module = node.module or ""
            found.append((node.lineno, module))
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def imports_of(tree: ast.AST, names: Collection[str]) -> Findings:
    """Imports of any of ``names`` or of what lies below them."""
    return [
        (line, module)
        for line, module in imports(tree)
        if any(module == name or module.startswith(f"{name}.") for name in names)
    ]


def top_imports(tree: ast.AST) -> set[str]:
    """The top-level names of what is imported."""
    return {module.partition(".")[0] for _, module in imports(tree)}


def uses_of(tree: ast.AST, dotted: Collection[str]) -> Findings:
    """Uses of dotted names, as ``asyncio.gather``; a name ending in a dot means all below it."""
    found = [
        (line, name)
        for line, name in _attributes(tree)
        if any(name == each or (each[-1] == "." and name.startswith(each)) for each in dotted)
    ]
    wanted = [each.rstrip(".") for each in dotted]
    return found + [(line, name) for line, name in imports(tree) if name in wanted]


@cache
def _attributes(tree: ast.AST) -> Findings:
    """Every attribute that is taken of something, as it is written."""
    return [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    ]


def calls_of(tree: ast.AST, names: Collection[str]) -> Findings:
    """Calls of plain names, as ``float(...)``."""
    return [
        (node.lineno, f"{node.func.id}()")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def iterations_over_sets(tree: ast.AST) -> Findings:
    """Loops over what is a set on its face; the order of a set differs between runs."""
    return [
        (iterable.lineno, f"iterates over {ast.unparse(iterable)}")
        for iterable in _iterated(tree)
        if _is_set(iterable)
    ]


def _iterated(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield node.iter
        elif isinstance(node, ast.Starred):
            yield node.value
        elif isinstance(node, ast.Call) and _called(node) in _WRAPPERS:
            yield from node.args


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp):
        return _is_set(node.left) or _is_set(node.right)
    return isinstance(node, ast.Call) and _called(node) in _SETS


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def words_in_literals(tree: ast.AST, words: Collection[str]) -> Findings:
    """Words of string literals, docstrings excepted."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words)))})\b", re.IGNORECASE)
    return [
        (node.lineno, match.group())
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        for match in pattern.finditer(node.value)
    ]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, methods and inner ones included; no expression holds one that has a name."""
    nodes = deque([tree])
    while nodes:
        node = nodes.popleft()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        for block in _BLOCKS:
            nodes.extend(getattr(node, block, ()))


def asserts_something(function: ast.AST) -> bool:
    """Tell whether a test states what must hold."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and _states_a_fact(ast.unparse(node.func)))
        for node in ast.walk(function)
    )


def _states_a_fact(called: str) -> bool:
    name = called.rpartition(".")[2].lstrip("_")
    return called in {"pytest.raises", "pytest.fail"} or name.startswith(
        ("assert_", "check_", "verify_", "expect_")
    )
