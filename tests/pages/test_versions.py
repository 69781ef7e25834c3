"""The page of versions: columns equal their worksheets, history, differences, comments, decisions, who may write."""

from dataclasses import replace

import pytest

from dashboards import people, versions
from dashboards.figures import shown
from kit import store
from kit.strategy.worksheet import by_key, worksheets
from kit.venture_runs import linked, sheet_prices
from kit.ventures import open_ventures, venture_under
from pages.conftest import HOSTILE
from pages.test_pages import texts
from pages.test_stored import ANNA, shop  # noqa: F401

PRICE = "pricing.price"


def table(app, column):
    return next(one.value for one in app.dataframe if column in one.value.columns)


def rows_of(scenario=None):
    held = store.load(open_ventures(), "shop", scenario)
    return by_key(worksheets(venture_under(held), linked("shop", held.state.runs), sheet_prices(), level=0.90)[0])


def scenarios():
    return store.load(open_ventures(), "shop").state.scenarios


def words_of(row):
    return shown(row.value, row.unit) if row.value is not None else row.state


def lay_another(name="deep", over="cheap"):
    few = {"value": 1, "source": {"kind": "guess", "ref": "x"}}
    store.update_state(open_ventures(), ANNA, "shop", lambda state: store.with_overrides(
        state, name, {"customers.accounts": few}, over=over, note="**few** accounts"))


# ---- scenarios


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_column_is_the_worksheets_of_its_scenario(opened, shop, language):  # noqa: F811
    lay_another()
    app = opened("versions", shop, lang=language)
    assert not app.exception
    found = table(app, "deep").set_index(table(app, "deep").columns[0])
    base = {"en": "Base scenario", "zh": "基准情景"}[language]
    assert list(found.columns) == [base, "cheap", "deep"]
    if language == "zh":
        return
    labels = {rows_of()[key].label: key for key in versions.RESULTS}
    for label in found.index:
        for column, name in ((base, None), ("cheap", "cheap"), ("deep", "deep")):
            assert found.loc[label, column].startswith(words_of(rows_of(name)[labels[label]])), (label, column)
    gap = rows_of("cheap")["gross_margin"].value - rows_of()["gross_margin"].value
    assert found.loc["Gross margin", "cheap"].endswith(f"({100 * gap:+.1f} points)")


def test_the_chart_has_one_row_per_scenario_with_its_interval(opened, shop):  # noqa: F811
    import json

    app = opened("versions", shop)
    bars, points = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert points["y"] == ["Base scenario", "cheap"]
    margins = [rows_of(name)["gross_margin"] for name in (None, "cheap")]
    assert points["x"] == pytest.approx([row.value for row in margins])
    assert bars["base"] == pytest.approx([row.low for row in margins])
    app.selectbox(key="scenario_result").set_value("payback_months").run()
    assert not app.exception


def test_what_a_scenario_sets_is_marked_and_what_it_inherits_is_not(opened, shop):  # noqa: F811
    lay_another()
    inputs = next(one.value for one in opened("versions", shop).dataframe if "Field" in one.value.columns
                  and "deep" in one.value.columns).set_index("Field")
    assert inputs.loc["Price"].tolist() == ["$0.50", "◆ $0.10", "$0.10"]
    assert inputs.loc["Paying accounts"].tolist() == ["3", "3", "◆ 1"]


def test_an_override_a_scenario_and_all_of_it_are_reset_and_deleted(opened, shop):  # noqa: F811
    lay_another()
    app = opened("versions", shop, scenario="deep")
    app.button(key="reset_deep_customers.accounts").click().run()
    assert not app.exception and scenarios()["deep"].overrides == {}
    app.button(key="delete_cheap").click().run()
    assert "carries deep" in texts(app) and "cheap" in scenarios()
    app.button(key="reset_cheap").click().run()
    assert scenarios()["cheap"].overrides == {}
    app.button(key="delete_deep").click().run()
    assert not app.exception and list(scenarios()) == ["cheap"]
    assert app.session_state["frame"].scenario == "base"
    assert store.history(open_ventures(), "shop")[0].message == "deep: deleted"


def test_a_scenario_is_laid_over_another_and_never_over_itself(opened, shop):  # noqa: F811
    lay_another(over=None)
    app = opened("versions", shop)
    app.selectbox(key="over_deep").set_value("cheap").run()
    assert not app.exception and scenarios()["deep"].over == "cheap"
    app.selectbox(key="over_cheap").set_value("deep").run()
    assert not app.exception and "stands on itself" in texts(app) and scenarios()["cheap"].over is None
    app.selectbox(key="over_deep").set_value("base").run()
    assert scenarios()["deep"].over is None


