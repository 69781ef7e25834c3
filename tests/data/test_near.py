"""Near duplicates are found, nothing else is, in English and Chinese, within a set and across two."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.data.minhash import NUM_HASHES, agreement, rows_per_band, signatures
from kit.data.near import NEAR, near_groups, near_matches, similarity
from kit.data.shingles import blocks, comparable, shingle_codes, shingle_sets

SYLLABLES = [a + b for a in ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "su", "to") for b in ("bel", "dor", "kin")]


def sentences(count, seed, size=12):
    source = random.Random(seed)
    return [" ".join(source.choice(SYLLABLES) + source.choice(SYLLABLES) for _ in range(size)) for _ in range(count)]


def pieces(text):
    """The definition, character by character."""
    padded = f" {comparable(text)} "
    wide = [0x3400 <= ord(char) <= 0x9FFF for char in padded]
    found = set()
    for start in range(len(padded) - 1):
        if wide[start]:
            found.add(padded[start : start + 2])
        elif start + 3 <= len(padded):
            found.add(padded[start : start + 3])
    return found


def jaccard(one, other):
    return len(one & other) / len(one | other)


# --- pieces and hashes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab c中文字𠀀é", max_size=9), min_size=1, max_size=6))
def test_pieces_are_those_of_the_definition(texts):
    plain = [text for text in map(comparable, texts) if text] or ["a"]
    sets = shingle_sets(plain)
    for row, text in enumerate(plain):
        if "𠀀" not in text:
            assert sets[[row]].nnz == len(pieces(text))
    shared = np.diff(sets.multiply(sets[[0] * len(plain)]).tocsr().indptr)
    if not any("𠀀" in text for text in plain):
        assert shared.tolist() == [len(pieces(text) & pieces(plain[0])) for text in plain]


def test_a_text_of_one_character_has_a_piece():
    codes, starts = shingle_codes(["a", "我", "ab"])
    assert starts.tolist() == [0, 1, 3] and len(codes) == 5


def test_blocks_cover_every_row_once_however_long():
    texts = ["x" * size for size in (1, 3_000_000, 5, 1_900_000, 200_000, 7)]
    runs = list(blocks(texts, np.arange(6)))
    assert np.concatenate(runs).tolist() == list(range(6)) and len(runs) == 4


def test_hashes_estimate_the_similarity():
    texts = sentences(400, 1)
    changed = [" ".join([*text.split()[:9], *other.split()[:3]]) for text, other in zip(texts, sentences(400, 2))]
    found = signatures([*texts, *changed])
    true = np.array([jaccard(pieces(a), pieces(b)) for a, b in zip(texts, changed)])
    error = agreement(found, np.arange(400), np.arange(400, 800)) - true
    assert abs(error.mean()) < 0.01  # no bias: four standard errors
    assert error.std() == pytest.approx(np.sqrt((true * (1 - true)).mean() / NUM_HASHES), rel=0.25)


@pytest.mark.parametrize("likeness", [0.3, 0.5, 0.7, 0.9])
def test_bands_propose_what_is_wanted(likeness):
    rows = rows_per_band(likeness)
    assert 1 - (1 - likeness**rows) ** (NUM_HASHES // rows) >= 0.97


# --- groups


def test_groups_carry_the_first_row_and_lone_rows_their_own():
    one, two, three = sentences(3, 3)
    texts = [one, two, one.upper() + "!", three, one + " indeed", two.replace("a", "e", 1), ""]
    groups = near_groups(texts)
    assert groups.tolist() == [0, 1, 0, 3, 0, 1, 6] and groups.dtype == np.int64


def test_all_pairs_of_a_thousand_rows_are_judged_as_comparing_all_with_all_would():
    source = random.Random(5)
    texts = sentences(300, 6)
    for row in range(300):
        words = texts[row].split()
        for _ in range(source.randrange(4)):
            words[source.randrange(12)] = source.choice(SYLLABLES)
        texts.append(" ".join(words))
    parent = list(range(len(texts)))

    def root(row):
        while parent[row] != row:
            row = parent[row]
        return row

    sets, words = [pieces(text) for text in texts], [set(text.split()) for text in texts]
    for row in range(len(texts)):
        for other in range(row):
            if max(jaccard(sets[row], sets[other]), jaccard(words[row], words[other])) >= NEAR:
                low, high = sorted((root(row), root(other)))
                parent[high] = low
    expected = [root(row) for row in range(len(texts))]
    assert 100 < sum(row != group for row, group in enumerate(expected)) < 299
    assert near_groups(texts).tolist() == expected


def test_a_chain_of_near_duplicates_is_one_group():
    words = sentences(1, 7, size=30)[0].split()
    chain = [" ".join([*(f"new{step}" for step in range(changed)), *words[changed:]]) for changed in range(0, 30, 2)]
    assert similarity([chain[0]], [chain[-1]])[0] < 0.3
    assert set(near_groups(chain).tolist()) == {0}


def test_many_copies_of_one_form_are_one_group():
    form = "Your parcel with the number {} has left our warehouse and will reach you within three working days"
    groups = near_groups([form.format(number) for number in range(10_000, 13_000)])
    assert set(groups.tolist()) == {0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("card not received", "card now received"),
        ("reset my password", "reset my passwords"),
        ("is card activated", "is card deactivated"),
        ("我要退款", "我要换货"),
        ("怎么修改登录密码", "怎么修改支付密码"),
        ("ok", "no"),
    ],
)
def test_short_texts_that_differ_in_a_word_are_no_near_duplicates(one, other):
    assert near_groups([one, other]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Card lost", "card LOST!"),
        ("I have still not recieved the new card you sent", "I have still not received the new card you sent"),
        ("tell me why my transfer to the new account failed", "tell me why my transfer to the old account failed"),
        ("我的信用卡还没有寄到请问什么时候可以收到", "我的信用卡还没有寄到，请问什么时候可以收到呢？"),
        ("ＡＢＣ 银行 转账 失败 了 怎么办 请 帮忙", "abc银行转账失败了怎么办，请帮忙"),
    ],
)  # fmt: skip
def test_typos_exchanged_words_and_other_forms_are(one, other):
    assert near_groups([one, other]).tolist() == [0, 0]


def test_a_higher_threshold_joins_less_and_bounds_are_checked():
    one = sentences(1, 8)[0]
    other = one + " and more"
    value = float(similarity([one], [other])[0])
    assert near_groups([one, other], threshold=value - 0.01).tolist() == [0, 0]
    assert near_groups([one, other], threshold=value + 0.01).tolist() == [0, 1]
    for wrong in (0, 1.2):
        with pytest.raises(ValueError, match="threshold"):
            near_groups([one], threshold=wrong)


def test_odd_texts_do_no_harm():
    texts = ["", " \t", "!!!", "!!!", "\ud800 broken half", "\0", "x" * 50_000, "x" * 50_001, "😀😀😀", "a"]
    groups = near_groups(texts)
    assert groups[0] == 0 and groups[1] == 1 and groups[3] == 2
    assert near_groups([]).tolist() == [] and near_groups(["", ""]).tolist() == [0, 1]


# --- across


def test_matches_name_the_nearest_and_of_equals_the_first():
    pool = sentences(50, 9)
    pool[40] = pool[7]
    nearly = pool[7] + " indeed"
    texts = [nearly, pool[3].upper(), sentences(1, 10)[0], "", pool[7]]
    found = near_matches(texts, [*pool, nearly + " so"])
    assert found.nearest.tolist() == [50, 3, -1, -1, 7] and found.count == 3
    assert found.similarity[1] == 1 and found.similarity[2] == 0
    assert found.similarity[0] == pytest.approx(float(similarity([nearly], [nearly + " so"])[0]))


def test_near_duplicates_within_one_side_are_no_matches():
    one, two = sentences(2, 11)
    assert near_matches([one, one + " indeed"], [two, two + " indeed"]).nearest.tolist() == [-1, -1]
    assert near_matches([one], []).nearest.tolist() == [-1] and near_matches([], [one]).count == 0


def test_matches_equal_comparing_all_with_all():
    pool, source = sentences(200, 12), random.Random(13)
    texts = []
    for text in pool[:120]:
        words = text.split()
        for _ in range(source.randrange(4)):
            words[source.randrange(12)] = source.choice(SYLLABLES)
        texts.append(" ".join(words))
    found = near_matches(texts, pool)
    for row, text in enumerate(texts):
        values = similarity([text] * len(pool), pool)
        if values.max() >= NEAR:
            assert found.nearest[row] == values.argmax() and found.similarity[row] == pytest.approx(values.max())
        else:
            assert found.nearest[row] == -1
