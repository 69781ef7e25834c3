"""Tokens, language and answers of several scripts."""

import doctest

import pytest

import kit.text
from kit.text import is_cjk, language, normalise_answer, plain, share_cjk, units


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(kit.text).failed == 0


@pytest.mark.parametrize("char", ["货", "の", "ン", "ｶ", "한", "々", "𠮷"])
def test_letters_of_chinese_japanese_and_korean_are_cjk(char):
    assert is_cjk(char)


@pytest.mark.parametrize("char", ["a", "é", "1", "。", "「", "・", "！", " ", "я", "ไ", "😀"])
def test_punctuation_and_other_scripts_are_not_cjk(char):
    assert not is_cjk(char)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The card's PIN, please!", ["the", "card", "s", "pin", "please"]),
        ("我要退货。", ["我", "要", "退", "货"]),
        ("我的iPhone 15坏了", ["我", "的", "iphone", "15", "坏", "了"]),  # Latin runs stay words
        ("金额１２３．５０元", ["金", "额", "123.50", "元"]),  # full-width digits and point
        ("ＡＢＣ银行", ["abc", "银", "行"]),
        ("v1.2.3 costs $4.50.", ["v1.2.3", "costs", "4.50"]),  # the full stop is not part of the number
        ("snake_case", ["snake", "case"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),  # vowel signs do not break a word
        ("Größe café", ["größe", "café"]),
        ("서울은", ["서", "울", "은"]),
        (" 。！ \n", []),
        ("", []),
    ],
)
def test_units(text, tokens):
    assert units(text) == tokens


def test_decomposed_and_composed_accents_give_the_same_units():
    assert units("cafe\u0301") == units("caf\u00e9")


def test_share_of_cjk_counts_letters_and_digits_only():
    assert share_cjk("我要退货!!!") == 1.0
    assert share_cjk("我要 A1。") == 0.5  # two of four
    assert share_cjk("hello") == share_cjk("。。") == share_cjk("") == 0.0


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["我的订单还没有到"], "zh"),
        (["優の良品 很好吃，我買了很多次"], "zh"),  # one kana of a brand in fourteen characters
        (["注文した商品がまだ届きません"], "ja"),
        (["주문한 상품이 아직 오지 않았어요"], "ko"),
        (["Where is my order?"], "latin"),
        (["Где мой заказ?"], "cyrillic"),
        (["أين طلبي؟"], "arabic"),
        (["สินค้ายังไม่มา"], "thai"),
        (["请问 MacBook Pro Max 怎么退货?"], "zh"),  # three words against six characters
        (["Where is my order?", "I said 你好 to the nice lady in the shop"], "latin"),
        (["123", "!!"], "other"),
        ([], "other"),
    ],
)
def test_language_by_script(texts, expected):
    assert language(texts) == expected


def test_language_reads_a_bounded_sample():
    def endless():
        while True:
            yield "我的订单"

    assert language(endless()) == "zh"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The Eiffel Tower", "eiffel tower."),
        ("“北京大学”。", "北京 大学"),
        ("ＡＢＣ１２３", "abc123"),
        ("是的！", "是的"),
        ("1,000", "1000"),
        ("Don't", "dont"),
        ("  two\twords ", "two words"),
        ("−5", "-5"),  # the typographic minus
    ],
)
def test_answers_that_count_as_equal(left, right):
    assert normalise_answer(left) == normalise_answer(right)


@pytest.mark.parametrize(
    ("left", "right"), [("3.5", "35"), ("-5", "5"), ("A", "B"), ("a", ""), ("theory", "ory"), ("北京", "京北")]
)
def test_answers_that_differ(left, right):
    assert normalise_answer(left) != normalise_answer(right)


def test_a_hyphen_inside_a_word_or_range_is_punctuation():
    assert normalise_answer("covid-19") == "covid19"
    assert normalise_answer("气温-5度") == "气温-5度"


def test_plain_keeps_spaces_between_words_only():
    assert plain("Hello,  WORLD!") == "hello world"
    assert plain("你 好 world") == "你好world"
