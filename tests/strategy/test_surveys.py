"""Survey text with gaps: every row is an answer or a problem with its line."""

import pytest

from kit.errors import DataError
from kit.strategy import surveys

PRICES = """\ufefftoo_cheap,cheap,expensive,too_expensive,intent_cheap,intent_expensive
5,10,15,20,5,3
,10,15,20,,
￥1０,"1,200.50",¥1300,1400元,,
abc,1,2,3,,
-5,10,15,20,,
5,10
nan,1,2,3,,
5,10,15,20,9,3
,,,,,
"""


def test_gaps_signs_and_full_width_digits():
    found = surveys.price_answers(PRICES)
    assert [(a.too_cheap, a.cheap) for a in found.answers] == [(5, 10), (10, 1200.5)]
    assert (found.answers[0].intent_cheap, found.answers[1].intent_cheap) == (5, None)
    assert [(p.row, p.reason.split(":")[0]) for p in found.problems] == [
        (3, "too_cheap is blank"), (5, "too_cheap is 'abc', which is not a number"), (6, "too_cheap is -5.0"),
        (7, "expensive is blank"), (8, "too_cheap is nan"), (9, "intent_cheap is 9"), (10, "too_cheap is blank")]
    assert (found.rows_in, found.dropped) == (9, 7)


def test_semicolons_and_decimal_commas():
    found = surveys.price_answers("too_cheap; cheap; expensive; too_expensive\n1,50; 2,50; 3; 4\n")
    assert found.answers[0].too_cheap == 1.5 and found.answers[0].cheap == 2.5


def test_fit_answers_in_two_languages():
    found = surveys.fit_answers(
        "feeling,persona,benefit,holds_back,activated\n"
        "Very disappointed,agent,speed,,yes\n有些失望,agent,speed,price,是\n"
        "meh,agent,,,yes\nnot,lead,,,\nnot,lead,,,no\n")
    assert [(a.feeling, a.is_activated) for a in found.answers] == [("very", True), ("somewhat", True), ("not", False)]
    assert [p.row for p in found.problems] == [4, 5] and "feeling is 'meh'" in found.problems[0].reason
    assert surveys.fit_answers("feeling\nvery\n").answers[0].is_activated


def test_accounts_from_rows():
    found = surveys.account_rows([
        {"account": "a", "start_month": 0, "months_active": 3, "churned": "no"},
        {"account": "", "start_month": 0, "months_active": 3, "churned": "no"},
        {"account": "c", "start_month": 0, "months_active": 2.5, "churned": "no"},
        {"account": "d", "start_month": 0, "churned": True, "months_active": 1},
        {"account": "e", "start_month": 0, "churned": "no"}])
    assert [a.account for a in found.answers] == ["a", "d"] and found.answers[1].is_churned
    assert [(p.row, p.reason.split(":")[0]) for p in found.problems] == [
        (2, "account is blank"), (3, "months_active is '2.5'"), (5, "months_active is blank")]


def test_a_missing_column_is_an_error_that_names_it():
    with pytest.raises(DataError, match="the header lacks the column expensive, too_expensive; it has too_cheap"):
        surveys.price_answers("too_cheap,cheap\n1,2\n")
    with pytest.raises(DataError, match="lacks the column feeling"):
        surveys.fit_answers("")
    assert surveys.fit_answers([]).rows_in == 0
