"""The verbs review, trace and worksheet on ventures that name their runs."""

import datetime as dt
import json
import re

import pytest
import typer
import yaml
from synthetic_runs import ACCURATE, WEAK, write_run
from typer.testing import CliRunner
from whole_venture import whole

from kit import runs
from kit.commands import money, review, ventures
from kit.errors import KitError
from kit.strategy.venture import venture_of
from kit.ventures import loaded_at
from tests.fixtures_cli import run_process


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("review")
    write_run(root / "runs" / "good", ACCURATE)
    write_run(root / "runs" / "weak", WEAK, seed=1)
    sha = runs.sha256(root / "runs" / "good")
    for name, raw in {
        "old": whole(runs={"live": "weak", "rivals": ["good"]}),
        "new": whole(runs={"live": {"name": "good", "sha256": sha}}, pricing__price__value=0.3),
        "stale": whole(runs={"live": {"name": "good", "sha256": "0" * 64}}),
        "lost": whole(runs={"live": "gone"}),
    }.items():
        (root / f"{name}.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return root


def call(*words):
    app = typer.Typer()
    money.register(app)
    review.register(app)
    ventures.register(app)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, KitError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_worksheet_stands_on_the_runs_that_the_venture_names(place):
    code, out = call("worksheet", "--venture", place / "old.yaml", "--runs", place / "runs", "--json")
    found = json.loads(out)
    assert code == 0 and found["run"] == "weak" and found["currency"] == "CNY"
    options = next(table for table in found["tables"] if table["key"] == "options")
    assert {"weak", "good"} <= {row["option"] for row in options["rows"]}
    assert {row["section"] for row in found["rows"]} >= {"gates", "demand", "specifics", "permissions", "actuals"}
    code, out = call("worksheet", "--venture", place / "old.yaml", "--runs", place / "runs", "--run",
                     place / "runs" / "good", "--json")
    assert json.loads(out)["run"] == "good"


def test_every_section_is_printed_in_both_languages(place):
    for language, words in (("en", ("Gates of this stage", "Actuals", "From plan to actual", "Paths and duties")),
                            ("zh", ("本阶段通过门槛", "实际经营数据", "计划到实际的差异", "许可与备案"))):
        code, out = call("worksheet", "--venture", place / "new.yaml", "--runs", place / "runs", "--lang", language)
        assert code == 0 and all(word in out for word in words)


@pytest.mark.parametrize(("name", "words"), [
    ("stale", "runs.live is 'good' with summary 000000000000.*the run was changed since"),
    ("lost", "runs.live is 'gone': there is no such run"),
])
def test_a_run_that_is_gone_or_changed_is_named(place, name, words):
    code, out = call("worksheet", "--venture", place / f"{name}.yaml", "--runs", place / "runs")
    assert code == 2 and re.search(words, out)


def test_review_of_two_files_sums_to_the_difference(place):
    code, out = call("review", "--before", place / "old.yaml", "--after", place / "new.yaml", "--runs", place / "runs",
                     "--json")
    found = json.loads(out)
    assert code == 0 and len(found["tests"]) == 3
    assert sum(found["by_cause"].values()) == pytest.approx(found["after"] - found["before"], abs=1e-9)
    assert found["by_cause"]["run"] > 0 and found["by_cause"]["assumption"] > 0
    code, out = call("review", "--before", place / "old.yaml", "--after", place / "new.yaml", "--runs", place / "runs")
    assert code == 0 and "runs.live" in out and "Next tests" in out and "Li" in out


def test_review_since_compares_with_the_revision_of_that_time(place, tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "ventures.db"))
    raw = {key: value for key, value in whole().items() if key != "runs"}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw | {"id": "mine"}, allow_unicode=True), encoding="utf-8")
    assert call("venture", "new", "mine", "--from", tmp_path / "mine.yaml")[0] == 0
    assert call("venture", "set", "mine", "pricing.price=0.9")[0] == 0
    code, out = call("review", "--venture", "mine", "--since", "2w", "--json")  # older than it: its first revision
    found = json.loads(out)
    assert code == 0 and any("pricing.price" in str(move["places"]) for move in found["moves"]), out
    assert found["after"] != found["before"]
    newest = loaded_at("mine", dt.datetime.now(dt.UTC)).revision.number
    assert newest == 2 and loaded_at("mine", None).revision.number == 2
    assert loaded_at("mine", dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).revision.number == 1


@pytest.mark.parametrize(("words", "said"), [
    ([], "name two versions"),
    (["--before", "x.yaml"], "name two versions"),
    (["--before", "none.yaml", "--after", "none.yaml"], "none.yaml cannot be read"),
])
def test_review_refuses(words, said):
    code, out = call("review", *words)
    assert code == 2 and said in out


def test_since_is_days_weeks_or_a_date():
    code, out = call("review", "--venture", "x", "--since", "soon")
    assert code == 2 and "--since is 'soon': write 7d, 2w or a date" in out
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    assert review.start_of("2026-11-01", now) == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def test_trace_prints_rows_metric_assumption_and_formula(place):
    code, out = call("trace", "gross_margin", "--venture", place / "new.yaml", "--runs", place / "runs")
    assert code == 0 and "= margin_per_account / revenue_per_account" in out
    assert "rows: 500 test, 500 validation in" in out and "metric accuracy, fingerprint aaaaaaaaaaaa" in out
    assert "pricing.price: guess" in out
    code, out = call("trace", "gross_margin", "--run", place / "runs" / "good", "--json")
    steps = json.loads(out)
    assert steps[0]["key"] == "gross_margin" and any(step["measured"] for step in steps)
    code, out = call("trace", "gros_margin")
    assert code == 2 and "did you mean gross_margin" in out


def test_trace_stands_under_a_scenario_of_a_stored_venture(tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_STORE", str(tmp_path / "moatkit.db"))
    assert call("venture", "new", "shop", "--playbook", "support-routing")[0] == 0
    assert call("venture", "scenario", "set", "shop", "cheap", "pricing.price=0.05")[0] == 0
    prices = [json.loads(call("trace", "price", "--venture", "shop", "--json", *more)[1])[0]["value"]
              for more in ((), ("--scenario", "cheap"))]
    assert prices == [0.25, 0.05]
    code, out = call("trace", "price", "--venture", "shop", "--scenario", "cheep")
    assert code == 2 and "cheap" in out


def test_a_plan_is_frozen_into_a_file_and_never_over_another(place, tmp_path):
    file = tmp_path / "plan.yaml"
    words = ("worksheet", "--venture", place / "new.yaml", "--runs", place / "runs", "--freeze-plan", file)
    code, out = call(*words)
    assert code == 0 and "plan from 2026-11 to 2027-10 written" in out
    raw = yaml.safe_load((place / "new.yaml").read_text(encoding="utf-8"))
    raw["actuals"]["plan"] = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert len(venture_of(raw).actuals.plan.lines) == 48
    code, out = call(*words)
    assert code == 2 and "a plan is kept" in out


def test_the_command_itself_traces_and_reviews(place):
    done = run_process("trace", "runway_months", "--venture", place / "new.yaml", cwd=place)
    assert done.code == 0 and "= cash_generating if net_burn_per_month <= 0" in done.out
    done = run_process("review", "--before", place / "old.yaml", cwd=place)
    assert done.code == 2 and done.err.startswith("error: name two versions") and "Traceback" not in done.err
