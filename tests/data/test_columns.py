"""Columns are found with a reason or asked for; faulty values are counted, located and reported together."""

import math

import pytest

from kit.data.canonical import canonical_rows
from kit.data.columns import resolve_columns
from kit.data.sources import Loaded
from kit.errors import DataError

ROLES = {
    "id": {"required": False, "type": "id"},
    "text": {"required": True, "type": "text"},
    "label": {"required": True, "type": "label"},
}


def loaded(rows):
    return Loaded(rows=rows, columns=tuple(rows[0]), source="t.csv", format="csv", fingerprint="0", problems={})


def table(n=12, **columns):
    """Rows from functions of the row number; the labels repeat."""
    return loaded([{name: make(i) for name, make in columns.items()} for i in range(n)])


def long_text(i):
    return f"this is the message with the number {i}"


def canonical(data, wanted=None, **options):
    return canonical_rows(data, resolve_columns(data, wanted or {}, ROLES, **options))


def refusal(call, *args, **options):
    with pytest.raises(DataError) as caught:
        call(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("text", "label"), ("Question", "Intent"), ("问题", "类别"), ("工单内容", "问题类别"), ("ticket_text", "class"),
        ("customerMessage", "ticket_category"), ("文本", "意图"), ("ＴＥＸＴ", "标签"),
    ],
)  # fmt: skip
def test_text_and_label_are_found_by_their_names(text, label):
    data = table(**{label: lambda i: "ab"[i % 2], text: long_text})
    mapping = resolve_columns(data, {}, ROLES)
    assert (mapping.columns["text"], mapping.columns["label"]) == (text, label)
    assert mapping.why["text"].startswith("found by") and mapping.why["label"].startswith("found by")


def test_the_last_word_of_a_name_decides():
    data = table(message_type=lambda i: "ab"[i % 2], text_id=str, body=long_text)
    assert resolve_columns(data, {}, ROLES).columns == {"id": "text_id", "label": "message_type", "text": "body"}


def test_without_telling_names_the_contents_decide_and_the_reason_says_so():
    data = table(a=lambda i: "xyz"[i % 3], b=long_text, c=lambda i: f"short {i}")
    mapping = resolve_columns(data, {}, ROLES)
    assert (mapping.columns["text"], mapping.columns["label"]) == ("b", "a")
    assert mapping.why["label"] == "the one column of few values (3 different ones)"
    assert mapping.why["text"] == "the longest texts (37 characters on average, 100% different)"


def test_long_class_names_are_not_taken_for_the_texts():
    data = table(a=long_text, b=lambda i: "a long description of this class of requests " * 2 + "xy"[i % 2])
    mapping = resolve_columns(data, {}, {"text": {"required": True, "type": "text"}})
    assert mapping.columns["text"] == "a"


def test_long_texts_that_recur_are_no_labels():
    data = table(a=long_text, b=lambda i: "a standing answer of the team, at length " * 2 + "xy"[i % 2])
    assert "no column for the label (no column is named like one" in refusal(resolve_columns, data, {}, ROLES)


def test_one_column_for_two_roles_is_refused():
    data = table(text=long_text, label=lambda i: "ab"[i % 2])
    assert '"text" is named for more than one role' in refusal(
        resolve_columns, data, {"text": "text", "label": "text"}, ROLES
    )


def test_two_possible_label_columns_are_not_chosen_between():
    data = table(a=lambda i: "xy"[i % 2], b=long_text, c=lambda i: "uvw"[i % 3])
    message = refusal(resolve_columns, data, {}, ROLES)
    assert "no column for the label (several columns could be it: a, c)" in message
    assert "data.columns.label=COLUMN" in message and "the columns are: a, b, c" in message
    assert resolve_columns(data, {"label": "c"}, ROLES).columns["label"] == "c"


def test_named_columns_that_are_missing_are_all_reported_with_suggestions():
    data = table(text=long_text, category=lambda i: "ab"[i % 2])
    message = refusal(resolve_columns, data, {"text": "txt", "label": "Categry"}, ROLES, slice_columns=["zzz"])
    assert 'data.columns.text="txt": there is no such column, did you mean "text"?' in message
    assert 'data.columns.label="Categry": there is no such column, did you mean "category"?' in message
    assert 'data.columns.slice="zzz": there is no such column; the columns are: text, category' in message


