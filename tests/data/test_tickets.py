"""The embedded support tickets: sound as a data set, and hard enough that fine-tuning has something to win."""

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

DATA = Path(__file__).parents[2] / "playbooks" / "support-routing" / "data"
NUM_INTENTS = 28
MAX_TRAIN_TEST_JACCARD = 0.70


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def train() -> list[dict[str, str]]:
    return read("train.csv")


@pytest.fixture(scope="module")
def held_out() -> list[dict[str, str]]:
    return read("test.csv")


def texts(rows: list[dict[str, str]]) -> list[str]:
    return [row["text"] for row in rows]


def intents(rows: list[dict[str, str]]) -> list[str]:
    return [row["intent"] for row in rows]


def jaccard(left: list[str], right: list[str]) -> np.ndarray:
    """Word-set Jaccard similarity of every pair, shape (len(left), len(right))."""
    words = CountVectorizer(binary=True, token_pattern=r"\w+", dtype=np.int32).fit(left + right)
    left_sets, right_sets = words.transform(left), words.transform(right)
    shared = (left_sets @ right_sets.T).toarray()
    sizes = np.asarray(left_sets.sum(axis=1)) + np.asarray(right_sets.sum(axis=1)).T
    return shared / (sizes - shared)


def test_counts_are_the_documented_ones(train, held_out):
    assert (len(train), len(held_out)) == (1960, 812)
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert "1,960 train rows" in readme
    assert "812 test rows" in readme


def test_rows_have_the_three_columns_filled_and_trimmed(train, held_out):
    for row in train + held_out:
        assert list(row) == ["id", "text", "intent"]
        assert all(value and value == value.strip() for value in row.values()), row


def test_ids_are_unique_over_both_files_and_name_their_split(train, held_out):
    ids = [row["id"] for row in train + held_out]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"t\d{4}", row["id"]) for row in train)
    assert all(re.fullmatch(r"h\d{4}", row["id"]) for row in held_out)


def test_both_splits_have_the_same_intents_and_enough_rows_of_each(train, held_out):
    train_counts, test_counts = Counter(intents(train)), Counter(intents(held_out))
    assert set(train_counts) == set(test_counts)
    assert len(train_counts) == NUM_INTENTS
    assert min(train_counts.values()) >= 35
    assert min(test_counts.values()) >= 12


def test_every_intent_is_defined_in_the_readme(train):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert {intent for intent in intents(train) if f"| `{intent}` |" not in readme} == set()


def test_no_ticket_stands_twice_once_case_and_punctuation_are_gone(train, held_out):
    plain = Counter(" ".join(re.findall(r"\w+", text.lower())) for text in texts(train + held_out))
    assert [text for text, count in plain.items() if count > 1] == []


def test_no_test_ticket_is_a_near_copy_of_a_train_ticket(train, held_out):
    similarity = jaccard(texts(train), texts(held_out))
    row, column = np.unravel_index(similarity.argmax(), similarity.shape)
    pair = (train[row]["text"], held_out[column]["text"])
    assert similarity.max() <= MAX_TRAIN_TEST_JACCARD, pair


def test_rows_are_shuffled_so_that_a_prefix_holds_most_intents(train, held_out):
    assert len(set(intents(train[:200]))) >= 25
    assert len(set(intents(held_out[:200]))) >= 25


def test_word_statistics_alone_neither_solve_nor_fail_the_task(train, held_out):
    # Above 0.85 a bag of words would do and fine-tuning could show little; below 0.55 the labels would be in doubt.
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(C=10, tol=1e-3).fit(words.fit_transform(texts(train)), intents(train))
    accuracy = model.score(words.transform(texts(held_out)), intents(held_out))
    assert 0.55 <= accuracy <= 0.85
