"""Reading a rival's words: any dress is accepted, a guess never made."""

import pytest

from kit.tasks.answers import labels_in, number_in, one_label_in

LABELS = ["card_arrival", "card", "refund", "top-up failed", "退款", "退款失败", "no_issue"]


@pytest.mark.parametrize(("text", "label"), [
    ("refund", "refund"), (" Refund.\n", "refund"), ('"REFUND"', "refund"), ("**refund**", "refund"),
    ("`card_arrival`", "card_arrival"), ("Card Arrival", "card_arrival"), ("card-arrival!", "card_arrival"),
    ("ｒｅｆｕｎｄ", "refund"), ("“退款”。", "退款"), ("类别：退款失败", "退款失败"),
    ("这个工单的类别是退款。", "退款"),
    ('{"label": "refund"}', "refund"), ('```json\n{"Label": "Refund", "confidence": 0.9}\n```', "refund"),
    ('["refund"]', "refund"), ('Sure! {"intent": "top-up failed"} Hope that helps.', "top-up failed"),
    ("Label: refund", "refund"), ("**Final answer:** `refund`", "refund"),
    ("The category is card arrival.", "card_arrival"), ("This one is about card arrival.", "card_arrival"),
    ("It says the card arrived late, but money is asked back.\n\nrefund", "refund"),
    ("<think>card? no, refund or card_arrival</think>\nrefund", "refund"),
    ("Category: refund\nReason: the card was charged twice", "refund"), ("no issue", "no_issue"),
    ("This belongs to no_issue", "no_issue"),
])  # fmt: skip
def test_a_label_is_read_in_any_dress(text, label):
    assert one_label_in(text, LABELS) == label


@pytest.mark.parametrize("text", [
    "", "   ", "...", "refund or card", "refund, card_arrival", "Label: refund\nLabel: card", "not refund", "null",
    "It isn't a refund", "cards", "refunded", "I cannot tell", "Label: either refund or card", '{"label": null}',
    '{"label": "refund", "category": "card"}', '{"a": "refund", "b": "card"}', '["refund", "card"]', "<html></html>",
    "<think>refund", "不是退款", '{"label": "not refund"}', "42",
])  # fmt: skip
def test_no_guess_is_made(text):
    assert one_label_in(text, LABELS) is None


def test_labels_that_differ_in_case_only_are_told_apart_by_exact_spelling_or_not_at_all():
    assert one_label_in("A", ["A", "a"]) == "A" and one_label_in(' "a" ', ["A", "a"]) == "a"
    assert one_label_in("Ａ", ["A", "a"]) is None and one_label_in("I would say C#.", ["C", "C#"]) is None
    assert one_label_in("?", ["?", "!"]) == "?" and one_label_in("maybe this", ["?", "!"]) is None


@pytest.mark.parametrize(("text", "labels"), [
    ("refund", ["refund"]), ("refund|card", ["card", "refund"]), ("refund and card", ["card", "refund"]),
    ("- refund\n- Card Arrival", ["card_arrival", "refund"]), ('["refund", "card"]', ["card", "refund"]),
    ('{"labels": ["refund"]}', ["refund"]), ("Labels: refund, card", ["card", "refund"]),
    ("退款、退款失败", ["退款", "退款失败"]), ("[]", []), ("none", []), ('{"labels": []}', []),
    ("refund; card; unheard_of", None), ("I think refund", None), ("", None), ('{"labels": ["refund", null]}', None),
])  # fmt: skip
def test_several_labels_are_read_whole_or_not_at_all(text, labels):
    assert labels_in(text, LABELS, "|") == labels


@pytest.mark.parametrize(("text", "number"), [
    ("4.5", 4.5), ("Score: 4", 4.0), ("**-1,234.5**", -1234.5), ('{"score": 3}', 3.0), ("４．５", 4.5),
    ("The value is 7.", 7.0),
    ("4 or 5", None), ("4/5", None), ("85 %", None), ("high", None), ("", None), ('{"score": "high"}', None),
])  # fmt: skip
def test_a_number_is_read_where_there_is_one(text, number):
    assert number_in(text) == number
