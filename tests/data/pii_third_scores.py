"""Recall and precision of the personal-data finder on the third set of rows.

    PYTHONPATH=. python tests/data/pii_third_scores.py

prints the figures, in all and by kind, and with --each every miss and every false alarm.
"""

import sys
from dataclasses import dataclass

from pii_third_generator import Planted, Rows, build

from kit.data.pii import Found, find_pii

FITTING = {"email": {"EMAIL"}, "phone": {"PHONE"}, "card": {"CARD"}, "iban": {"IBAN"}, "national_id": {"NATIONAL_ID"},
           "ip": {"IP"}, "secret": {"SECRET", "PRIVATE_KEY"}}


@dataclass(frozen=True)
class Scores:
    """Fractions 0-1. Exact: the same span. Covered: a hit of a fitting kind holds the whole item."""

    recall_exact: float
    recall_covered: float
    precision_exact: float
    precision_overlap: float
    missed: list[Planted]
    false_alarms: list[tuple[int, Found]]


def fits(hit: Found, item: Planted) -> bool:
    return hit.kind in FITTING[item.kind] and hit.start < item.end and item.start < hit.end


def score(rows: Rows) -> Scores:
    items: dict[int, list[Planted]] = {}
    for item in rows.planted:
        items.setdefault(item.row, []).append(item)
    hits = {row: find_pii(text) for row, text in enumerate(rows.texts)}
    missed = [item for item in rows.planted
              if not any(fits(hit, item) and hit.start <= item.start and hit.end >= item.end for hit in hits[item.row])]
    exact = sum((hit.start, hit.end) == (item.start, item.end) and fits(hit, item)
                for row, own in items.items() for item in own for hit in hits[row])
    false_alarms = [(row, hit) for row, found in hits.items() for hit in found
                    if not any(fits(hit, item) for item in items.get(row, []))]
    num_hits = sum(map(len, hits.values()))
    return Scores(exact / len(rows.planted), 1 - len(missed) / len(rows.planted), exact / num_hits,
                  1 - len(false_alarms) / num_hits, missed, false_alarms)


def main() -> None:
    rows = build()
    scores = score(rows)
    print(f"{len(rows.texts)} rows, {len(rows.planted)} planted items")
    print(f"exact span: recall {scores.recall_exact:.4f}, precision {scores.precision_exact:.4f}")
    print(f"covered:    recall {scores.recall_covered:.4f}, precision {scores.precision_overlap:.4f}")
    for kind in FITTING:
        planted = sum(item.kind == kind for item in rows.planted)
        lost = sum(item.kind == kind for item in scores.missed)
        alarms = sum(hit.kind in FITTING[kind] for _, hit in scores.false_alarms)
        print(f"  {kind}: {planted} planted, {lost} missed, {alarms} false alarms")
    if "--each" in sys.argv:
        for item in scores.missed:
            print("MISS", item.kind, repr(around(rows.texts[item.row], item.start, item.end)))
        for row, hit in scores.false_alarms:
            print("FALSE", hit.kind, repr(around(rows.texts[row], hit.start, hit.end)))


def around(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 25):start]}[[{text[start:end]}]]{text[end:end + 12]}"


if __name__ == "__main__":
    main()
