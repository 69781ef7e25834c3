"""`moatkit import`: answers made elsewhere, joined to the rows by id and scored like any run.

Columns of the file: `id, prediction` and, where known, `confidence, input_tokens, output_tokens, latency_ms`, and one
source of money: `usd`, `cost` (in --currency), `minutes` of a person's work, or token counts with a price.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.cost.money import Money
from kit.data.canonical import as_label
from kit.data.columns import is_blank
from kit.data.sources import Loaded, did_you_mean, read_rows
from kit.errors import DataError, RunError
from kit.rivals.exam import Exam
from kit.rivals.record import Given, Origin, Recorded, finish, open_folder
from kit.rivals.spend import Tariff

NUMBERS = ("confidence", "input_tokens", "output_tokens", "latency_ms", "usd", "cost", "minutes")
COLUMNS = ("id", "prediction", *NUMBERS)
SHOWN = 5


@dataclass(frozen=True)
class Rates:
    """How money is worked out: the currency of a column `cost`, a person's hour, a price of tokens."""

    currency: str = "USD"
    per_hour: Money | None = None
    tariff: Tariff | None = None


def import_answers(folder: Path, file: str, exam: Exam, *, columns: Mapping[str, str], rates: Rates,
                   name: str | None = None) -> Recorded:  # fmt: skip
    """Join, score and write the run. Raises DataError with the counts of what does not fit; then nothing is written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: exists already; name another folder with --out", 2)
    loaded = read_rows(file)
    place = columns_of(loaded, columns)
    rows = joined(loaded, place, exam)
    notes = [_joined_by_number(exam, loaded)] if exam.numbered else []
    given, currency, price = money_of(loaded, place, rows, rates)
    facts = {
        "kind": "import", "file": loaded.source, "fingerprint": loaded.fingerprint, "rows": len(rows),
        "columns": place, "price": price,
    }  # fmt: skip
    origin = Origin(name or loaded.source, facts, currency=currency, price_id=price, notes=[n for n in notes if n],
                    price_date=rates.tariff.date if rates.tariff and "tokens" in (price or "") else None)  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    open_folder(folder, exam, origin)
    return finish(folder, exam, given, origin)


def columns_of(loaded: Loaded, named: Mapping[str, str]) -> dict[str, str]:
    """Role -> column of the answers file. Raises DataError for what is missing or unknown."""
    problems = [f"{role!r} is no column of answers{did_you_mean(role, COLUMNS)}; there is {', '.join(COLUMNS)}"
                for role in named if role not in COLUMNS]  # fmt: skip
    problems += [f'column "{column}" is not there{did_you_mean(column, loaded.columns)}'
                 for column in named.values() if column not in loaded.columns]  # fmt: skip
    folded = {column.strip().casefold(): column for column in reversed(loaded.columns)}
    place = {role: named.get(role) or folded[role] for role in COLUMNS if role in named or role in folded}
    problems += [f'has no column "{role}"; name it with --answer {role}=COLUMN'
                 for role in ("id", "prediction") if role not in place and role not in named]  # fmt: skip
    if problems:
        there = ", ".join(loaded.columns)
        raise DataError("\n".join(f"{loaded.source}: {problem}; its columns are: {there}" for problem in problems))
    return place


def joined(loaded: Loaded, place: Mapping[str, str], exam: Exam) -> dict[str, dict[str, Any]]:
    """The file's row of every id. Raises DataError with counts where the ids, or the texts of a row, do not agree."""
    ids = ["" if is_blank(row[place["id"]]) else as_label(row[place["id"]]) for row in loaded.rows]
    known = {row["id"] for row in exam.rows}
    missing = [row["id"] for row in exam.rows if row["id"] not in set(ids)]
    unknown = [name for name in ids if name and name not in known]
    repeated = [name for name, count in Counter(ids).items() if name and count > 1]
    blank = ids.count("")
    problems = [
        f"{count} {what}{_examples(names)}" for count, what, names in (
            (len(missing), "rows of the data have no answer", missing),
            (len(unknown), "answers are to ids that the data do not have", unknown),
            (len(repeated), "ids stand in the answers more than once", repeated),
            (blank, "answers have no id", []),
        ) if count
    ]  # fmt: skip
    if not problems:
        problems = _other_texts(loaded, dict(zip(ids, loaded.rows)), exam)
    if problems:
        hint = "; its ids are row numbers, since no id column was found: name it with --column id=COLUMN"
        source = exam.report["sources"]["test"]["source"]
        raise DataError(f"{loaded.source} does not fit the {len(exam.rows)} rows of {source}"
                        f"{hint if exam.numbered else ''}:\n" + "\n".join(problems))  # fmt: skip
    return dict(zip(ids, loaded.rows))


def _other_texts(loaded: Loaded, rows: Mapping[str, Mapping[str, Any]], exam: Exam) -> list[str]:
    """Where the answers carry the rows' text too, it must be that of the row with the same id."""
    columns = exam.report["sources"]["test"]["columns"]
    found = []
    for role, spec in exam.task.columns.items():
        shared = [name for name in (columns.get(role), role) if name in loaded.columns]
        if role in exam.task.answer_roles or spec.type != "text" or not shared:
            continue
        other = [row["id"] for row in exam.rows
                 if str(rows[row["id"]][shared[0]]).strip() != str(row[role]).strip()]  # fmt: skip
        if other:
            found.append(f'{len(other)} rows have another text in column "{shared[0]}" than the data under the same id'
                         f"{_examples(other)}; the files number different rows")
    return found


