"""The page of positioning: the answer, the map and the lead follow the worksheets; alternatives and powers are kept."""

import json
from dataclasses import replace

import pytest
from whole_venture import whole

from dashboards import alternatives, positioning
from dashboards.figures import shown
from kit import playbooks, store
from kit.strategy.measured import Runs
from kit.strategy.worksheet import by_key, worksheets
from kit.venture_runs import measured, sheet_prices
from kit.ventures import open_ventures, venture_under
from pages.conftest import HOSTILE
from pages.test_pages import texts
from pages.test_stored import ANNA, shop  # noqa: F401


def answer_of(app):
    return next(one.value for one in app.markdown if one.value.startswith("####")).replace("\\", "")


def put(**documents):
    """The stored venture with more documents."""
    store.update_state(open_ventures(), ANNA, "shop",
                       lambda state: replace(state, documents={**state.documents, **documents}))


def lead(*readings):
    return {"lead": [dict(zip(("date", "rival", "ours", "theirs", "rows"), one)) for one in readings]}


def kept():
    return store.load(open_ventures(), "shop").documents.get("positioning") or {}


def figure_of(app, key):
    return json.loads(next(one for one in app.get("plotly_chart") if key in one.proto.id).proto.spec)


def test_without_a_measured_rival_the_answer_is_not_yet_proven_and_says_what_would_settle_it(opened, runs_folders):
    app = opened("positioning", runs_folders["finished"], run="good")
    rows = by_key(worksheets(playbooks.load(), Runs(measured(runs_folders["finished"] / "good")), sheet_prices(),
                             level=0.90)[0])
    said = answer_of(app)
    assert not app.exception and "not yet proven" in texts(app)
    assert "what is assumed of gpt-4o-mini" in said and f"{100 * rows['lead_over_claim'].value:+.1f} points" in said
    assert "the answers of gpt-4o-mini on the same test rows" in said
    assert app.metric[1].value == shown(rows["cost_ratio_to_rival"].value, "ratio")
    assert "No rival was measured yet" in texts(app)


def test_a_proven_lead_names_the_rival_its_certainty_and_its_half_life(opened, shop):  # noqa: F811
    put(specifics=lead(("2026-06-01", "gpt", 0.94, 0.84, 500), ("2026-10-01", "gpt", 0.94, 0.89, 500)))
    app = opened("positioning", shop)
    said = answer_of(app)
    held = store.load(open_ventures(), "shop")
    rows = by_key(worksheets(venture_under(held), Runs(measured(shop / "good")), sheet_prices(), level=0.90)[0])
    assert not app.exception
    assert said.startswith("#### Better than gpt for") and "+5.0 points (9 in 10: +2.2 points" in said
    assert f"The lead halves in {rows['lead_half_life_months'].value:.2f} months" in said
    assert "Its price is not known" in said and "99.8 %" in said


@pytest.mark.parametrize(("theirs", "begins", "also"), [
    (0.97, "Behind gpt for", ""), (0.93, "Not yet proven better than gpt", "more, if the lead stays"),
    (0.945, "Not yet proven better than gpt", "a better run would"),
])  # fmt: skip
def test_a_lead_behind_or_open_is_said(opened, shop, theirs, begins, also):  # noqa: F811
    put(specifics=lead(("2026-10-01", "gpt", 0.94, theirs, 500)))
    said = answer_of(opened("positioning", shop))
    assert said.startswith(f"#### {begins}") and also in said


def test_in_chinese_too(opened, shop):  # noqa: F811
    put(**{name: whole()[name] for name in ("positioning", "specifics")}, currency="CNY",
        exchange_rates=whole()["exchange_rates"])
    app = opened("positioning", shop, lang="zh")
    assert not app.exception
    assert "优于 hosted model with a prompt" in answer_of(app) and "个百分点" in answer_of(app)


def test_what_is_only_claimed_is_hollow_and_named_so_and_the_base_is_not_on_the_map(opened, shop):  # noqa: F811
    put(positioning=whole()["positioning"], currency="CNY", exchange_rates=whole()["exchange_rates"])
    app = opened("positioning", shop)
    crosses = {one["name"][2:]: one for one in figure_of(app, "positioning_map")["data"] if "error_x" in one}
    assert crosses["bot of the help desk (claimed)"]["marker"]["symbol"] == "circle-open"
    assert crosses["gpt-4o-mini (assumed)"]["marker"]["symbol"] == "circle-open"
    assert crosses["good"]["marker"]["symbol"] == "circle" and not any("Base model" in name for name in crosses)
    assert crosses["good"]["error_y"]["arrayminus"][0] > 0
    assert "agents route by hand" in texts(app)  # without a figure it has no place, and is named


