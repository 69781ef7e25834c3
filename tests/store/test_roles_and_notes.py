"""Who may write what; comments and decisions."""

from dataclasses import replace

import pytest

from kit import store
from kit.errors import StoreError
from kit.store.places import with_value

SHOP = "support-routing"
EDITOR, VIEWER = store.Actor("bo", store.Role.EDITOR), store.Actor("cy", store.Role.VIEWER)


def save(db, actor, path, value, message=""):
    found = store.load(db, SHOP)
    return store.save(db, actor, SHOP, replace(found.state, documents=with_value(found.documents, path, value)),
                      base=found.number, message=message)


def test_a_viewer_writes_nothing(db, ana, documents):
    for write in (
        lambda: save(db, VIEWER, "title", "x"), lambda: store.comment(db, VIEWER, SHOP, "x"),
        lambda: store.decide(db, VIEWER, SHOP, "x"), lambda: store.undo(db, VIEWER, SHOP, to=1),
        lambda: store.create(db, VIEWER, {**documents, "id": "other"}), lambda: store.delete(db, VIEWER, SHOP),
        lambda: store.set_member(db, VIEWER, SHOP, "cy", store.Role.OWNER),
    ):
        with pytest.raises(StoreError, match="cy is viewer"):
            write() if store.history(db, SHOP)[0].number > 1 else (save(db, ana, "title", "y"), write())
    assert store.comments(db, SHOP) == [] and store.decisions(db, SHOP) == []


def test_only_an_owner_deletes_and_changes_roles(db):
    for write in (lambda: store.delete(db, EDITOR, SHOP),
                  lambda: store.set_member(db, EDITOR, SHOP, "bo", store.Role.OWNER)):
        with pytest.raises(StoreError, match="takes an owner; ask ana"):
            write()
    assert [one.name for one in store.members(db, SHOP)] == ["ana"]


def test_a_target_is_moved_by_an_owner_who_says_why(db, ana):
    with pytest.raises(StoreError, match=r"capital.target_margin is a target: bo is editor"):
        save(db, EDITOR, "capital.target_margin.value", 0.5, "easier")
    with pytest.raises(StoreError, match="say why it changes"):
        save(db, ana, "capital.target_margin.value", 0.5)
    state = store.load(db, SHOP).state
    with pytest.raises(StoreError, match="target"):  # nor through a scenario
        store.save(db, EDITOR, SHOP, store.with_overrides(state, "easy", {"capital.target_margin.value": 0.5}), base=1)
    save(db, ana, "capital.target_margin.value", 0.5, "the board of 3 May")
    with pytest.raises(StoreError, match="target"):  # nor by taking an owner's change back
        store.undo(db, EDITOR, SHOP)


def test_a_recorded_role_lowers_what_somebody_claims(db, ana):
    store.set_member(db, ana, SHOP, "bo", store.Role.VIEWER)
    with pytest.raises(StoreError, match="bo is viewer of support-routing"):
        save(db, store.Actor("bo", store.Role.OWNER), "title", "x")
    store.set_member(db, ana, SHOP, "bo", store.Role.EDITOR)
    assert save(db, store.Actor("bo", store.Role.OWNER), "title", "x").role == "editor"
    with pytest.raises(StoreError, match="last owner"):
        store.set_member(db, ana, SHOP, "ana", None)
    store.set_member(db, ana, SHOP, "bo", None)
    assert [one.name for one in store.members(db, SHOP)] == ["ana"]


def test_comments_stand_on_places_and_are_resolved_once(db, ana):
    first = store.comment(db, EDITOR, SHOP, "who said so?\n谁说的？", place="pricing.price")
    store.comment(db, ana, SHOP, "read me")
    assert (first.number, first.author, first.role, first.resolved_at) == (1, "bo", "editor", None)
    assert [one.number for one in store.comments(db, SHOP, place="pricing")] == [1]
    closed = store.resolve(db, ana, SHOP, 1)
    assert closed.resolved_by == "ana" and closed.text == first.text
    assert [one.number for one in store.comments(db, SHOP, is_open=True)] == [2]
    with pytest.raises(StoreError, match="was resolved by ana"):
        store.resolve(db, ana, SHOP, 1)
    with pytest.raises(StoreError, match="empty"):
        store.comment(db, ana, SHOP, "  ")


def test_a_decision_keeps_its_older_versions(db, ana):
    made = store.decide(db, ana, SHOP, "raise the price", owner="bo", due="2026-12-24", reason="margin")
    changed = store.change_decision(db, EDITOR, SHOP, made.number, due="2027-01-31")
    store.change_decision(db, ana, SHOP, made.number, status="dropped", reason="two pilots left")
    assert (changed.owner, changed.due, changed.status, changed.reason) == ("bo", "2027-01-31", "open", "margin")
    versions = store.versions_of(db, SHOP, 1)
    assert [(one.due, one.status, one.author) for one in versions] == [
        ("2026-12-24", "open", "ana"), ("2027-01-31", "open", "bo"), ("2027-01-31", "dropped", "ana")]
    assert store.decisions(db, SHOP, status="open") == [] and len(store.decisions(db, SHOP)) == 1


def test_bad_decisions_are_refused(db, ana):
    store.decide(db, ana, SHOP, "go")
    for write, said in (
        (lambda: store.decide(db, ana, SHOP, "go", due="24.12."), "write an ISO date"),
        (lambda: store.decide(db, ana, SHOP, ""), "decision is empty"),
        (lambda: store.change_decision(db, ana, SHOP, 1, status="finished"), "open, done, dropped"),
        (lambda: store.change_decision(db, ana, SHOP, 1, status="dropped"), "without a reason"),
        (lambda: store.Role.named("admin"), "viewer, editor, owner"),
        (lambda: store.Actor(" ", store.Role.OWNER), "name of who writes is empty"),
    ):
        with pytest.raises(StoreError, match=said):
            write()