def _joined_by_number(exam: Exam, loaded: Loaded) -> str:
    columns = exam.report["sources"]["test"]["columns"]
    texts = [columns.get(role) or role for role, spec in exam.task.columns.items() if spec.type == "text"]
    if any(name in loaded.columns for name in texts):
        return ""
    return ("the data have no id column: answers were joined by row number, and no text beside them shows that the "
            "rows are the same")  # fmt: skip


def money_of(loaded: Loaded, place: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]],
             rates: Rates) -> tuple[dict[str, Given], str, str | None]:  # fmt: skip
    """The answers with their costs, the currency, and what the price was. One source of money, never a sum of two."""
    numbers = {role: _numbers(loaded, place[role], role) for role in NUMBERS if role in place}
    ways = {
        "usd": "usd" in place, "cost": "cost" in place, "minutes": "minutes" in place and rates.per_hour is not None,
        "tokens": rates.tariff is not None,
    }  # fmt: skip
    chosen = [way for way, is_there in ways.items() if is_there]
    if len(chosen) > 1:
        raise DataError(f"{loaded.source}: the money of an answer would come from {' and '.join(chosen)}; keep one")
    for option, way in (("--per-hour", "minutes"), ("--price", "input_tokens"), ("--price", "output_tokens")):
        asked = rates.per_hour if option == "--per-hour" else rates.tariff
        if asked is not None and way not in place:
            raise DataError(f'{loaded.source}: {option} needs a column "{way}"; name it with --answer {way}=COLUMN')
    if rates.per_hour is not None:
        currency, price = rates.per_hour.currency, f"{rates.per_hour}/hour of a person"
    elif rates.tariff is not None:
        currency, price = rates.tariff.currency, f"tokens at {rates.tariff.id}"
    else:
        currency, price = (rates.currency if chosen == ["cost"] else "USD"), None
    order = {id(row): number for number, row in enumerate(loaded.rows)}
    found = {}
    for key, row in rows.items():
        at = {role: column[order[id(row)]] for role, column in numbers.items()}
        found[key] = _given(row[place["prediction"]], at, _cost(at, chosen, rates))
    return found, currency, price


def _given(prediction: Any, at: Mapping[str, float | None], cost: float | None) -> Given:
    latency = at.get("latency_ms")
    if latency is None and at.get("minutes") is not None:
        latency = 60_000 * float(at["minutes"] or 0.0)
    into, out = (None if at.get(role) is None else int(at[role] or 0) for role in ("input_tokens", "output_tokens"))
    return Given(_as_text(prediction), confidence=at.get("confidence"), input_tokens=into, output_tokens=out,
                 latency_ms=latency, cost=cost)  # fmt: skip


def _cost(at: Mapping[str, float | None], chosen: Sequence[str], rates: Rates) -> float | None:
    """cost = usd, or cost, or minutes / 60 * price of an hour, or tokens at their price."""
    way = chosen[0] if chosen else None
    if way == "tokens" and rates.tariff is not None:
        into, out = at["input_tokens"], at["output_tokens"]
        return None if into is None or out is None else rates.tariff.cost(int(into), int(out))
    if way == "minutes" and rates.per_hour is not None:
        minutes = at["minutes"]
        return None if minutes is None else minutes / 60 * rates.per_hour.amount
    return at[way] if way else None


def _numbers(loaded: Loaded, column: str, role: str) -> list[float | None]:
    """A column of numbers, zero or more; blank is not known. Raises DataError with the rows that hold none."""
    found: list[float | None] = []
    wrong: list[int] = []
    for number, row in enumerate(loaded.rows, start=1):
        value = row[column]
        try:
            read = None if is_blank(value) else float(value)
        except (TypeError, ValueError):
            read = math.nan
        bad = read is not None and not (math.isfinite(read) and read >= 0 and (role != "confidence" or read <= 1))
        wrong += [number] if bad else []
        found.append(read)
    blank = [number for number, read in enumerate(found, start=1) if read is None]
    if wrong:
        kind = "a fraction from 0 to 1" if role == "confidence" else "a number of zero or more"
        first = loaded.rows[wrong[0] - 1][column]
        raise DataError(f'{loaded.source}: column "{column}" ({role}) is not {kind} in {len(wrong)} rows'
                        f"{_examples(wrong)}; the first holds {str(first)[:40]!r}")  # fmt: skip
    if role == "confidence" and 0 < len(blank) < len(found):
        raise DataError(f'{loaded.source}: column "{column}" (confidence) is blank in {len(blank)} rows'
                        f"{_examples(blank)}; fill them or take the column out")
    return found


def _as_text(prediction: Any) -> str:
    """What the kind reads: a list as JSON, 1.0 as "1"."""
    if isinstance(prediction, list | dict):
        return json.dumps(prediction, ensure_ascii=False)
    return "" if is_blank(prediction) else as_label(prediction)


def _examples(names: Sequence[Any]) -> str:
    if not names:
        return ""
    return f" ({', '.join(str(name) for name in names[:SHOWN])}{', ...' if len(names) > SHOWN else ''})"


def default_folder(file: str) -> Path:
    return Path("runs") / (Path(file).stem or "imported")
