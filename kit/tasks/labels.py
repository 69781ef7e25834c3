"""Reading labels: which problem they pose, how they are split, weighted and named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit import calibration, intervals
from kit.errors import DataError
from kit.findings import Finding
from kit.records import Estimate

Row = dict[str, Any]
FEW_ROWS_PER_CLASS = 5
SEVERE_IMBALANCE = 20  # rows of the largest class per row of the smallest
MANY_VALUES = 20  # more distinct numbers than this is a quantity, not a set of classes


def guess_problem(rows: Sequence[Row], separator: str) -> str:
    """`regression` for many distinct fractions, `multi_label` for lists or separated names, else `single_label`."""
    labels = [row["label"] for row in rows]
    if any(isinstance(label, list | tuple) for label in labels):
        return "multi_label"
    numbers = [number for number in map(as_number, labels) if number is not None]
    if len(numbers) == len(labels) and len(set(numbers)) > MANY_VALUES and any(n != int(n) for n in numbers):
        return "regression"
    parts = Counter(part.strip() for label in labels for part in str(label).split(separator))
    is_split = sum(separator in str(label) for label in labels) >= max(1, len(labels) // 50)
    return "multi_label" if is_split and len(parts) < len({str(label) for label in labels}) else "single_label"


def as_number(value: Any) -> float | None:
    """The finite number that a cell holds, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def ignored_options(problem: str, options: Any) -> list[str]:
    """Settings that were given but play no part in this problem or head: one line each, with the fix."""
    one_label, own = problem == "single_label", options.head == "own" or problem != "single_label"
    plays_no_part = {
        "class_weights": problem == "regression" and options.class_weights != "none",
        "label_smoothing": not one_label and options.label_smoothing > 0,
        "scale": own and "scale" in options.model_fields_set and options.scale != 20.0,
        "abstain_class": not one_label and options.abstain_class is not None,
    }
    head = f" and head = {options.head}" if one_label else ""
    return [
        f"options.{name} = {getattr(options, name)!r}: would be ignored with problem = {problem}{head}; remove it"
        for name, is_ignored in plays_no_part.items() if is_ignored
    ]  # fmt: skip


def split_labels(value: Any, problem: str, separator: str) -> list[str]:
    """The label names of one cell."""
    if isinstance(value, list | tuple):
        return [str(part).strip() for part in value]
    if problem == "multi_label":
        return [part.strip() for part in str(value).split(separator) if part.strip()]
    return [str(value).strip()]


def readable(label: str) -> str:
    """A class name as text: `card_arrival` -> `card arrival`."""
    return label.replace("_", " ").replace("-", " ").strip()


def class_weights(
    rows_of: Counter[str], labels: list[str], wanted: str | dict[str, float], *, num_rows: int, problem: str
) -> list[float]:
    """A weight per class, or [] where all count the same; `balanced` gives rows / (classes x rows of the class).

    For several labels per row it is the weight of the positives: the negatives per positive.
    """
    if wanted == "none":
        return []
    if isinstance(wanted, dict):
        return [float(wanted.get(label, 1.0)) for label in labels]
    if problem == "multi_label":  # a label of every row would otherwise weigh nothing and be unlearned
        return [max(1, num_rows - rows_of[label]) / rows_of[label] for label in labels]
    return [num_rows / (len(labels) * rows_of[label]) for label in labels]


def number_statistics(rows: Sequence[Row]) -> dict[str, float | list[float]]:
    """Mean, spread and range of a regression target. Raises DataError where a label is no number."""
    values = [as_number(row["label"]) for row in rows]
    bad = [str(row["label"]) for row, value in zip(rows, values) if value is None]
    if bad:
        raise DataError(f"options.problem = regression: {len(bad)} labels are not numbers, e.g. {bad[0]!r}")
    numbers = [value for value in values if value is not None]
    mean = sum(numbers) / len(numbers)
    std = math.sqrt(sum((n - mean) ** 2 for n in numbers) / len(numbers))
    if std == 0:
        raise DataError(f"every label is {numbers[0]:g}; there is nothing to learn")
    return {"mean": mean, "std": std, "low": min(numbers), "high": max(numbers), "weights": []}


