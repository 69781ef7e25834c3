"""Before a run in words: forecast and checks as the new-run page shows them; the try-it box asks run and base."""

import shutil

import pytest

pytest.importorskip("streamlit")
from fixtures_cli import run_process
from streamlit.testing.v1 import AppTest

from dashboards import outlook, trial
from kit import runs


def page(found):
    import streamlit as st

    from dashboards import outlook

    st.session_state["lang"] = "en"
    outlook.show(outlook.Outlook(*found))


FORECAST = {
    "wall_s": 3725.0, "usd": 0.145, "amount": 1.03, "currency": "CNY", "peak_memory_bytes": 3 * 2**29,
    "energy_kwh": 0.0133, "steps": 570, "measured_steps": 8, "parts": {"train": 3600.0, "proof": 125.0, "load": 0.1},
    "price": {"why": "a CPU is priced by the core"}, "notes": ["the model was not timed on long rows"],
}  # fmt: skip
LEAK = {"name": "leakage", "stops": True, "accepted": False, "rows": 3, "message": "3 test rows stand in training",
        "remedy": "take them out of the training rows"}  # fmt: skip
CHECK = {"ok": True, "splits": {"train": 900, "test": 300}, "findings": []}


def said(app):
    kinds = (app.markdown, app.caption, app.error, app.warning, app.success)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def test_a_forecast_is_told_in_time_money_and_memory():
    app = AppTest.from_function(page, args=((CHECK, FORECAST, None),)).run()
    assert not app.exception
    assert "It will take about 1 h 2 min, ¥1.03 and 1.50 GiB of memory." in said(app)
    assert [one.value for one in app.metric] == ["1 h 2 min", "¥1.03", "1.50 GiB", "13.3 Wh"]
    assert app.dataframe[0].value["What"].tolist() == ["training", "the proof"]
    assert "the model was not timed" in said(app) and "stop nothing; 0 warnings" in said(app)


def test_a_stop_is_told_with_its_remedy():
    app = AppTest.from_function(page, args=((CHECK | {"ok": False, "findings": [LEAK]}, None, None),)).run()
    assert "This stops the run." in said(app) and "What to do: take them out of the training rows" in said(app)
    assert not app.metric and not app.success


def test_bad_input_is_its_message(tmp_path):
    (tmp_path / "bad.yaml").write_text("task: text_classification\nmodle: x\n")
    found = outlook.ask(tmp_path / "bad.yaml", [])
    assert found.check is None and found.forecast is None
    assert "modle" in found.problem and "Traceback" not in found.problem


@pytest.mark.slow
def test_the_command_line_answers_what_the_page_asks(tiny_config_file):
    found = outlook.ask(tiny_config_file(), ["schedule.max_steps=4"])
    assert found.problem in (None, "") and found.check["ok"] and found.forecast["steps"] == 4


@pytest.mark.slow
def test_the_box_asks_the_run_its_base_and_another_run(tiny_config_file, tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_RUNS", str(tmp_path))
    config = tiny_config_file(**{"schedule.max_steps": 8})
    assert run_process("train", config, cwd=tmp_path).code == 0
    row = next(row for row in runs.read_predictions(tmp_path / "run").to_pylist() if row["split"] == "test")
    found = trial.ask(tmp_path / "run", trial.BASE, row["input"])
    assert found["run"]["prediction"] == row["prediction"] and found["base"]["prediction"] == row["base_prediction"]
    shutil.copytree(tmp_path / "run", tmp_path / "other")
    both = trial.ask(tmp_path / "run", "other", row["input"])
    assert both["run"]["prediction"] == both["other"]["prediction"]
    facts = runs.read_json(tmp_path / "run", runs.DATA)
    facts["sources"]["train"]["fingerprint"] = "0" * 64
    runs.write_json(tmp_path / "run" / runs.DATA, facts)
    found = trial.ask(tmp_path / "run", trial.BASE, row["input"])
    assert found["run"]["prediction"] == row["prediction"] and "have changed" in found["base"]["error"]
