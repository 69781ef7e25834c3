"""Saving, loading and undoing ventures, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from kit import store
from kit.errors import KitError, StoreError
from kit.store.places import with_value

SHOP = "support-routing"
BO = store.Actor("bo", store.Role.EDITOR)


def with_field(state, path, value):
    return replace(state, documents=with_value(state.documents, path, value))


def change(db, actor, path, value, *, base=None, message=""):
    found = store.load(db, SHOP, number=base)
    return store.save(db, actor, SHOP, with_field(found.state, path, value), base=found.number, message=message)


def test_a_venture_comes_back_as_it_was_saved(db, documents):
    found = store.load(db, SHOP)
    assert found.documents == documents and list(found.documents) == list(documents) and found.number == 1
    listed = store.list_ventures(db)
    assert [(one.venture, one.stage, one.currency, one.saved_by) for one in listed] == [(SHOP, "pilot", "USD", "ana")]


def test_every_save_is_a_revision_with_author_role_time_and_reason(db, ana):
    change(db, ana, "pricing.price.value", 0.3, message="asked five shops")
    change(db, BO, "title", "Routing — 路由")
    newest, middle, first = store.history(db, SHOP)
    assert (newest.number, newest.parent, newest.author, newest.role) == (3, 2, "bo", "editor")
    assert (middle.message, first.parent) == ("asked five shops", None)
    assert newest.at.endswith("+00:00") and newest.at >= first.at
    assert store.load(db, SHOP, number=1).documents["pricing"]["price"]["value"] == 0.25
    assert [one.number for one in store.history(db, SHOP, limit=2)] == [3, 2]


def test_a_stale_save_is_refused_with_both_versions_field_by_field(db, ana):
    change(db, ana, "pricing.price.value", 0.3)
    with pytest.raises(store.StaleSave) as refused:
        mine = with_field(store.load(db, SHOP, number=1).state, "pricing.price.value", 0.2)
        store.save(db, BO, SHOP, with_field(mine, "title", "Other"), base=1)
    assert [str(one) for one in refused.value.theirs] == ["pricing.price.value: 0.25 -> 0.3"]
    assert {one.path for one in refused.value.mine} == {"pricing.price.value", "title"}
    assert (refused.value.base.number, refused.value.newest.number, refused.value.newest.author) == (1, 2, "ana")
    assert "both changed: pricing.price.value" in str(refused.value) and refused.value.exit_code == 1
    assert store.load(db, SHOP).number == 2 and store.load(db, SHOP).documents["title"] != "Other"


def test_a_save_that_changes_nothing_writes_nothing(db, ana):
    found = store.load(db, SHOP)
    assert store.save(db, ana, SHOP, found.state, base=1).number == 1
    assert len(store.history(db, SHOP)) == 1


def test_one_and_one_point_nought_and_true_are_three_values(db, ana):
    change(db, ana, "customers.accounts.value", 3.0)
    assert [str(one) for one in store.diff(db, SHOP, 1)] == ["customers.accounts.value: 3 -> 3.0"]
    assert repr(store.load(db, SHOP).documents["customers"]["accounts"]["value"]) == "3.0"


def test_diff_names_what_came_and_went(db, ana):
    state = store.load(db, SHOP).state
    shorter = {key: value for key, value in state.documents.items() if key != "tripwires"}
    fit = {name: {"value": 4, "source": {"kind": "survey"}} for name in ("very_disappointed", "valid_answers")}
    store.save(db, ana, SHOP, replace(state, documents={**shorter, "fit": fit}), base=1)
    found = {one.path: one for one in store.diff(db, SHOP, 1, 2)}
    assert found["fit.valid_answers.value"].as_json() == {"path": "fit.valid_answers.value", "after": 4}
    assert found["tripwires"].after is store.ABSENT
    assert not store.diff(db, SHOP, 2, 2)


def test_undo_is_a_new_revision_and_goes_further_back_when_repeated(db, ana):
    for price in (0.3, 0.35):
        change(db, ana, "pricing.price.value", price)
    prices = []
    for _ in range(2):
        store.undo(db, ana, SHOP)
        prices.append(store.load(db, SHOP).documents["pricing"]["price"]["value"])
    assert prices == [0.3, 0.25] and [one.restores for one in store.history(db, SHOP)] == [1, 2, None, None, None]
    with pytest.raises(StoreError, match="nothing to undo"):
        store.undo(db, ana, SHOP)
    store.undo(db, ana, SHOP, to=3)
    assert store.load(db, SHOP).documents["pricing"]["price"]["value"] == 0.35


def test_who_gave_a_field_its_values(db, ana):
    change(db, BO, "pricing.price.value", 0.3)
    change(db, ana, "title", "Other")
    found = [(revision.number, revision.author, value) for revision, value in
             store.blame(db, SHOP, "pricing.price.value")]
    assert found == [(2, "bo", 0.3), (1, "ana", 0.25)]


def test_bad_documents_are_refused_before_anything_is_written(db, ana):
    for path, value, said in (
        ("pricing.price.currency", "GBP", "give it in USD, or add exchange_rates.GBP"),
        ("customers.churn_per_month.hgih", 0.1, "did you mean"),
        ("capital.pool_share.value", float("nan"), "capital.pool_share.value is nan"),
        ("title", "a\x00b", "null character"),
        ("id", "another", "a venture keeps its name"),
    ):
        with pytest.raises(KitError, match=said):
            change(db, ana, path, value)
    assert len(store.history(db, SHOP)) == 1


def test_unknown_things_are_named_with_what_is_near(db):
    for ask, said in (
        (lambda: store.load(db, "support-routin"), "did you mean support-routing"),
        (lambda: store.load(db, SHOP, number=7), "support-routing has 1 to 1"),
        (lambda: store.load(db, SHOP, "cheap"), "scenario is 'cheap': there is none"),
        (lambda: store.comment(db, BO, SHOP, "?", place="pricng.price"), "did you mean pricing"),
        (lambda: store.comment(db, BO, SHOP, "?", place="pricing.prices"), "did you mean pricing.price"),
        (lambda: store.comment(db, BO, SHOP, "?", place="pricing.zzz"), "there is metric, price"),
        (lambda: store.resolve(db, BO, SHOP, 4), "none of that number"),
        (lambda: store.change_decision(db, BO, SHOP, 4), "none of that number"),
    ):
        with pytest.raises(StoreError, match=said):
            ask()


def test_a_deleted_venture_is_out_of_sight_and_comes_back_whole(db, ana, documents):
    store.comment(db, ana, SHOP, "keep me")
    store.delete(db, ana, SHOP)
    assert store.list_ventures(db) == []
    with pytest.raises(StoreError, match="was deleted by ana"):
        store.load(db, SHOP)
    with pytest.raises(StoreError, match="bring it back by moatkit venture restore"):
        store.create(db, ana, documents)
    store.restore(db, ana, SHOP)
    assert store.load(db, SHOP).documents == documents and store.comments(db, SHOP)[0].text == "keep me"


def test_a_name_is_taken_once(db, ana, documents):
    with pytest.raises(StoreError, match="exists already"):
        store.create(db, ana, documents)
    with pytest.raises(StoreError, match="name a venture with up to 64"):
        store.create(db, ana, {**documents, "id": "a/b"})


def test_a_revision_whose_bytes_changed_is_refused(db):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE revisions SET state = replace(state, '0.25', '0.99')"))
    with pytest.raises(StoreError, match="revision 1 of support-routing is damaged"):
        store.load(db, SHOP)
