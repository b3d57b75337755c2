"""Small mistakes, one at a time, in the syntax tree of a module.

A mutant is the module with one of them made. What only describes is left alone: annotations,
decorators, docstrings, text, log lines, assertions, and what an exception says.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatch
from types import CodeType

AT_IMPORT = ""
"""The scope of what runs when the module is imported: constants, defaults, class bodies."""

Change = tuple[str, ast.AST]
"""A mistake in words, and the node that stands there instead."""

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "ROUND_FLOOR": "ROUND_CEILING",
    "ROUND_CEILING": "ROUND_FLOOR",
    "ROUND_DOWN": "ROUND_UP",
    "ROUND_UP": "ROUND_DOWN",
    "ROUND_HALF_EVEN": "ROUND_DOWN",
    "ROUND_HALF_UP": "ROUND_DOWN",
}
_MEMBERS = {
    ("Side", "BUY"): "SELL",
    ("Side", "SELL"): "BUY",
    ("Rounding", "DOWN"): "UP",
    ("Rounding", "UP"): "DOWN",
    ("Rounding", "NEAREST"): "DOWN",
}
_DESCRIBES = ("annotation", "returns", "decorator_list", "type_params", "bases")
_COMMUTE = {"min", "max", "gcd", "zip"}
_DROPPED = (ast.AugAssign, ast.Raise, ast.Delete, ast.Break, ast.Continue)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, and where it is made."""

    name: str
    """In words, the same as long as the function is; no line number is in it."""
    scope: str
    """The qualified name of the outermost function around it; or AT_IMPORT."""
    lines: range
    """Of the statement that it is in."""
    holder: ast.AST
    field: str
    index: int | None
    """Where it stands in the holder's field, if that is a list."""
    instead: ast.AST
    of: str
    """A digest of the function, or of the statement at import: another one has other mutants."""

    @contextmanager
    def made(self) -> Iterator[None]:
        """Have the mistake in the tree."""
        value = getattr(self.holder, self.field)
        if self.index is None:
            right = value
            setattr(self.holder, self.field, self.instead)
        else:
            right = value[self.index]
            value[self.index] = self.instead
        try:
            yield
        finally:
            if self.index is None:
                setattr(self.holder, self.field, right)
            else:
                value[self.index] = right


class Mutants:
    """All mutants of one module.

    Args:
        source: The module's text.
        path: Its file, as the compiled code names it.
    """

    def __init__(self, source: str, path: str) -> None:
        self._tree = ast.parse(source)
        self._path = path
        self._seen: dict[str, int] = {}
        self._digest = ""
        self.all = list(self._of(self._tree, (), range(0)))

    def right(self) -> CodeType:
        """Return the code without a mistake."""
        return compile(self._tree, self._path, "exec", dont_inherit=True)

    def wrong(self, mutant: Mutant) -> CodeType:
        """Return the code with one mistake."""
        with mutant.made():
            return self.right()

    def _of(self, node: ast.AST, scope: tuple[str, ...], lines: range) -> Iterator[Mutant]:
        if isinstance(node, ast.stmt):
            lines = _own_lines(node)
        for field, index, child in _children(node):
            below = _scope_below(node, field, scope)
            if not _in_function(below) and isinstance(child, ast.stmt):
                self._digest = hashlib.sha256(ast.unparse(child).encode()).hexdigest()[:16]
            inner = _own_lines(child) if isinstance(child, ast.stmt) else lines
            for words, instead in changes(child):
                ast.copy_location(instead, child)
                ast.fix_missing_locations(instead)
                name = self._named(words, below)
                where = ".".join(below) if _in_function(below) else AT_IMPORT
                place = (node, field, index, instead)
                yield Mutant(name, where.replace("()", ""), inner, *place, self._digest)
            yield from self._of(child, below, inner)

    def _named(self, words: str, scope: tuple[str, ...]) -> str:
        name = f"{'.'.join(scope).replace('()', '') or 'the module'}: {words}"
        count = self._seen[name] = self._seen.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Yield what stands below a node and does something."""
    for field, value in ast.iter_fields(node):
        if field in _DESCRIBES:
            continue
        each = value if isinstance(value, list) else [value]
        for place, child in enumerate(each):
            if isinstance(child, ast.AST) and not _only_describes(child, node):
                yield field, place if isinstance(value, list) else None, child


def _only_describes(node: ast.AST, holder: ast.AST) -> bool:
    match node:
        case (
            ast.Assert()
            | ast.JoinedStr()
            | ast.Import()
            | ast.ImportFrom()
            | ast.Expr(value=ast.Constant())
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
            | ast.AnnAssign(annotation=ast.Name(id="TypeAlias"))
            | ast.Call(func=ast.Name(id="TypeVar" | "NewType" | "cast"))
        ):
            return True
        case ast.Expr(value=ast.Call(func=function)) | ast.Call(func=function):
            return isinstance(holder, ast.Raise) or "logger" in _text(function).lower()
        case _:
            return isinstance(holder, ast.Raise)


def _scope_below(node: ast.AST, field: str, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scope of what stands in a field; functions in a function belong to the outer."""
    if _in_function(scope) or field != "body":
        return scope
    if isinstance(node, ast.ClassDef):
        return (*scope, node.name)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return (*scope, f"{node.name}()")
    return scope


