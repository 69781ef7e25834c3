"""Changing a venture on a page: saved, tried, undone, refused where somebody saved meanwhile."""

import hashlib

import pytest

from kit import store
from kit.ventures import open_ventures
from pages.test_pages import texts
from pages.test_stored import ANNA, shop  # noqa: F401

PRICE = "pricing.price"


def price_of(venture="shop", scenario=None):
    held = store.load(open_ventures(), venture, scenario)
    return held.documents["pricing"]["price"]


def open_price(app):
    """The sheet of the price, from the line of inputs on the brief."""
    return app.button(key=f"brief_{PRICE}").click().run()


def test_a_saved_price_is_a_revision_that_says_what_it_changed_and_can_be_undone(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop))
    margin = app.metric[1].value
    app.number_input(key=f"edit_value_{PRICE}").set_value(0.4)
    app.selectbox(key=f"edit_kind_{PRICE}").set_value("price")
    app.text_input(key=f"edit_ref_{PRICE}").set_value("offer of May")
    app.text_input(key=f"edit_why_{PRICE}").set_value("asked for less").run()
    app.button(key="edit_save").click().run()
    assert not app.exception
    found = price_of()
    assert (found["value"], found["source"]) == (0.4, {"kind": "price", "ref": "offer of May"})
    newest = store.history(open_ventures(), "shop")[0]
    assert (newest.number, newest.message) == (3, "asked for less")
    assert app.metric[1].value != margin
    assert "Saved as version 3" in texts(app) and f"{margin} → {app.metric[1].value}" in texts(app)
    app.button(key="undo_change").click().run()
    assert price_of()["value"] == 0.5 and app.metric[1].value == margin


def test_a_change_under_a_scenario_is_its_override_and_leaves_the_base(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop, scenario="cheap"))
    app.number_input(key=f"edit_value_{PRICE}").set_value(0.05).run()
    app.button(key="edit_save").click().run()
    assert not app.exception
    assert price_of()["value"] == 0.5 and price_of(scenario="cheap")["value"] == 0.05


def test_a_factor_is_tried_in_the_session_alone(opened, shop, tmp_path):  # noqa: F811
    def content():
        db = open_ventures()
        return hashlib.sha256(store.export_text(db, "shop").encode()).hexdigest()

    before, app = content(), open_price(opened("brief", shop))
    margin = app.metric[1].value
    app.button(key=f"factor_0.7_{PRICE}").click().run()
    assert not app.exception
    assert "Tried, not saved" in texts(app) and "Tried in this session only (1)" in texts(app)
    assert app.metric[1].value != margin and content() == before
    assert opened("brief", shop).metric[1].value == margin  # another session
    app.button(key="tried_keep").click().run()
    assert price_of()["value"] == pytest.approx(0.35) and "in this session only" not in texts(app)


def test_a_playbook_is_tried_and_reset(opened, runs_folders):
    app = open_price(opened("brief", runs_folders["finished"]))
    margin = app.metric[1].value
    assert not [one for one in app.button if one.key == "edit_save"]
    app.segmented_control(key=f"edit_as_{PRICE}").set_value("range").run()
    app.number_input(key=f"edit_low_{PRICE}").set_value(0.1)
    app.number_input(key=f"edit_high_{PRICE}").set_value(0.2).run()
    app.button(key="edit_try").click().run()
    assert not app.exception and app.metric[1].value != margin
    app.button(key="tried_reset").click().run()
    assert app.metric[1].value == margin


def test_a_stale_save_shows_both_versions_and_writes_nothing(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop))

    def theirs(state):
        return store.State({**state.documents, "stage": "paying"}, state.scenarios, state.runs)

    store.update_state(open_ventures(), ANNA, "shop", theirs)
    app.number_input(key=f"edit_value_{PRICE}").set_value(0.4)
    app.button(key="edit_save").click().run()
    assert not app.exception
    assert price_of()["value"] == 0.5 and "anna saved version 3" in texts(app)
    both = next(one.value for one in app.dataframe if "Theirs, saved" in one.value.columns).set_index("Field")
    assert both.loc["stage", "Theirs, saved"] == '"paying"'
    assert both.loc["pricing.price.value", "Yours, not saved"] == "0.4"
    app.button(key="clash_keep_mine").click().run()
    held = store.load(open_ventures(), "shop")
    assert held.documents["stage"] == "paying" and held.documents["pricing"]["price"]["value"] == 0.4
    assert held.number == 4 and "anna saved" not in texts(app)


def test_an_undo_never_takes_back_what_somebody_else_saved(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop))
    app.number_input(key=f"edit_value_{PRICE}").set_value(0.4)
    app.button(key="edit_save").click().run()
    store.update_state(open_ventures(), ANNA, "shop", lambda state: store.State(
        {**state.documents, "stage": "paying"}, state.scenarios, state.runs))
    app.button(key="undo_change").click().run()
    assert "has moved on" in texts(app)
    assert store.load(open_ventures(), "shop").documents["pricing"]["price"]["value"] == 0.4


def test_a_number_outside_its_bounds_is_one_message_and_nothing_is_written(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop))
    app.segmented_control(key=f"edit_as_{PRICE}").set_value("range").run()
    app.number_input(key=f"edit_low_{PRICE}").set_value(0.6)
    app.number_input(key=f"edit_high_{PRICE}").set_value(0.2).run()
    app.button(key="edit_save").click().run()
    assert not app.exception and app.error
    assert len(store.history(open_ventures(), "shop")) == 2


def test_a_source_that_is_no_guess_needs_a_reference(opened, shop):  # noqa: F811
    app = open_price(opened("brief", shop))
    app.selectbox(key=f"edit_kind_{PRICE}").set_value("survey")
    app.text_input(key=f"edit_ref_{PRICE}").set_value("").run()
    assert "without a reference" in texts(app) and not [one for one in app.button if one.key == "edit_save"]
