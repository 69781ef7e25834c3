"""Rows keep their split as data grow; nothing that belongs together is parted; leaked rows are found."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.data.leakage import leakage, leakage_record
from kit.data.normal import normalised
from kit.data.split import split_rows
from kit.data.times import parse_times
from kit.errors import DataError


def make(texts, *, labels=None, **more):
    return [
        {"id": str(i), "text": text, **({"label": labels[i]} if labels else {}), **{k: v[i] for k, v in more.items()}}
        for i, text in enumerate(texts)
    ]


def part_by_id(rows, split):
    return {
        rows[position]["id"]: part
        for part in ("train", "validation", "test")
        for position in getattr(split, part)
    }


def numbered(n):
    return [f"question number {i}" for i in range(n)]


def test_every_row_is_in_one_split_and_fractions_hold():
    rows = make(numbered(4000))
    split = split_rows(rows, validation=0.1, test=0.2)
    assert sorted(split.train + split.validation + split.test) == list(range(4000))
    # 4,000 draws: two standard deviations are 38 rows at 10 % and 51 at 20 %, four are 76 and 102
    assert abs(len(split.validation) - 400) <= 76 and abs(len(split.test) - 800) <= 102


def test_without_fractions_everything_trains():
    split = split_rows(make(numbered(10)), validation=0, test=0)
    assert split.sizes() == {"train": 10, "validation": 0, "test": 0} and split.notes == ()


@pytest.mark.parametrize(("validation", "test"), [(-0.1, 0.1), (0.5, 0.5), (float("nan"), 0)])
def test_impossible_fractions_are_refused(validation, test):
    with pytest.raises(ValueError, match="together under 1"):
        split_rows(make(numbered(3)), validation=validation, test=test)


@settings(max_examples=60, deadline=None)
@given(
    old=st.lists(st.tuples(st.text(max_size=6), st.sampled_from("abc")), min_size=1, max_size=40),
    new=st.lists(st.tuples(st.text(max_size=6), st.sampled_from("abc")), max_size=40),
)
def test_rows_keep_their_split_when_rows_are_appended(old, new):
    def rows_of(pairs):
        return make([text for text, _ in pairs], labels=[label for _, label in pairs])

    before_rows, after_rows = rows_of(old), rows_of(old + new)
    before, after = split_rows(before_rows, test=0.3), split_rows(after_rows, test=0.3)
    was, now = part_by_id(before_rows, before), part_by_id(after_rows, after)
    free = set(was) - set(before.moved) - set(after.moved)
    assert {name: was[name] for name in free} == {name: now[name] for name in free}


def test_order_file_and_ids_do_not_matter_to_a_text():
    rows = make(numbered(300))
    shuffled = random.Random(1).sample(rows, 300)
    assert part_by_id(rows, split_rows(rows)) == part_by_id(shuffled, split_rows(shuffled))
    renumbered = [{**row, "id": f"x{row['id']}"} for row in rows]
    assert split_rows(rows).test == split_rows(renumbered).test


def test_the_test_rows_do_not_depend_on_the_validation_fraction():
    rows = make(numbered(500))
    assert split_rows(rows, validation=0.0).test == split_rows(rows, validation=0.3).test != []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("pqrstuvw"), st.integers(0, 30)), min_size=1, max_size=60), st.booleans())
def test_groups_and_duplicates_are_never_parted(pairs, by_time):
    rows = make(
        [f"Text  {number}{'!' if i % 2 else ''}" for i, (_, number) in enumerate(pairs)],
        group=[None if group == "p" else group for group, _ in pairs],
        time=[1_700_000_000 + i for i in range(len(pairs))],
    )
    parts = part_by_id(rows, split_rows(rows, validation=0.3, test=0.3, time_role="time" if by_time else None))
    for key in ("group", "text"):
        seen = {}
        for row in rows:
            value = row[key] if key == "group" else normalised(row["text"])
            if value is not None:
                assert seen.setdefault(value, parts[row["id"]]) == parts[row["id"]]


def test_a_groups_place_does_not_depend_on_its_texts():
    groups = [f"customer {i // 4}" for i in range(400)]
    one = split_rows(make(numbered(400), group=groups))
    other = split_rows(make([f"other {i}" for i in range(400)], group=groups))
    assert one == other and 0 < len(one.test) < 120


def test_joined_groups_do_not_flock_to_the_test_rows():
    """100 clusters of 10 groups each: by the lowest of ten hashes 65 % would test, by one hash 10 %."""
    rows = make([f"shared {i // 10}" for i in range(1000)], group=[f"g{i}" for i in range(1000)])
    assert len(split_rows(rows).test) < 250


def test_every_class_of_two_rows_trains():
    texts = numbered(600)
    labels = [f"class {i // 2}" for i in range(600)]
    rows = make(texts, labels=labels)
    split = split_rows(rows, validation=0.3, test=0.3)
    assert {labels[position] for position in split.train} == set(labels)
    plain = part_by_id(rows, split_rows(make(texts), validation=0.3, test=0.3))
    assert split.moved and all(plain[name] != "train" for name in split.moved)
    both_held_out = [c for c in range(300) if {plain[str(2 * c)], plain[str(2 * c + 1)]} <= {"validation", "test"}]
    assert len(split.moved) == len(both_held_out)
    alone = split_rows(make(texts, labels=[f"class {i}" for i in range(600)]), validation=0.3, test=0.3)
    assert alone.moved == ()  # a class of one row stays where its hash puts it
    for name in split.moved:  # a test row moves only where the class has no validation row
        partner = str(int(name) ^ 1)
        assert plain[name] == "validation" or plain[partner] == "test"


def test_at_most_so_many_validation_rows_and_the_test_rows_stay():
    rows = make(numbered(2000))
    free, capped = split_rows(rows, validation=0.2), split_rows(rows, validation=0.2, max_validation_rows=50)
    assert len(capped.validation) == 50 and set(capped.validation) < set(free.validation)
    assert sorted([*capped.train, *capped.validation]) == sorted([*free.train, *free.validation])
    assert capped.test == free.test


def test_tiny_or_tied_data_say_why_a_split_is_empty():
    split = split_rows(make(["only one"]))
    assert split.train == [0] and split.notes[0].startswith("no validation rows: 1 rows in 1 groups")
    tied = split_rows(make(["hi"] * 9 + ["bye"], group=[str(i) for i in range(10)]))
    assert "9 of 10 rows hang together" in tied.notes[-1]


def test_by_time_the_newest_rows_are_held_out():
    days = [f"2026-01-{day:02d}" for day in range(1, 21)]
    rows = make(numbered(20), time=random.Random(3).sample(days, 20))
    split = split_rows(rows, validation=0.1, test=0.2, time_role="time")
    assert sorted(rows[p]["time"] for p in split.test) == days[-4:]
    assert sorted(rows[p]["time"] for p in split.validation) == days[-6:-4]


def test_by_time_a_text_known_early_does_not_test():
    rows = make([*numbered(9), "Question number 0!"], time=list(range(1_700_000_000, 1_700_000_010)))
    split = split_rows(rows, validation=0, test=0.2, time_role="time")
    assert 9 in split.train and 8 in split.test


def seconds(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-31", seconds(2026, 3, 31)),
        ("2026-03-31T14:05:00Z", seconds(2026, 3, 31, 14, 5)),
        ("2026-03-31 14:05+08:00", seconds(2026, 3, 31, 6, 5)),
        ("20260331", seconds(2026, 3, 31)),
        ("2026/3/31 14:05", seconds(2026, 3, 31, 14, 5)),
        ("31.03.2026", seconds(2026, 3, 31)),
        ("2026年3月31日", seconds(2026, 3, 31)),
        ("31 Mar 2026", seconds(2026, 3, 31)),
        ("31/03/2026 14:05", seconds(2026, 3, 31, 14, 5)),
        ("03/31/2026", seconds(2026, 3, 31)),
        (1774965900, 1774965900.0),
        ("1774965900000", 1774965900.0),
        (datetime(2026, 3, 31), seconds(2026, 3, 31)),
    ],
)
def test_dates_are_read_as_people_write_them(value, expected):
    assert parse_times([value], column="when") == [expected]


def test_slashed_dates_are_settled_by_the_other_rows_or_refused():
    assert parse_times(["03/04/2026", "25/04/2026"], column="when")[0] == seconds(2026, 4, 3)
    assert parse_times(["03/04/2026", "04/25/2026"], column="when")[0] == seconds(2026, 3, 4)
    with pytest.raises(DataError, match='"03/04/2026" may start with the day or the month'):
        parse_times(["03/04/2026"], column="when")
    with pytest.raises(DataError, match="no readable date in 2 of 2 rows"):
        parse_times(["25/04/2026", "04/25/2026"], column="when")


def test_unreadable_dates_are_named_by_row():
    rows = make(numbered(3), time=["2026-01-01", "soon", None])
    with pytest.raises(DataError, match=r'no readable date in 2 of 3 rows: row 2 \("soon"\), row 3 \("None"\)'):
        split_rows(rows, time_role="time")


# --- leakage -----------------------------------------------------------------------------------------------------

WORDS = [a + b for a in ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "su", "to") for b in ("bel", "dor", "kin")]


def random_texts(n, seed, size=12):
    source = random.Random(seed)
    return [" ".join(source.sample([w + str(source.randrange(40)) for w in WORDS], size)) for _ in range(n)]


def test_planted_pairs_are_found_and_a_clean_set_has_none():
    train, test = random_texts(500, 1), random_texts(200, 2)
    train[400] = train[33]  # the first copy is the one that is named
    clean = leakage(make(train), make(test))
    assert (clean.exact, clean.near, clean.pairs) == (0, 0, ())
    test[10] = train[33].upper() + " !"
    words = train[44].split()
    test[20] = " ".join(["changed", *words[:0:-1]])  # 11 of 13 words shared, in another order
    test[30] = " ".join(["changed", "twice", *words[2:]])  # 10 of 14 shared: 0.71
    found = leakage(make(train), make(test))
    assert (found.exact, found.near, found.rows) == (1, 1, 200) and found.share == 0.01
    assert found.pairs == (("10", "33", 1.0), ("20", "44", pytest.approx(11 / 13)))


def test_chinese_texts_are_compared_by_pieces():
    train = make(["我的信用卡还没有寄到请问什么时候可以收到", "怎么修改登录密码"])
    test = make(["我的信用卡还没有寄到请问什么时候可以收到呢", "怎么修改登录密码？", "今天天气很好我们去公园"])
    found = leakage(train, test)
    assert (found.exact, found.near) == (1, 1) and found.pairs[1][:2] == ("0", "0")


def test_the_record_shows_pairs_of_both_kinds():
    train, test = random_texts(50, 3), random_texts(20, 4)
    test[:8] = train[:8]
    test[9] = train[9] + " extra"
    record = leakage_record(make(train), make(test))
    assert (record["exact"], record["near"], record["share"]) == (8, 1, 9 / 20)
    assert [pair["similarity"] == 1 for pair in record["examples"]] == [True] * 4 + [False]
    assert record["examples"][4]["test_text"] == test[9] and record["examples"][4]["train_id"] == "9"


def test_a_split_leaks_no_exact_copies():
    texts = [f"question {i % 150}" for i in range(600)]
    rows = make([text.upper() if i % 3 else text + "?" for i, text in enumerate(texts)])
    split = split_rows(rows)
    assert split.test
    assert leakage([rows[p] for p in split.train], [rows[p] for p in split.test], threshold=0.99).exact == 0


def test_normalising_keeps_what_matters():
    assert normalised("  Ｗhere's  my\tCARD？") == "where s my card"
    assert normalised("???") == "???" and normalised("c++") != normalised("c")
