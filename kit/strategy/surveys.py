"""Survey answers and account lists as people send them: gaps, currency signs, full-width digits, odd words.

Every row is either a valid answer or a problem with its row number; nothing disappears without a line that says so.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kit.errors import DataError, VentureError
from kit.strategy.checks import number
from kit.strategy.fit import FitAnswer
from kit.strategy.retention import AccountMonths
from kit.strategy.van_westendorp import PriceAnswer

Rows = str | Iterable[Mapping[str, Any]]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Problem:
    """Why one row was dropped; `row` is its line in the text (the header is line 1), or its place, from 1."""

    row: int
    reason: str


@dataclass(frozen=True)
class Survey(Generic[Answer]):
    """What could be used, and what could not."""

    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]
    rows_in: int

    @property
    def dropped(self) -> int:
        return self.rows_in - len(self.answers)


def amount(field: str, value: Any) -> float:
    """A number as typed: 1,200.50, 12,50 (a decimal comma), ¥1200, full-width digits; a blank is refused."""
    if isinstance(value, int | float):
        return number(field, value)
    text = unicodedata.normalize("NFKC", str("" if value is None else value)).strip()
    if not text:
        raise VentureError(f"{field} is blank")
    bare = re.sub(r"^[$€£¥]\s*|\s*(?:元|[$€£¥]|CNY|USD|EUR)$", "", text).replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"-?\d+,\d{1,2}", bare):
        bare = bare.replace(",", ".")
    try:
        return number(field, float(bare))
    except ValueError:
        raise VentureError(f"{field} is {text!r}, which is not a number") from None


def word(value: Any) -> str:
    return unicodedata.normalize("NFKC", str("" if value is None else value)).strip()


def choice(field: str, value: Any, meanings: Mapping[str, str]) -> str:
    """The meaning of an answer that was picked from a list, whatever its case."""
    text = word(value).casefold()
    if not text:
        raise VentureError(f"{field} is blank")
    if text not in meanings:
        raise VentureError(f"{field} is {word(value)!r}; known are {', '.join(meanings)}")
    return meanings[text]


def read_answers(source: Rows, columns: Sequence[str], build: Callable[[Mapping[str, Any]], Answer]) -> Survey[Answer]:
    """Turn each row into an answer with `build`; rows it refuses become problems, missing `columns` are an error."""
    answers, problems, rows_in = [], [], 0
    for place, row in _numbered_rows(source, columns):
        rows_in += 1
        try:
            answers.append(build(row))
        except VentureError as error:
            problems.append(Problem(place, str(error)))
    return Survey(tuple(answers), tuple(problems), rows_in)


def _numbered_rows(source: Rows, columns: Sequence[str]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    if not isinstance(source, str):
        rows = list(source)
        if rows:
            _require(columns, sorted({str(name) for row in rows for name in row}), "the rows")
        yield from enumerate(rows, start=1)
        return
    text = source.removeprefix("\ufeff")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    names = [word(name) for name in reader.fieldnames or []]
    reader.fieldnames = names
    _require(columns, names, "the header")
    for row in reader:
        yield reader.line_num, row


def _require(columns: Sequence[str], present: Sequence[str], where: str) -> None:
    missing = [column for column in columns if column not in present]
    if missing:
        raise DataError(f"{where} lacks the column {', '.join(missing)}; it has {', '.join(present) or 'none'}: "
                        "rename or add it")


def price_answers(source: Rows) -> Survey[PriceAnswer]:
    """Columns too_cheap, cheap, expensive, too_expensive; intent_cheap and intent_expensive (5 to 1) if asked.

    Answers out of order stay in: `price_meter` counts them, since they say how well the question was understood.
    """

    def intent(row: Mapping[str, Any], field: str) -> int | None:
        if not word(row.get(field)):
            return None
        value = amount(field, row.get(field))
        if value != int(value):
            raise VentureError(f"{field} is {word(row.get(field))!r}: type a whole number from 5 to 1")
        return int(value)

    def build(row: Mapping[str, Any]) -> PriceAnswer:
        too_cheap, cheap, expensive, too_expensive = (amount(field, row.get(field)) for field in fields)
        return PriceAnswer(too_cheap, cheap, expensive, too_expensive, intent_cheap=intent(row, "intent_cheap"),
                           intent_expensive=intent(row, "intent_expensive"))

    fields = ("too_cheap", "cheap", "expensive", "too_expensive")
    return read_answers(source, fields, build)


FEELING_WORDS = {
    "very": "very", "very disappointed": "very", "非常失望": "very",
    "somewhat": "somewhat", "somewhat disappointed": "somewhat", "有些失望": "somewhat", "有点失望": "somewhat",
    "not": "not", "not disappointed": "not", "not at all": "not", "不失望": "not",
}
YES_NO = {"yes": "yes", "true": "yes", "1": "yes", "是": "yes", "no": "no", "false": "no", "0": "no", "否": "no"}


def fit_answers(source: Rows) -> Survey[FitAnswer]:
    """Columns feeling, persona, benefit, holds_back and, where known, activated (yes or no).

    Only `feeling` must be filled; without the column activated everybody counts as an active user.
    """

    def build(row: Mapping[str, Any]) -> FitAnswer:
        is_activated = "activated" not in row or choice("activated", row.get("activated"), YES_NO) == "yes"
        return FitAnswer(choice("feeling", row.get("feeling"), FEELING_WORDS), word(row.get("persona")),
                         word(row.get("benefit")), word(row.get("holds_back")), is_activated)

    return read_answers(source, ("feeling",), build)


def account_rows(source: Rows) -> Survey[AccountMonths]:
    """Columns account, start_month, months_active, churned (yes or no); months count from 0."""

    def months(row: Mapping[str, Any], field: str) -> int:
        value = amount(field, row.get(field))
        if value != int(value) or value < 0:
            raise VentureError(f"{field} is {word(row.get(field))!r}: a whole number of months from 0 is due")
        return int(value)

    def build(row: Mapping[str, Any]) -> AccountMonths:
        account = word(row.get("account"))
        if not account:
            raise VentureError("account is blank")
        return AccountMonths(account, months(row, "start_month"), months(row, "months_active"),
                             choice("churned", row.get("churned"), YES_NO) == "yes")

    return read_answers(source, ("account", "start_month", "months_active", "churned"), build)
