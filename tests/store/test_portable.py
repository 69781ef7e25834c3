"""Ventures as YAML: nothing is lost on the way out and back, and a fault is named with its line."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import store
from kit.errors import StoreError
from kit.store.yaml_text import dump_yaml, parse_value, parse_yaml
from kit.ventures import check

SHOP = "support-routing"
ANA = store.Actor("ana", store.Role.OWNER)
TRAPS = ["", "no", "on", "1e5",
         "2026-11-09", "0x10", "1_000", "12:30", "<<", "=", "~", "null", "- a", "# x", "a: b", ".5",
         "a\nb\n", "a\n\n", " a\nb", "\x85", "\u2028x\ny", "毛利率\n41 %\n", "a\tb\nc", "x\n\ny", "\ufeff", "'", '"']
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.sampled_from(TRAPS)
ODD_NUMBERS = [0.1, 1e-7, 1e22, -0.0, 5e-324]
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(ODD_NUMBERS)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8)
NUMBERED = itertools.count()


def equal(one, other):
    """Equal with the types and the order of keys, which == does not look at."""
    return repr(one) == repr(other)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXT, VALUE, min_size=1))
def test_any_value_survives_yaml(value):
    text = dump_yaml(value)
    found, _ = parse_yaml(text, "x")
    assert equal(found, value) and dump_yaml(found) == text


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    opened = [store.open_store(lambda documents, name: None, f"sqlite:///{folder / name}") for name in ("a", "b")]
    yield opened
    for one in opened:
        one.close()


SAID = TEXT.filter(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents=st.dictionaries(TEXT, VALUE, max_size=4), overrides=VALUE, note=TEXT, says=st.lists(SAID, max_size=3),
       decided=st.lists(SAID, max_size=2), due=st.none() | st.dates(), reason=SAID)
def test_export_import_and_export_give_the_same_bytes(pair, documents, overrides, note, says, decided, due, reason):
    first, second = pair
    name = f"v{next(NUMBERED)}"
    store.create(first, ANA, {**documents, "id": name, "place": {"field": 1}})
    state = store.with_overrides(store.load(first, name).state, "low", {"place.field": overrides}, note=note)
    store.save(first, ANA, name, store.with_overrides(state, "lower", {}, over="low"), base=1)
    for text in says:
        store.comment(first, ANA, name, text, place="place.field")
    for text in decided:
        store.decide(first, ANA, name, text, due=due and due.isoformat())
    if decided:
        store.change_decision(first, ANA, name, 1, status="dropped", reason=reason)
    if says:
        store.resolve(first, ANA, name, 1)
    text = store.export_text(first, name)
    store.import_venture(second, store.Actor("bo", store.Role.OWNER), store.read_text(second.check, text, "x.yaml"))
    assert store.export_text(second, name) == text
    assert equal(store.load(second, name, "lower").documents, store.load(first, name, "lower").documents)


def test_a_worked_venture_goes_from_one_database_kind_to_the_other(db, tmp_path):
    store.comment(db, ANA, SHOP, "says who?", place="pricing.price")
    text = store.export_text(db, SHOP)
    other = store.open_store(check, f"sqlite:///{tmp_path / 'other.db'}")
    store.import_venture(other, ANA, store.read_text(check, text, "x.yaml"))
    assert store.export_text(other, SHOP) == text
    other.close()


def test_an_import_over_a_known_venture_is_its_next_revision_and_adds_what_is_new(db):
    store.comment(db, ANA, SHOP, "first")
    text = store.export_text(db, SHOP)
    found = store.read_text(check, text.replace("value: 0.25", "value: 0.3"), "x.yaml")
    with pytest.raises(StoreError, match="in the store already: --replace"):
        store.import_venture(db, ANA, found)
    store.comment(db, ANA, SHOP, "second")
    assert store.import_venture(db, ANA, found, replace_known=True).number == 2
    assert [one.text for one in store.comments(db, SHOP)] == ["first", "second"]
    assert [str(one) for one in store.diff(db, SHOP, 1)] == ["pricing.price.value: 0.25 -> 0.3"]
    other = text.replace("text: first", "text: elsewhere")  # number 1 is taken here
    store.import_venture(db, ANA, store.read_text(check, other, "x.yaml"), replace_known=True)
    numbered = [(one.number, one.text) for one in store.comments(db, SHOP)]
    assert numbered == [(1, "first"), (2, "second"), (3, "elsewhere")]


@pytest.mark.parametrize(("old", "new", "said"), [
    ("currency: USD\n", "currency: USD]: [\n", "is not valid YAML"),
    ("churn_per_month:", "churn_per_mont:", "customers.churn_per_mont is not a field; did you mean"),
    ("value: 0.25", "value: cheap", "pricing.price.value is 'cheap'"),
    ("text: says who?", "txet: says who?", "comments.0.txet is not a field; did you mean comments.0.text"),
    ("stage: pilot", "title: twice", "title stands twice"),
    ("scenarios:", "scenarois:", "scenarois is not a field; did you mean scenarios"),
    ("role: owner\n  by", "role: boss\n  by", "members.0.role is 'boss': use one of viewer, editor, owner"),
    ("value: 0.25", "value: .inf", "venture.pricing.price.value is .inf"),
    ("format: moatkit venture 1", "format: moatkit venture 9", "format is 'moatkit venture 9'"),
])  # fmt: skip
def test_a_broken_file_is_refused_with_the_line(tmp_path, documents, old, new, said):
    db = store.open_store(check, f"sqlite:///{tmp_path / 'store.db'}")
    store.create(db, ANA, documents)
    store.comment(db, ANA, SHOP, "says who?")
    text = store.export_text(db, SHOP)
    db.close()
    before, found, after = text.partition(old)
    assert found
    with pytest.raises(StoreError) as refused:
        store.read_text(check, before + new + after, "x.yaml")
    sentence = next(line for line in str(refused.value).splitlines() if said in line)
    assert sentence.startswith(f"x.yaml: line {before.count(chr(10)) + 1}: "), sentence


def test_yaml_reads_words_as_words_and_numbers_as_numbers():
    found, lines = parse_yaml("a: no\nb: 12:30\nc: 1e-4\nd: 2026-11-09\n404: x\ne: [1, {f: 2}]\n", "x")
    assert found == {"a": "no", "b": "12:30", "c": 1e-4, "d": "2026-11-09", "404": "x", "e": [1, {"f": 2}]}
    assert lines["d"] == 4 and lines["e.1.f"] == 6
    assert dt.date.fromisoformat(found["d"]) == dt.date(2026, 11, 9)
    assert parse_value("{low: 1, high: 2}") == {"low": 1, "high": 2}


@pytest.mark.parametrize(("text", "said"), [
    ("- a", "a mapping of documents is due"), ("", "a mapping of documents is due"), ("a: &x [*x]", "nested deeper"),
    ("a: !!python/object:os.system x", "is not known here"), ("a: 1\n---\nb: 2", "line 2: is not valid YAML"),
    ("? [1]\n: 2", "the name of a field must be plain text"), ("a: \x01", "does not allow"),
    ("a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{n}: &{n} [{','.join([f'*{m}'] * 9)}]\n" for m, n in
                                            itertools.pairwise("abcdefgh")), "holds more than 200,000 values"),
])  # fmt: skip
def test_what_is_no_venture_file_is_refused(text, said):
    with pytest.raises(StoreError, match=said):
        parse_yaml(text, "x.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.yaml").write_bytes("title: caf\xe9".encode("latin-1"))
    for name, said in (("none.yaml", "cannot be read"), ("latin.yaml", "is not UTF-8")):
        with pytest.raises(StoreError, match=f"{name}: {said}"):
            store.read_file(check, tmp_path / name)
