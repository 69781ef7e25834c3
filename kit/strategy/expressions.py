"""The one evaluator of row formulas: + - * / **, min, max, ln, ceil, comparisons and if-else over the keys of rows.

A formula is computed twice: on the point values, where a named state runs through to the result, and on the draws,
where NaN stands for `undefined` and infinity for every state without bound. Names of states may stand in a formula:
`never if margin <= 0 else cost / margin`.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any, Protocol

import numpy as np

from kit.errors import VentureError
from kit.strategy.states import State, Value, finite

STATES = {"undefined": State.UNDEFINED, "never": State.NEVER, "infinite": State.INFINITE,
          "cash_generating": State.CASH_GENERATING}
FUNCTIONS = ("min", "max", "ln", "ceil")
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LONGEST = 2_000
_NEARLY = 1e-9  # a quotient that is whole but for the last bits must not ask for one more


class _Arithmetic(Protocol):
    def state(self, state: State) -> Any: ...
    def apply(self, function: Callable[..., Any], *operands: Any) -> Any: ...
    def choose(self, test: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any: ...


class _Points:
    """Numbers and states; the first state met is the answer."""

    def state(self, state: State) -> Value:
        return state

    def apply(self, function: Callable[..., Any], *operands: Value) -> Value:
        for operand in operands:
            if isinstance(operand, State):
                return operand
        try:
            result = function(*operands)
        except (ZeroDivisionError, OverflowError, ValueError):
            return State.UNDEFINED
        return State.UNDEFINED if isinstance(result, complex) else finite(float(result))

    def choose(self, test: Value, then: Callable[[], Value], otherwise: Callable[[], Value]) -> Value:
        if isinstance(test, State):
            return test
        return then() if test else otherwise()


class _Worlds:
    """One element per draw; what cannot be computed there is NaN."""

    def state(self, state: State) -> float:
        return math.nan if state is State.UNDEFINED else math.inf

    def apply(self, function: Callable[..., Any], *operands: Any) -> Any:
        worlds = [np.asarray(operand, dtype=float) for operand in operands]
        with np.errstate(all="ignore"):
            result = function(*worlds)
        unknown = reduce(np.logical_or, (np.isnan(world) for world in worlds))
        # a division by zero gives infinity in numpy, and has no value here
        if function is operator.truediv:
            unknown = unknown | (worlds[1] == 0)
        return np.where(unknown, np.nan, result)

    def choose(self, test: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        return np.where(np.isnan(test), np.nan, np.where(test != 0, then(), otherwise()))


def inputs_of(formula: str) -> tuple[str, ...]:
    """Keys that a formula reads, each once, in the order of their first use.

    >>> inputs_of("never if margin <= 0 else cac / margin")
    ('margin', 'cac')
    """
    names: dict[str, None] = {}
    called = set()
    for node in ast.walk(_parse(formula)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
    found = [node for node in ast.walk(_parse(formula)) if isinstance(node, ast.Name)]
    for node in sorted(found, key=lambda n: n.col_offset):
        if node.id not in STATES and node.id not in called:
            names[node.id] = None
    return tuple(names)


def evaluate(formula: str, values: Mapping[str, Value]) -> Value:
    """The formula on numbers and states; a division by zero is undefined.

    >>> evaluate("never if margin <= 0 else cac / margin", {"margin": 52.0, "cac": 600.0}) == 600 / 52
    True
    >>> str(evaluate("cac / margin", {"margin": 0.0, "cac": 600.0}))
    'undefined'
    """
    return _walk(_parse(formula).body, values, _Points(), formula)


def evaluate_draws(formula: str, draws: Mapping[str, Any]) -> Any:
    """The formula in every world: arrays of one length, or single numbers that hold in all worlds."""
    return _walk(_parse(formula).body, draws, _Worlds(), formula)


def unbounded_state(formula: str) -> State:
    """What infinity means in a formula's draws: the state without bound that it names."""
    named = {node.id for node in ast.walk(_parse(formula)) if isinstance(node, ast.Name)}
    return next((STATES[name] for name in ("never", "cash_generating") if name in named), State.INFINITE)


@lru_cache(maxsize=1024)
def _parse(formula: str) -> ast.Expression:
    try:
        if len(formula) > _LONGEST:
            raise VentureError(f"formula {formula[:40]!r}... has {len(formula)} characters: keep it below {_LONGEST}")
        return ast.parse(formula.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise VentureError(f"formula {formula!r} cannot be read: write it as price * share - cost") from error


def _walk(node: ast.expr, values: Mapping[str, Any], kind: _Arithmetic, formula: str) -> Any:
    def go(part: ast.expr) -> Any:
        return _walk(part, values, kind, formula)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return _named(name, values, kind, formula)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return kind.apply(operator.neg, go(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return kind.apply(_BINARY[type(op)], go(left), go(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return kind.apply(_COMPARE[type(op)], go(left), go(right))
        case ast.IfExp(test=test, body=then, orelse=otherwise):
            return kind.choose(go(test), lambda: go(then), lambda: go(otherwise))
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as arguments, keywords=[]) if name in FUNCTIONS:
            return _call(name, [go(argument) for argument in arguments], kind)
    raise VentureError(f"formula {formula!r} holds {ast.unparse(node)!r}: use + - * / **, comparisons, if-else and "
                       f"{', '.join(FUNCTIONS)} of numbers and keys")


def _named(name: str, values: Mapping[str, Any], kind: _Arithmetic, formula: str) -> Any:
    if name in values:
        return values[name]
    if name in STATES:
        return kind.state(STATES[name])
    near = difflib.get_close_matches(name, values, n=1)
    hint = f"; did you mean {near[0]}?" if near else ": name a row that stands before it"
    raise VentureError(f"formula {formula!r} reads {name!r}, which is no row{hint}")


def _call(name: str, operands: list[Any], kind: _Arithmetic) -> Any:
    if name == "ln":
        return kind.apply(_ln, *operands)
    if name == "ceil":
        return kind.apply(lambda x: np.ceil(x - _NEARLY * np.maximum(1.0, np.abs(x))), *operands)
    smaller_or_larger = np.minimum if name == "min" else np.maximum
    result = operands[0]
    for operand in operands[1:]:
        result = kind.apply(smaller_or_larger, result, operand)
    return result


def _ln(x: Any) -> Any:
    return np.where(np.asarray(x) > 0, np.log(np.where(np.asarray(x) > 0, x, 1.0)), np.nan)