def test_an_id_column_is_found_when_it_identifies():
    assert resolve_columns(table(id=str, text=long_text, label=lambda i: "a"), {}, ROLES).columns["id"] == "id"
    assert resolve_columns(table(编号=str, text=long_text, label=lambda i: "a"), {}, ROLES).columns["id"] == "编号"
    by_word = table(ticket_id=str, user_id=lambda i: i % 3, text=long_text, label=lambda i: "a")
    assert resolve_columns(by_word, {}, ROLES).columns["id"] == "ticket_id"
    repeated = table(user_id=lambda i: i % 3, text=long_text, label=lambda i: "a")
    mapping = resolve_columns(repeated, {}, ROLES)
    assert mapping.columns["id"] is None and mapping.why["id"] == "no id column: rows are numbered from 1"


def test_canonical_rows_have_role_keys_and_slices_untouched():
    data = table(3, customer=lambda i: i // 2, q=long_text, y=lambda i: float(i % 2), channel=lambda i: ["web", i])
    rows = canonical(data, {"text": "q", "label": "y", "group": "customer"}, slice_columns=["channel"])
    assert rows[1] == {"id": "2", "text": long_text(1), "label": "1", "group": 0, "channel": ["web", 1]}


def test_all_faults_of_the_values_come_in_one_message():
    rows = [{"id": i, "text": long_text(i), "label": "ab"[i % 2]} for i in range(20)]
    for position in (1, 3, 5, 7, 9, 11):
        rows[position]["text"] = "  \n"
    rows[4]["id"] = rows[5]["id"] = 0
    rows[2]["label"], rows[6]["label"] = None, math.nan
    message = refusal(canonical, loaded(rows))
    lines = message.splitlines()
    assert len(lines) == 3 and all(line.startswith("t.csv: ") for line in lines)
    assert 'column "text" (text) is empty in 6 of 20 rows (rows 2, 4, 6, 8, 10, ...)' in message
    assert "fill or delete them" in message
    assert 'column "label" (label) has no label in 2 of 20 rows (rows 3, 7)' in message
    assert 'column "id" (id) repeats 1 id: "0"' in message


def test_empty_ids_are_reported_as_empty_not_as_repeated():
    data = table(id=lambda i: i or "", text=long_text, label=lambda i: "ab"[i % 2])
    data.rows[1]["id"] = None
    message = refusal(canonical, data)
    assert message == 't.csv: column "id" (id) is empty in 2 of 12 rows (rows 1, 2); give every row an id'


def test_a_label_column_of_all_different_values_looks_like_free_text():
    message = refusal(canonical, table(text=long_text, label=lambda i: f"answer {i}"))
    assert "looks like free text" in message and "data.columns.label=" in message
    assert len(canonical(table(9, text=long_text, label=lambda i: f"answer {i}"))) == 9  # too few to tell


def test_the_words_none_and_na_are_labels():
    rows = canonical(table(text=long_text, label=lambda i: ("None", "NA")[i % 2]))
    assert {row["label"] for row in rows} == {"None", "NA"}


def test_a_text_column_of_lists_and_numbers_that_are_none_are_refused():
    data = table(text=lambda i: [i], label=lambda i: "ab"[i % 2])
    assert 'column "text" (text) holds a list, not text, in 12 of 12 rows (rows 1, 2, 3, 4, 5, ...)' in refusal(
        canonical, data
    )
    roles = {**ROLES, "label": {"required": True, "type": "number"}}
    data = table(text=long_text, label=lambda i: "1.5" if i else "n/a")
    message = refusal(canonical_rows, data, resolve_columns(data, {}, roles))
    assert 'is not a number in 1 of 12 rows (row 1) (the first: "n/a")' in message


def test_a_slice_column_may_not_take_the_place_of_a_role():
    data = table(text=long_text, label=lambda i: "ab"[i % 2], body=long_text)
    assert 'slice column "text" has the name of a role' in refusal(
        canonical, data, {"text": "body"}, slice_columns=["text"]
    )


def test_optional_roles_without_a_column_are_left_out():
    data = table(text=long_text)
    roles = {**ROLES, "label": {"required": False, "type": "label"}}
    assert canonical_rows(data, resolve_columns(data, {}, roles))[0] == {"id": "1", "text": long_text(0)}
