"""Personal data is found in rows whose planted values are known, and harmless numbers are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kit.data.pii import find_pii
from kit.data.scrub import Scrubber, restored
from tests.data import pii_rows, pii_rows_fresh
from tests.data.pii_rows import Planted


def measured(rows: list[Planted]) -> tuple[float, float]:
    """(recall, precision); a value counts when its kind and its exact span are right."""
    hits = found_in_all = planted = 0
    for row in rows:
        left = list(row.values)
        found = [(one.kind, row.text[one.start : one.end]) for one in find_pii(row.text)]
        found_in_all += len(found)
        planted += len(row.values)
        for one in found:
            if one in left:
                left.remove(one)
                hits += 1
    return hits / planted, hits / found_in_all


@pytest.mark.parametrize(("make", "seed"), [(pii_rows.planted_rows, 1), (pii_rows.planted_rows, 2),
                                            (pii_rows_fresh.planted_rows, 11)])  # fmt: skip
def test_planted_values_are_found_and_little_else(make: Callable[..., list[Planted]], seed: int) -> None:
    recall, precision = measured(make(2000, seed))
    print(f"recall {recall:.4f}, precision {precision:.4f}")
    assert recall >= 0.98 and precision >= 0.95


@pytest.mark.parametrize(("text", "kinds"), [
    ("my card 4111 1111 1111 1111 and again 4111 1111 1111 1112", ["CARD"]),
    ("身份证号11010519491231002X，手机１３８１２３４５６７８", ["NATIONAL_ID", "PHONE"]),
    ("write to john (at) example (dot) org", ["EMAIL"]),
    ("password: hunter2A9x", ["SECRET"]),
    ("postgres://app:s3cretpass@db.local/main", ["SECRET"]),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc", ["PRIVATE_KEY"]),
    ("version 10.4.2.1 at 12:30:45 on 2026-03-04", []),
    ("order 13812345678 for $1,234,567.89", []),
    ("15.006002400960385 and 0.00390625", []),
    ("call me on 8675309 please", ["PHONE"]),
    ("NINO AB123456C", ["NATIONAL_ID"]),
    ("the token user3974510@example.com", ["EMAIL"]),
])  # fmt: skip
def test_single_texts(text, kinds):
    assert [found.kind for found in find_pii(text)] == kinds


def test_the_name_of_the_column_tells_a_phone_from_an_order():
    assert [found.kind for found in find_pii("5550123", context="phone")] == ["PHONE"]
    assert find_pii("13812345678", context="order_id") == []


def test_scrubbing_leaves_the_rest_and_reaches_nested_cells():
    scrubber = Scrubber()
    row = {"text": "a@b.com or 13812345678", "turns": [{"content": "I am c@d.org"}], "phone": 13812345678, "n": 7}
    assert scrubber.row(row) == {"text": "[EMAIL] or [PHONE]", "turns": [{"content": "I am [EMAIL]"}],
                                 "phone": "[PHONE]", "n": 7}  # fmt: skip
    assert scrubber.counts == {"EMAIL": 2, "PHONE": 2}


def test_the_same_value_has_one_number_and_comes_back():
    scrubber = Scrubber(is_reversible=True)
    rows = [{"text": "a@b.com, x@y.org, a@b.com"}, {"text": "was [EMAIL_1] before, x@y.org now"}]
    scrubbed = [scrubber.row(row) for row in rows]
    assert scrubbed[0]["text"] == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"
    assert scrubbed[1]["text"] == "was [LITERAL_1] before, [EMAIL_2] now"
    values = {placeholder: value for (_, value), placeholder in scrubber.placeholders.items()}
    assert [restored(row, values) for row in scrubbed] == rows


def test_every_planted_row_comes_back_from_its_key():
    rows = [{"text": row.text} for row in pii_rows.planted_rows(500, 3)]
    scrubber = Scrubber(is_reversible=True)
    scrubbed = [scrubber.row(row) for row in rows]
    values = {placeholder: value for (_, value), placeholder in scrubber.placeholders.items()}
    assert [restored(row, values) for row in scrubbed] == rows