def test_the_map_and_the_table_read_the_worksheets(runs_folders):
    found, tables = worksheets(playbooks.load(), Runs(measured(runs_folders["finished"] / "good")), level=0.90)
    rows = by_key(found)
    systems = {row["system"]: row for row in positioning.table_rows(tables, "positions")}
    assert systems["good"]["quality"] == rows["accuracy"].value
    assert systems["good"]["quality_low"] == rows["accuracy"].low
    assert systems["good"]["cost_per_1k"] == pytest.approx(1000 * rows["model_cost_per_request"].value)
    assert systems["gpt-4o-mini"]["quality"] == pytest.approx(1 - rows["api_error_rate"].value)


def test_an_alternative_is_added_changed_and_taken_out(opened, shop):  # noqa: F811
    app = opened("positioning", shop)
    app.text_input(key="alt_0_name").set_value(HOSTILE)
    app.selectbox(key="alt_0_kind").set_value("incumbent")
    app.text_area(key="alt_0_today").set_value("they **type** it in")
    app.text_area(key="alt_0_claim").set_value("twice as fast")
    app.text_input(key="alt_0_ref").set_value("vendor page")
    app.button(key="alt_0_save").click().run()
    assert not app.exception
    row = kept()["alternatives"][0]
    assert (row["name"], row["kind"], row["source"]["ref"]) == (HOSTILE, "incumbent", "vendor page")
    assert r"\$a\$ \*\*b\*\*" in "\n".join(one.value for one in app.markdown)
    assert store.history(open_ventures(), "shop")[0].message == "alternatives changed"
    app.button(key=f"positioning_{alternatives.PLACE}.0.quality").click().run()
    assert not app.exception
    app.number_input(key=f"edit_value_{alternatives.PLACE}.0.quality").set_value(97.0)
    app.selectbox(key=f"edit_kind_{alternatives.PLACE}.0.quality").set_value("price")
    app.text_input(key=f"edit_ref_{alternatives.PLACE}.0.quality").set_value("vendor page").run()
    app.button(key="edit_save").click().run()
    assert not app.exception and kept()["alternatives"][0]["quality"]["value"] == 0.97
    assert "what $a$ **b**" in answer_of(app).replace("\u2060", "")  # the best claim is the one to beat
    app.button(key="alt_0_remove").click().run()
    assert not app.exception and "alternatives" not in kept()


def test_a_playbook_begins_with_its_handbook_and_keeps_nothing(opened, runs_folders):
    app = opened("positioning", runs_folders["finished"])
    assert app.selectbox(key="alt_start_from").value == "support-routing"
    app.button(key="alt_start_take").click().run()
    assert not app.exception
    assert "What customers can do instead (4)" in [one.label for one in app.expander]
    assert "alternatives" not in (playbooks.load().positioning or {})
    app.button(key="tried_reset").click().run()
    assert "What customers can do instead (0)" in [one.label for one in app.expander]


def test_a_power_is_shown_only_with_all_three(opened, shop):  # noqa: F811
    app = opened("positioning", shop)
    app.text_area(key="power_counter_positioning_claim").set_value("paid by the right answer")
    app.button(key="power_counter_positioning_save").click().run()
    assert "1 of 7 claimed, 0 shown" in "".join(one.label for one in app.expander)
    for part in ("benefit", "barrier", "evidence"):
        app.text_area(key=f"power_counter_positioning_{part}").set_value(f"the {part}")
    app.button(key="power_counter_positioning_save").click().run()
    assert not app.exception
    assert "1 of 7 claimed, 1 shown" in "".join(one.label for one in app.expander)
    row = kept()["powers"][0]
    assert row["claim"] == "paid by the right answer" and row["evidence"][0]["text"] == "the evidence"
    app.button(key="power_counter_positioning_remove").click().run()
    assert not app.exception and "powers" not in kept()


def test_a_reading_of_the_lead_is_counted_and_changes_the_answer(opened, shop):  # noqa: F811
    app = opened("positioning", shop)
    assert "No rival was measured yet" in texts(app)
    app.text_input(key="lead_rival").set_value("gpt")
    for key, count in (("rows", 500), ("ours", 470), ("theirs", 440), ("one_alone", 40)):
        app.number_input(key=f"lead_{key}").set_value(count)
    app.button(key="lead_save").click().run()
    assert not app.exception
    reading = store.load(open_ventures(), "shop").documents["specifics"]["lead"][-1]
    assert (reading["ours"], reading["theirs"], reading["one_alone"]) == (0.94, 0.88, 40)
    assert answer_of(app).startswith("#### Better than gpt for")
    app.text_input(key="lead_rival").set_value("gpt")
    for key, count in (("rows", 10), ("ours", 11), ("theirs", 4)):
        app.number_input(key=f"lead_{key}").set_value(count)
    app.button(key="lead_save").click().run()
    assert not app.exception and "ours is 1.1" in texts(app)