def test_what_is_tried_has_its_column_and_becomes_a_scenario(opened, shop):  # noqa: F811
    app = opened("brief", shop)
    app.button(key=f"brief_{PRICE}").click().run()
    app.button(key=f"factor_0.7_{PRICE}").click().run()
    app.switch_page("views/versions.py").run()
    title = "Tried, over Base scenario"
    column = table(app, title).set_index("Result")[title]
    assert "points)" in column["Gross margin"]
    app.text_input(key="scenario_new_name").set_value("less")
    app.text_input(key="scenario_new_note").set_value("would they buy?")
    app.button(key="scenario_new_save").click().run()
    assert not app.exception
    made = scenarios()["less"]
    assert made.overrides[PRICE]["value"] == pytest.approx(0.35) and made.note == "would they buy?"
    assert app.session_state["frame"].scenario == "less" and not app.session_state["tried"]
    assert column["Gross margin"].startswith(words_of(rows_of("less")["gross_margin"]))


@pytest.mark.parametrize("name", ["cheap", "base", "Base scenario", HOSTILE, "a b"])
def test_a_scenario_name_that_is_taken_or_no_name_is_refused(opened, shop, name):  # noqa: F811
    app = opened("versions", shop)
    app.text_input(key="scenario_new_name").set_value(name)
    app.button(key="scenario_new_save").click().run()
    assert not app.exception and app.error
    assert list(scenarios()) == ["cheap"]


# ---- history


def test_two_versions_differ_in_the_fields_that_were_changed_by_their_names(opened, shop):  # noqa: F811
    app = opened("versions", shop)
    history = table(app, "Brings back")
    assert history["Version"].tolist() == [2, 1] and history["Why"].tolist() == ["dearer", "created"]
    found = table(app, "Place").set_index("Place")
    expected = {one.path for one in store.diff(open_ventures(), "shop", 1, 2)}
    assert set(found.index) == expected and "pricing.price.value" in expected
    assert found.loc["pricing.price.value"].tolist() == ["Price · value", "0.25", "0.5"]
    assert found.loc["scenarios.cheap.overrides.pricing.price.value"].tolist()[0] == "Scenario cheap · Price · value"


def test_an_older_version_is_brought_back_as_a_new_one(opened, shop):  # noqa: F811
    app = opened("versions", shop)
    assert app.selectbox(key="diff_from").value == 1
    app.button(key="bring_back").click().run()
    assert not app.exception
    newest = store.load(open_ventures(), "shop")
    assert (newest.number, newest.revision.restores) == (3, 1)
    assert newest.documents["pricing"]["price"]["value"] == 0.25 and "Version 3" in texts(app)


def test_one_field_is_followed_over_time(opened, shop):  # noqa: F811
    app = opened("versions", shop)
    app.selectbox(key="blame_field").set_value(PRICE).run()
    found = next(one.value for one in app.dataframe if "Value" in one.value.columns)
    assert found["Value"].tolist() == ["$0.50", "$0.25"] and found["Version"].tolist() == [2, 1]


def test_places_are_named_in_both_languages_or_left_as_they_are(opened, shop):  # noqa: F811
    app = opened("versions", shop, lang="zh")
    assert table(app, "位置").set_index("位置").loc["pricing.price.value"].tolist()[0].endswith("· 数值")


# ---- comments and decisions


def test_a_comment_is_added_and_resolved_and_markup_in_it_stays_text(opened, shop):  # noqa: F811
    app = opened("versions", shop)
    app.selectbox(key="comment_place_all").set_value("pricing")
    app.text_area(key="comment_text_all").set_value(f"{HOSTILE}\n# second line")
    app.button(key="comment_add_all").click().run()
    assert not app.exception
    one = store.comments(open_ventures(), "shop")[0]
    assert (one.place, one.text, one.author) == ("pricing", f"{HOSTILE}\n# second line", people.person().name)
    written = [mark.value for mark in app.markdown]
    assert any(text.startswith(r"\$a\$ \*\*b\*\*") and text.endswith("  \n\\# second line") for text in written)
    app.button(key="resolve_all_1").click().run()
    assert not app.exception and store.comments(open_ventures(), "shop")[0].resolved_by == people.person().name
    assert "No open comment" in texts(app)
    app.toggle(key="resolved_all").set_value(True).run()
    assert f"Resolved by {people.person().name}" in texts(app)


def test_comments_of_others_come_with_the_next_drawing(opened, shop):  # noqa: F811
    app = opened("versions", shop)
    store.comment(open_ventures(), ANNA, "shop", "look here", place=PRICE)
    assert "look here" not in texts(app)
    app.run()
    assert "look here" in texts(app) and "· Price" in texts(app)


