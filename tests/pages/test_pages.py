"""Every page in every state of the runs folder, through the router; numbers equal those of the pure functions."""

import pytest
from synthetic_runs import ACCURATE, write_run

from dashboards.figures import shown
from kit import playbooks, runs
from kit.compare_runs import compare_runs
from kit.strategy.worksheet import Runs, by_key, worksheets
from kit.venture_runs import measured, sheet_prices
from pages.conftest import HOSTILE, OTHER_KINDS, VIEWS, write_folder, write_unproven


def texts(app):
    kinds = (app.markdown, app.caption, app.title, app.subheader, app.info, app.error)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["empty", "finished", "failed", "running"])
def test_every_page_opens_in_every_state(opened, runs_folders, view, kind):
    query = {"run": kind} if kind in {"failed", "running"} else {}
    app = opened(view, runs_folders[kind], **query)
    assert not app.exception
    assert len(app.title) == 1 and app.title[0].value
    if kind == "failed" and view in {"proof", "rows"}:
        assert "failed failed, so there is no proof" in texts(app)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_every_page_opens_on_every_kind_of_run(opened, other_runs, view, kind):
    app = opened(view, other_runs, run=kind)
    assert not app.exception
    assert app.session_state["frame"].run.name == kind
    if view in {"brief", "proof", "rows"}:
        assert not app.error, [one.value for one in app.error]


def test_a_text_run_shows_its_measure_and_no_share_of_right_answers(opened, other_runs):
    app = opened("proof", other_runs, run="text")
    assert "rouge_l" in texts(app) and "no threshold to price" in texts(app)
    worst = next(one.value for one in app.dataframe if "Score" in one.value.columns)
    assert len(worst) == 200 and worst["Score"].tolist() == [0.4] * 200


def test_a_number_differs_from_its_base_in_its_own_unit(opened, other_runs):
    app = opened("proof", other_runs, run="number")
    assert "0.1 over the base" in texts(app) and "points" not in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_speaks_chinese(opened, runs_folders, view):
    app = opened(view, runs_folders["finished"], lang="zh")
    assert not app.exception
    assert any("\u4e00" <= letter <= "\u9fff" for letter in app.title[0].value)


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["empty", "failed", "running"])
def test_every_state_speaks_chinese(opened, runs_folders, view, kind):
    query = {"run": kind} if kind in {"failed", "running"} else {}
    assert not opened(view, runs_folders[kind], lang="zh", **query).exception


def test_the_brief_shows_the_worksheets_numbers(opened, runs_folders):
    app = opened("brief", runs_folders["finished"], run="good")
    live = measured(runs_folders["finished"] / "good")
    rows = by_key(worksheets(playbooks.load(), Runs(live), sheet_prices(), level=0.90)[0])
    shown_values = [one.value for one in app.metric]
    assert shown(rows["saving_per_request"].value, "USD") == shown_values[0]
    assert shown(rows["gross_margin"].value, "fraction") == shown_values[1]


def test_another_currency_changes_the_amounts_by_the_dated_rate(opened, runs_folders):
    app = opened("brief", runs_folders["finished"], run="good", currency="CNY")
    live = measured(runs_folders["finished"] / "good")
    rows = by_key(worksheets(playbooks.load(), Runs(live), sheet_prices(), level=0.90)[0])
    assert app.metric[0].value == shown(rows["saving_per_request"].value / 0.14703, "CNY")


def test_the_runs_page_shows_best_and_test_and_the_paired_difference(opened, runs_folders):
    app = opened("runs", runs_folders["finished"])
    table = app.dataframe[0].value
    good = table[table["Run"] == "good"].iloc[0]
    assert good["Best (validation)"] == "90.0 %" and good["Test (95 %)"].startswith("94.0 %")
    result = compare_runs(runs_folders["finished"] / "good", runs_folders["finished"] / "weak")
    from dashboards import data, run_table

    first, second = (data.entry(runs_folders["finished"] / name) for name in ("good", "weak"))
    assert run_table.differences(first, second)[0]["diff"] == pytest.approx(result["paired"]["diff"])