def shortened(names: Sequence[str], most: int = 8) -> str:
    """Names for a message: the first few and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def abstention(predictions: Sequence[Any], references: Sequence[Any], abstain_class: str,
               clusters: Sequence[Any] | None = None) -> dict[str, Estimate]:  # fmt: skip
    """`coverage` (share of rows answered with something else than `abstain_class`) and accuracy on those rows."""
    answered = [prediction != abstain_class for prediction in predictions]
    found = {"coverage": intervals.share_estimate(np.array(answered, float), clusters=clusters)}
    if any(answered):
        right = np.array([p == r for p, r, a in zip(predictions, references, answered) if a], float)
        kept = [c for c, a in zip(clusters, answered) if a] if clusters is not None else None
        found["selective_accuracy"] = intervals.share_estimate(right, clusters=kept)
    return found


def label_findings(
    labels: Sequence[str], references: Mapping[str, Sequence[Any]], *, is_weighted: bool
) -> list[Finding]:
    """Held-out labels that training lacks (a stop), classes with few rows, and classes far apart in size.

    `references` holds the right answers by split, one label or a list of them each.
    """
    found = [f for split in ("validation", "test") for f in _unseen(labels, split, references.get(split, []))]
    rows_of = Counter(label for answer in references.get("train", []) for label in _listed(answer))
    few = sorted((n, label) for label, n in rows_of.items() if n < FEW_ROWS_PER_CLASS)
    if few:
        shown = shortened([label for _, label in few])
        found.append(Finding(
            "few_rows_per_class", False,
            f"data.train: {len(few)} of {len(rows_of)} classes have fewer than {FEW_ROWS_PER_CLASS} rows: {shown}",
            sum(n for n, _ in few), "label more rows of them, or join them with a class of their kind",
        ))  # fmt: skip
    if rows_of and not is_weighted and max(rows_of.values()) >= SEVERE_IMBALANCE * min(rows_of.values()):
        large, small = max(rows_of, key=lambda k: rows_of[k]), min(rows_of, key=lambda k: rows_of[k])
        found.append(Finding(
            "class_imbalance", False,
            f"data.train: class {large!r} has {rows_of[large]} rows, {small!r} has {rows_of[small]}", rows_of[small],
            "set options.class_weights=balanced if the rare classes matter as much, and read macro_f1 beside accuracy",
        ))  # fmt: skip
    return found


def _unseen(labels: Sequence[str], split: str, answers: Sequence[Any]) -> list[Finding]:
    """Held-out labels that training lacks can never be answered; say so before hours are spent."""
    known = set(labels)
    unseen = Counter(label for answer in answers for label in _listed(answer) if label not in known)
    if not unseen:
        return []
    shown = ", ".join(f"{label!r} ({n} rows)" for label, n in sorted(unseen.items())[:5])
    num_rows = sum(any(label not in known for label in _listed(answer)) for answer in answers)
    return [Finding(
        "unseen_labels", True, f"data.{split}: {len(unseen)} labels stand in no training row: {shown}", num_rows,
        "add training rows for them or take them out",
    )]  # fmt: skip


def _listed(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def fit_label_temperature(logits: Sequence[Any], references: Sequence[Any], labels: Sequence[str]) -> float | None:
    """The temperature that fits the logits (C,) of rows to their right answers, one label or a list of them each."""
    if isinstance(references[0], list):
        return calibration.fit_temperature(np.stack(logits), indicators(references, labels))
    # a held-out label that training lacks has no logit that could be sure of it
    position = {label: i for i, label in enumerate(labels)}
    known = [(row, position[label]) for row, label in zip(logits, references) if label in position]
    return calibration.fit_temperature(*map(np.array, zip(*known))) if known else None


def indicators(answers: Sequence[Sequence[str]], labels: Sequence[str]) -> np.ndarray:
    """(rows, labels) of 0 and 1."""
    return np.array([[float(label in answer) for label in labels] for answer in answers])