def test_comments_stand_on_the_page_of_their_numbers(opened, shop):  # noqa: F811
    store.comment(open_ventures(), ANNA, "shop", "about prices", place="pricing")
    app = opened("positioning", shop)
    assert "about prices" not in texts(app)
    app.text_area(key="comment_text_positioning").set_value("who else?")
    app.button(key="comment_add_positioning").click().run()
    assert not app.exception
    assert store.comments(open_ventures(), "shop")[1].text == "Positioning: who else?"  # there is no such document yet
    rows = [{"id": "a", "name": "by hand", "kind": "status quo"}]
    store.update_state(open_ventures(), ANNA, "shop", lambda state: replace(
        state, documents={**state.documents, "positioning": {"alternatives": rows}}))
    app.run()
    app.text_area(key="comment_text_positioning").set_value("who else?")
    app.button(key="comment_add_positioning").click().run()
    assert store.comments(open_ventures(), "shop")[2].place == "positioning"
    assert any("(1 open)" in one.label for one in app.expander)
    app.button(key="resolve_positioning_3").click().run()
    assert store.comments(open_ventures(), "shop", is_open=False)[0].number == 3


def test_an_open_decision_gets_another_owner_and_is_dropped_only_with_a_reason(opened, shop):  # noqa: F811
    db = open_ventures()
    store.decide(db, ANNA, "shop", "Ask for **200** rows", owner="ben", due="2026-12-31")
    app = opened("versions", shop)
    assert table(app, "Decision")["Decision"].tolist() == ["Ask for **200** rows"]
    app.text_input(key="decision_owner_1").set_value("cara")
    app.button(key="decision_keep_1").click().run()
    assert store.decisions(db, "shop")[0].owner == "cara" and store.decisions(db, "shop")[0].due == "2026-12-31"
    app.selectbox(key="decision_status_1").set_value("dropped")
    app.button(key="decision_keep_1").click().run()
    assert not app.exception and "without a reason" in texts(app)
    app.selectbox(key="decision_status_1").set_value("dropped")
    app.text_input(key="decision_why_1").set_value("too dear")
    app.button(key="decision_keep_1").click().run()
    assert (store.decisions(db, "shop")[0].status, store.decisions(db, "shop")[0].reason) == ("dropped", "too dear")


# ---- who may


def keys(app):
    return {one.key for kind in (app.button, app.text_area, app.text_input) for one in kind}


def test_a_viewer_sees_all_and_is_offered_no_write(opened, shop, monkeypatch):  # noqa: F811
    lay_another()
    store.comment(open_ventures(), ANNA, "shop", "see me")
    store.decide(open_ventures(), ANNA, "shop", "and me", owner="ben")
    monkeypatch.setattr(people, "person", lambda: store.Actor("vera", store.Role.VIEWER))
    for view in ("versions", "positioning"):
        app = opened(view, shop)
        assert not app.exception and "You may look, not write" in texts(app)
    app = opened("versions", shop)
    assert "see me" in texts(app) and table(app, "Decision")["Decision"].tolist() == ["and me"]
    writes = ("reset_", "delete_", "bring_back", "resolve_", "comment_", "decision_", "scenario_new")
    assert not {key for key in keys(app) if key and key.startswith(writes)}


def test_a_recorded_viewer_who_claims_more_is_refused_in_one_sentence(opened, shop):  # noqa: F811
    me = people.person().name
    store.set_member(open_ventures(), ANNA, "shop", me, store.Role.VIEWER)
    app = opened("versions", shop)
    app.text_area(key="comment_text_all").set_value("mine")
    app.button(key="comment_add_all").click().run()
    said = texts(app).replace("\u2060", "")
    assert not app.exception and f"{me} is viewer of shop: to comment on shop takes an editor" in said
    assert store.comments(open_ventures(), "shop") == []
    app.button(key="delete_cheap").click().run()
    assert not app.exception and "takes an editor" in texts(app) and "cheap" in scenarios()


def test_a_playbook_says_how_to_get_versions_and_shows_no_empty_widgets(opened, runs_folders):
    app = opened("versions", runs_folders["finished"])
    assert not app.exception and "copy it into a venture of your own" in texts(app)
    assert not [one for one in app.expander if "History" in one.label or "Comments" in one.label]
    assert table(app, "Base scenario")["Result"].tolist()[0] == "Gross margin"
    assert "Comments are kept with a venture of your own" in texts(opened("positioning", runs_folders["finished"]))


def test_a_scenario_called_like_the_base_keeps_its_own_column(opened, shop):  # noqa: F811
    lay_another("基准情景", None)
    app = opened("versions", shop, lang="zh")
    assert not app.exception
    assert list(table(app, "cheap").columns)[1:] == ["基准情景", "cheap", "基准情景 (2)"]