def test_moving_the_threshold_moves_the_money(opened, runs_folders):
    app = opened("proof", runs_folders["finished"], run="good")
    before = texts(app)
    app.slider(key="proof_share_good").set_value(0).run()
    assert not app.exception
    assert "Answering 0.0 % alone" in texts(app) and texts(app) != before


def test_a_dearer_error_moves_the_cheapest_threshold_down(opened, runs_folders):
    app = opened("proof", runs_folders["finished"], run="good")
    app.number_input(key="proof_error").set_value(30.0).run()
    assert "what-if prices" in texts(app)
    assert not app.exception


def test_a_leak_is_told(opened, runs_folders):
    app = opened("rows", runs_folders["finished"], run="good")
    assert "3 copies or near copies" in texts(app) and "Not fit as it is" in texts(app)


def test_the_review_says_what_moved(opened, runs_folders):
    app = opened("review", runs_folders["finished"], run="good")
    assert "From weak to good the monthly contribution of one account moves by" in texts(app)


def test_a_decision_is_kept(opened, tmp_path):
    app = opened("review", write_folder("finished", tmp_path / "runs"))
    app.text_input(key="decision_what").set_value("Ask for **200** rows")
    app.button(key="decision_save").click().run()
    assert not app.exception
    assert app.dataframe[0].value["Decision"].tolist() == ["Ask for **200** rows"]


def test_a_broken_folder_hides_nothing_else(opened, tmp_path):
    folder = write_folder("finished", tmp_path / "runs")
    (folder / "torn").mkdir()
    (folder / "torn" / runs.SUMMARY).write_text('{"schema": 1,')
    app = opened("runs", folder)
    assert not app.exception
    assert set(app.dataframe[0].value["Run"]) == {"good", "weak", "torn"}


def test_a_changed_summary_is_read_anew(opened, tmp_path):
    folder = tmp_path / "runs"
    made = write_unproven(folder / "one", "running")
    assert "running" in opened("runs", folder).dataframe[0].value["Status"][0]
    runs.write_summary(made, runs.read(made).model_copy(update={"status": "stopped"}))
    assert "stopped" in opened("runs", folder).dataframe[0].value["Status"][0]


def test_a_name_full_of_markup_is_shown_as_it_is(opened, tmp_path):
    write_run(tmp_path / "runs" / HOSTILE, ACCURATE)
    app = opened("runs", tmp_path / "runs")
    assert not app.exception
    answer = next(one.value for one in app.markdown if "leads with" in one.value)
    assert r"\$a\$ \*\*b\*\*" in answer and r"\:⁠red\[x\]" in answer and r"\<b\>" in answer


def test_the_choices_stand_in_the_url_and_survive_a_change_of_page(opened, runs_folders):
    app = opened("runs", runs_folders["finished"], run="weak", currency="EUR", lang="zh")
    found = {name: app.query_params[name] for name in ("run", "currency", "lang")}
    assert {name: value[0] if isinstance(value, list) else value for name, value in found.items()} == {
        "run": "weak", "currency": "EUR", "lang": "zh"}  # fmt: skip


def test_without_sign_in_another_address_is_refused(opened, runs_folders, monkeypatch):
    from streamlit import config

    monkeypatch.setattr(config, "set_option", lambda *_: None)
    config._set_option("server.address", "0.0.0.0", "test")
    try:
        app = opened("brief", runs_folders["empty"])
    finally:
        config._set_option("server.address", "127.0.0.1", "test")
    assert not app.title and "Without sign-in" in texts(app)


def test_the_wizard_sets_venture_and_currency_and_can_be_skipped(opened, tmp_path):
    app = opened("brief", tmp_path / "runs")
    app.selectbox(key="wizard_q6").set_value("EUR")
    app.button(key="wizard_start").click().run()
    assert not app.exception
    assert app.session_state["frame"].currency == "EUR"
    assert not any(one.key == "wizard_q6" for one in app.selectbox)
