"""What a venue's words may not do, found in syntax trees: each detector returns (line, finding)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.detectors import Findings, functions

_DEEDS = (
    ast.Await,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.With,
    ast.Global,
    ast.Nonlocal,
)
_CALLS = {"setattr", "delattr", "vars", "globals", "locals", "exec", "eval", "open", "__import__"}
_MAKERS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter"}
_READ_ONLY = ("Mapping", "Sequence", "Collection", "AbstractSet", "MappingProxyType", "ClassVar")
_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def deeds(tree: ast.AST) -> Findings:
    """Waiting, catching, holding resources and reaching for what is not one's own."""
    found: Findings = []
    for node in ast.walk(tree):
        if isinstance(node, _DEEDS):
            found.append((node.lineno, type(node).__name__))
        elif isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            found.append((node.lineno, f"{_name(node.func)}()"))
    return found


def mutable_values(tree: ast.AST) -> Findings:
    """Values of modules and classes, and defaults, that somebody could change for everybody."""
    found: Findings = []
    for owner in ast.walk(tree):
        if not isinstance(owner, ast.Module | ast.ClassDef):
            continue
        for statement in owner.body:
            if isinstance(statement, ast.Assign) and _mutable(statement.value):
                names = [ast.unparse(target) for target in statement.targets]
                if names != ["__all__"]:
                    found.append((statement.lineno, f"{', '.join(names)} is mutable"))
            elif isinstance(statement, ast.AnnAssign) and _open(statement, owner):
                found.append((statement.lineno, f"{ast.unparse(statement.target)} is mutable"))
    for function in functions(tree):
        defaults = [*function.args.defaults, *function.args.kw_defaults]
        if any(_mutable(default) for default in defaults):
            found.append((function.lineno, f"{function.name} has a mutable default"))
    return found


def writes_to_self(tree: ast.AST) -> Findings:
    """Assignments to an attribute, or to an item of one, outside ``__init__``."""
    return [
        (target.lineno, ast.unparse(target))
        for function in functions(tree)
        if function.name not in ("__init__", "__post_init__")
        for target in _targets(function)
        if _root(target) == "self"
    ]


def statements(tree: ast.AST) -> int:
    """Return how many statements a module holds; imports and docstrings say nothing new."""
    return sum(
        isinstance(node, ast.stmt)
        and not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.walk(tree)
    )


def _open(statement: ast.AnnAssign, owner: ast.AST) -> bool:
    """Tell whether a value can be changed by its type; an empty field of a struct is copied."""
    if statement.value is None or not _mutable(statement.value):
        return False
    field = isinstance(owner, ast.ClassDef) and ast.unparse(statement.value) in ("[]", "{}")
    return not field and not ast.unparse(statement.annotation).startswith(_READ_ONLY)


def _mutable(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return _name(node.func) in _MAKERS
    return isinstance(node, _LITERALS)


def _targets(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.Delete):
            yield from node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            yield node.target


def _root(target: ast.expr) -> str:
    """Return the name that an attribute or an item hangs on; empty for a plain name."""
    if isinstance(target, ast.Name):
        return ""
    node: ast.expr = target
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return _name(node)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
