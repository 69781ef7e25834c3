"""Ventures of the store on the pages: scenarios, linked runs, decisions, and what moved between two revisions."""

import datetime as dt
from dataclasses import replace

import pytest
from synthetic_runs import WEAK, write_run

from kit import runs, store
from kit.paths import shipped
from kit.strategy.worksheet import by_key, worksheets
from kit.venture_runs import linked, sheet_prices
from kit.ventures import documents_from_file, open_ventures, venture_under
from pages.conftest import write_folder
from pages.test_pages import texts

ANNA = store.Actor("anna", store.Role.OWNER)
PLAYBOOK = shipped("playbooks") / "support-routing" / "playbook.yaml"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A stored venture that stands on a run, with a scenario; begun ten days ago, its price raised today."""
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "moatkit.db"))
    folder = write_folder("finished", tmp_path / "runs")
    db, then = open_ventures(create=True), (dt.datetime.now(dt.UTC) - dt.timedelta(days=10)).isoformat()
    with monkeypatch.context() as past:
        past.setattr("kit.store.revisions.now", lambda: then)
        documents = documents_from_file(PLAYBOOK, named="shop") | {"title": "Our shop"}
        documents.pop("runs", None)
        state = store.State(documents, runs=store.with_link(store.RunLinks(), "live", store.link_to(
            folder / "good", ANNA)))  # fmt: skip
        store.create(db, ANNA, documents, state=state)

    def dearer(state):
        price = {**state.documents["pricing"]["price"], "source": {"kind": "price", "ref": "our list"}}
        price = {name: value for name, value in price.items() if name not in ("low", "high")} | {"value": 0.5}
        pricing = {**state.documents["pricing"], "price": price}
        raised = replace(state, documents={**state.documents, "pricing": pricing})
        return store.with_overrides(raised, "cheap", {"pricing.price": {**price, "value": 0.1}})

    store.update_state(db, ANNA, "shop", dearer, message="dearer")
    return folder


def test_a_stored_venture_comes_first_and_stands_on_its_linked_run(opened, shop):
    write_run(shop / "newest", WEAK)
    app = opened("brief", shop)
    assert not app.exception
    assert (app.session_state["frame"].venture, app.session_state["frame"].run.name) == ("shop", "good")
    held = store.load(open_ventures(), "shop")
    rows = by_key(worksheets(venture_under(held), linked("shop", held.state.runs), sheet_prices(), level=0.90)[0])
    assert app.metric[1].value == f"{100 * rows['gross_margin'].value:.1f} %"


def test_a_scenario_changes_the_figures_and_is_named_with_what_it_changes(opened, shop):
    base, cheap = (opened("brief", shop, scenario=name) for name in ("base", "cheap"))
    assert not cheap.exception and cheap.session_state["frame"].scenario == "cheap"
    assert base.metric[1].value != cheap.metric[1].value
    changed = next(one.value for one in cheap.dataframe if "Field" in one.value.columns)
    assert changed["Field"].tolist() == ["pricing.price.value"] and changed["cheap"].tolist() == ["0.1"]
    cheap.button(key="back_to_base").click().run()
    assert cheap.session_state["frame"].scenario == "base"
    assert cheap.metric[1].value == base.metric[1].value


@pytest.mark.parametrize("view", ["runs", "proof", "rows", "new_run", "labelling"])
def test_every_other_page_opens_on_a_stored_venture(opened, shop, view):
    assert not opened(view, shop, scenario="cheap", lang="zh").exception


def test_the_review_tells_what_moved_since_last_week_and_why(opened, shop):
    app = opened("review", shop)
    assert not app.exception
    assert "Since revision 1 by anna" in texts(app) and "most of all by: Price" in texts(app)
    moved = next(one.value for one in app.dataframe if "Decides" in one.value.columns)
    assert moved["Field"].tolist() == ["pricing.price"] and moved["After"][0].startswith("0.5")


def test_nothing_moved_is_said(opened, shop):
    db = open_ventures()
    store.delete(db, ANNA, "shop")
    store.create(db, ANNA, documents_from_file(PLAYBOOK, named="new-shop"))
    app = opened("review", shop, venture="new-shop")
    assert not app.exception and app.session_state["frame"].venture == "new-shop"  # of the same title as a playbook
    assert "Nothing changed since revision 1" in texts(app)


def test_decisions_of_a_stored_venture_are_the_stores(opened, shop):
    store.decide(open_ventures(), ANNA, "shop", "Ask for 200 rows", owner="ben", due="2026-12-31")
    app = opened("review", shop)
    app.text_input(key="decision_what").set_value("Raise the price")
    app.text_input(key="decision_owner").set_value("cara")
    app.button(key="decision_save").click().run()
    assert not app.exception
    kept = store.decisions(open_ventures(), "shop")
    assert [(one.text, one.owner, one.status) for one in kept] == [
        ("Ask for 200 rows", "ben", "open"), ("Raise the price", "cara", "open")]
    app.selectbox(key="decision_close").set_value(1).run()
    app.button(key="decision_done").click().run()
    assert store.decisions(open_ventures(), "shop")[0].status == "done"
    assert not (shop / ".decisions.json").exists()


def test_a_linked_run_that_changed_is_told_with_the_remedy(opened, shop):
    summary = runs.read(shop / "good")
    runs.write_summary(shop / "good", summary.model_copy(update={"tags": ["mended"]}))
    app = opened("brief", shop, run="good")
    assert not app.exception
    assert "has changed since it was linked" in texts(app) and "link it again" in texts(app)


def test_a_store_that_cannot_be_read_leaves_files_and_playbooks(opened, tmp_path, monkeypatch):
    (tmp_path / "broken.db").write_text("no database at all, but a text of some length" * 40)
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "broken.db"))
    app = opened("brief", write_folder("finished", tmp_path / "runs"))
    assert not app.exception and len(app.metric) == 4
    assert any("Stored ventures cannot be read" in one.value for one in app.warning)


def test_a_broken_venture_file_is_told_and_another_can_be_chosen(opened, tmp_path):
    folder = write_folder("finished", tmp_path / "runs")
    (tmp_path / "ventures").mkdir()
    (tmp_path / "ventures" / "mine.yaml").write_text("id: mine\n")
    app = opened("brief", folder)
    assert not app.exception and "mine" in texts(app)
    app.selectbox(key="pick_venture").set_value("support-routing").run()
    assert not app.exception and len(app.metric) == 4
