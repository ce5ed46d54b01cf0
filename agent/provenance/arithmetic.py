"""Sums as people write them, worked out from the very text that is shown. Pure.

So a step cannot say one thing and mean another: `7 + (-12.3 - (-8)) / (-56.6)` is what is printed, and what
is reckoned.
"""

from __future__ import annotations

import ast
import math
import operator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
# As many digits as a pocket calculator shows.
_DIGITS = 12


class Step(NamedTuple):
    """One line of a sum: `name = expression = result unit`."""

    name: str
    expression: str
    result: float
    unit: str = ""

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit not in {"", "1"} else ""
        shown = written(self.result)
        same = self.expression == shown
        return f"{self.name} = {shown}{unit}" if same else f"{self.name} = {self.expression} = {shown}{unit}"


def written(number: float) -> str:
    """A number as it is shown, and gone on with."""
    if number == int(number) and abs(number) < 10**_DIGITS:
        return str(int(number))
    return f"{number:.{_DIGITS}g}"


def term(number: float) -> str:
    """A number within a sum, in full; below zero it stands in brackets."""
    text = str(int(number)) if number == int(number) and abs(number) < 10**_DIGITS else repr(number)
    return f"({text})" if number < 0 else text


def step(name: str, expression: str, unit: str = "") -> Step:
    """A line whose result is what its expression gives. Raises ArithmeticError, ValueError."""
    return Step(name, expression, worked_out(expression), unit)


def curve(coefficients: Sequence[float], x: str) -> str:
    """c0 + c1 x + c2 x^2 + ... as people write it."""
    powers = ["", f" * {x}", *(f" * {x}^{n}" for n in range(2, len(coefficients)))]
    return " + ".join(f"{term(c)}{power}" for c, power in zip(coefficients, powers, strict=False))


def worked_out(expression: str) -> float:
    """What a sum of numbers with + - * / ^ ( ) and ln gives. Raises ArithmeticError, ValueError."""
    return _value(ast.parse(expression.replace("^", "**"), mode="eval").body)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Call(func=ast.Name(id="ln"), args=[argument]):
            return math.log(_value(argument))
    raise ValueError(f"no sum: {ast.unparse(node)}")