def _in_function(scope: tuple[str, ...]) -> bool:
    return bool(scope) and scope[-1].endswith("()")


def _own_lines(statement: ast.stmt) -> range:
    """Return the lines of a statement without those of the statements inside it."""
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


# What may be mistaken ---------------------------------------------------------------------------


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield every mistake that may be made of a node."""
    if _may_go(node):
        yield f"drop `{_text(node)}`", ast.Pass()
    for instead in _other(node):
        yield f"`{_text(node)}` as `{_text(instead)}`", instead
    yield from _changes(node)


def _may_go(node: ast.AST) -> bool:
    """Say whether a statement is one that a program may forget and still run."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom))
    if isinstance(node, ast.Assign):
        return any(isinstance(each, (ast.Attribute, ast.Subscript)) for each in node.targets)
    return isinstance(node, _DROPPED)


def _other(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a small node may be mistaken for."""
    match node:
        case ast.Compare():
            yield from _other_comparisons(node)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(number) | float(number)) if number + 1 != number:
            yield ast.Constant(number + 1)
            yield ast.Constant(number - 1)
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES:
            yield ast.Name(_NAMES[name], ast.Load())
        case ast.Attribute(ast.Name(id=name), member, ast.Load()) if (name, member) in _MEMBERS:
            yield ast.Attribute(ast.Name(name, ast.Load()), _MEMBERS[name, member], ast.Load())
        case _:
            yield from _other_arithmetic(node)


def _other_comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            changed = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, changed, node.comparators)


def _other_arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(operator)](), right)
        case ast.AugAssign(target, operator, value) if type(operator) in _ARITHMETIC:
            yield ast.AugAssign(target, _ARITHMETIC[type(operator)](), value)


@singledispatch
def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield mistakes in a node that is told by a part of it."""
    yield from ()


@_changes.register
def _(node: ast.Call) -> Iterator[Change]:
    function = _text(node.func)
    if function == "Decimal" and isinstance(node.args[0], ast.Constant):
        yield f"`{_text(node)}` with 1 added", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield f"`{_text(node)}` less 1", ast.BinOp(node, ast.Sub(), ast.Constant(1))
    elif function not in _COMMUTE and len(node.args) > 1:
        first, second, *others = node.args
        if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
            swapped = ast.Call(node.func, [second, first, *others], node.keywords)
            words = f"`{_text(first)}` and `{_text(second)}` swapped in `{function}()`"
            yield words, swapped
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            fewer = [*node.keywords[:place], *node.keywords[place + 1 :]]
            without = ast.Call(node.func, node.args, fewer)
            yield f"`{function}()` without `{keyword.arg}={_text(keyword.value)}`", without


@_changes.register
def _(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield f"None for `{_text(node)}`", ast.Return(ast.Constant(None))


@_changes.register(ast.If)
@_changes.register(ast.IfExp)
def _(node: ast.If | ast.IfExp) -> Iterator[Change]:
    for known in (True, False):
        taken = type(node)(ast.Constant(known), node.body, node.orelse)  # type: ignore[arg-type]
        yield f"`if {_text(node.test)}` taken as {known}", taken


@_changes.register
def _(node: ast.While) -> Iterator[Change]:
    if not isinstance(node.test, ast.Constant):
        never = ast.While(ast.Constant(False), node.body, node.orelse)
        yield f"`while {_text(node.test)}` taken as False", never


@_changes.register
def _(node: ast.comprehension) -> Iterator[Change]:
    for place, condition in enumerate(node.ifs):
        fewer = [*node.ifs[:place], *node.ifs[place + 1 :]]
        without = ast.comprehension(node.target, node.iter, fewer, node.is_async)
        yield f"without `if {_text(condition)}`", without
