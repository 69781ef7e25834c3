"""The verbs of money on run folders: JSON, exit codes, and one clear message for every bad input."""

import json

import pytest
import typer
import yaml
from synthetic_runs import ACCURATE, WEAK, write_run
from typer.testing import CliRunner

from kit import runs
from kit.commands.money import register
from kit.errors import KitError

KEYS = ("automation_rate", "error_rate", "threshold", "cost_per_request_usd", "saving_per_request_usd", "gross_margin",
        "payback_months", "ltv_cac", "runway_months")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    write_run(root / "good", ACCURATE)
    write_run(root / "weak", WEAK, seed=1)
    return root


def call(*words):
    """Exit code and output, as the command line gives them: a KitError becomes its message and its code."""
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, KitError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def as_json(*words):
    code, out = call(*words, "--json")
    assert code in (0, 1), out
    return json.loads(out)


def test_worksheet_without_a_run_says_that_quality_is_assumed():
    code, out = call("worksheet", "--playbook", "support-routing")
    assert code == 0 and "No run is named: quality is assumed (source example)" in out
    found = as_json("worksheet")
    assert found["run"] is None and {row["key"] for row in found["rows"]} >= set(KEYS)
    assert {"key", "columns", "rows"} == set(found["tables"][0])


def test_worksheet_of_two_runs_differs_with_intervals_and_names(folder):
    found = {name: {row["key"]: row for row in as_json("worksheet", "--run", folder / name)["rows"]}
             for name in ("good", "weak")}
    for key in KEYS:
        assert found["good"][key]["value"] != found["weak"][key]["value"]
        for name, rows in found.items():
            assert rows[key]["low"] < rows[key]["value"] < rows[key]["high"]
            assert any(s["kind"] == "run" and s["ref"] == name and s["date"] for s in rows[key]["sources"])


def test_worksheet_in_chinese(folder):
    code, out = call("worksheet", "--run", folder / "good", "--lang", "zh")
    assert code == 0 and "毛利率" in out and "资金跑道" in out


def test_worksheet_reads_a_venture_file(tmp_path):
    code, text = call("playbooks", "show", "support-routing", "--yaml")
    raw = yaml.safe_load(text) | {"title": "mine", "id": "mine"}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    assert code == 0 and as_json("worksheet", "--venture", path)["venture"] == "mine"


def test_value_reports_both_purses_errors_and_what_knowing_is_worth(folder):
    found = as_json("value", folder / "good", "--against", folder / "weak")
    both = found["contribution_per_request_usd"]["value"] + found["customer_value_per_request_usd"]["value"]
    assert both == pytest.approx(found["saving_per_request_usd"]["value"])
    assert 0 < found["threshold"]["low"] <= found["threshold"]["value"] <= found["threshold"]["high"] < 1
    assert {line["error_class"] for line in found["errors_by_class"]} == {"misroute", "missed_escalation"}
    assert found["information"]["no_errors_left_usd"]["value"] > 0
    assert found["information"]["next_1000_test_rows_usd"]["value"] >= 0
    assert "learning curve" in found["information"]["next_1000_labels_usd"]["why"]
    steps = found["against"]["bridge"]["steps"]
    total = sum(step["contribution_usd"] for step in steps)
    ends = [found["against"]["bridge"][end]["contribution_usd"] for end in ("after", "before")]
    assert total == pytest.approx(ends[0] - ends[1])
    assert found["against"]["critical_error_price_usd"]["value"] == 0  # as dear and less often wrong


def test_a_dearer_error_raises_the_threshold_and_a_dearer_person_lowers_it(folder):
    def threshold(*more):
        return as_json("value", folder / "good", *more)["threshold"]["value"]

    assert threshold("--error-usd", 1, "--human-usd", 0.6) < threshold("--error-usd", 20, "--human-usd", 0.6)
    assert threshold("--error-usd", 5, "--human-usd", 4) <= threshold("--error-usd", 5, "--human-usd", 0.6)
    code, out = call("value", folder / "good")
    assert code == 0 and "good under support-routing" in out and "Next 1,000 labels" in out


@pytest.mark.parametrize(("name", "words", "code", "status"), [
    ("good", ["--min", "accuracy=0.9"], 0, "met"),
    ("weak", ["--min", "accuracy=0.9"], 1, "missed"),
    ("good", ["--min", "accuracy=0.93"], 1, "not_yet_proven"),
    ("good", ["--min", "headline=0.9", "--max", "serving.p95_ms=20"], 0, "met"),
    ("good", ["--max", "serving.p95_ms=5"], 1, "missed"),
    ("good", ["--min", "f1=0.9"], 1, "not_yet_proven"),
    ("good", ["--against", "weak"], 0, "met"),
    ("weak", ["--against", "good"], 1, "missed"),
    ("good", ["--against", "good"], 1, "not_yet_proven"),
])
def test_gate(folder, name, words, code, status):
    words = [folder / word if word in ("good", "weak") else word for word in words]
    found, out = call("gate", folder / name, *words, "--json")
    assert (found, json.loads(out)["status"]) == (code, status)
    assert status.replace("_", " ") in call("gate", folder / name, *words)[1]


def test_after_twenty_reads_a_gate_is_open_and_fresh_rows_close_it(tmp_path):
    write_run(tmp_path / "weak", WEAK, seed=1)
    for name, reads, mark, code in (("fresh", 19, "b", 0), ("worn", 20, "a", 1), ("anew", 1, "c", 0)):
        run = write_run(tmp_path / name, ACCURATE, reads=reads, fingerprint=mark * 64)
        for words in (["--min", "accuracy=0.9"], ["--against", tmp_path / "weak"]):
            found, out = call("gate", run, *words)
            assert found == code and ("were read 20 times" in out) == (name == "worn"), (name, out)
    assert call("gate", tmp_path / "worn", "--min", "accuracy=0.99")[1].startswith("missed")


def test_reads_in_the_ledger_of_the_runs_folder_count_too(tmp_path):
    run = write_run(tmp_path / "good", ACCURATE, reads=1, fingerprint="d" * 64)
    for _ in range(20):
        runs.count_test_read(tmp_path, "d" * 64, "another")
    assert call("gate", run, "--min", "accuracy=0.9")[0] == 1


def test_gates_of_a_margin_are_written_and_held_against_the_next_run(folder, tmp_path):
    plan = tmp_path / "plan.yaml"
    code, out = call("gate", folder / "weak", "--write", plan, "--margin", "0.7")
    gate = yaml.safe_load(plan.read_text(encoding="utf-8"))[0]
    assert code == 0 and gate["metric"] == "accuracy_when_automated" and "70%" in gate["why"] and str(plan) in out
    assert call("gate", folder / "good", "--plan", plan)[0] in (0, 1)
    assert as_json("gate", folder / "weak", "--plan", plan)["gates"][0]["status"] != "met"


def test_prices_by_device_and_currency():
    found = as_json("prices", "--device", "L4", "--currency", "CNY")
    assert found and {line["device"] for line in found} == {"L4"} and all(line["price_converted"] for line in found)
    assert call("prices", "--device", "L4")[0] == 0


def test_playbooks_list_and_show():
    found = as_json("playbooks", "list")
    assert "support-routing" in [line["id"] for line in found] and set(found[0]) == {"id", "title", "task", "path"}
    assert "support-routing" in call("playbooks", "list")[1]


@pytest.mark.parametrize(("words", "message"), [
    (["worksheet", "--playbook", "suport-routing"], "did you mean support-routing"),
    (["worksheet", "--playbook", "a", "--venture", "b.yaml"], "name one of the two"),
    (["worksheet", "--venture", "b.yaml"], "b.yaml cannot be read"),
    (["worksheet", "--run", "no-such-run"], "no such run folder"),
    (["worksheet", "--lang", "fr"], "--lang is 'fr': use one of en, zh"),
    (["value", "no-such-run"], "no such run folder"),
    (["value", "RUN", "--error-usd", "-1"], "--error-usd is -1.0: it cannot be negative"),
    (["value", "RUN", "--human-usd", "nan"], "--human-usd is nan: a finite number is due"),
    (["gate", "RUN"], "nothing to hold the run against"),
    (["gate", "RUN", "--min", "accuracy"], "'accuracy' is not METRIC=X"),
    (["gate", "RUN", "--min", "accuracy=80"], "write accuracy=0.8 for 80 %"),
    (["gate", "RUN", "--min", "accuracy=high"], "'accuracy=high' is not METRIC=X"),
    (["gate", "RUN", "--plan", "none.yaml"], "none.yaml cannot be read"),
    (["gate", "RUN", "--write", "g.yaml", "--margin", "70"], "margin is 70: a fraction"),
    (["gate", "RUN", "--write", "g.yaml", "--margin", "0.999"], "out of reach"),
    (["prices", "--device", "abacus"], "no row of the price sheet has it"),
    (["prices", "--currency", "doubloon"], "'doubloon' is not a known currency"),
    (["playbooks", "show", "nothing"], "there is brand-voice"),
])
def test_bad_input_answers_with_one_message_and_exit_code_2(folder, words, message):
    code, out = call(*[folder / "good" if word == "RUN" else word for word in words])
    assert code == 2 and message in out


def test_a_run_without_predictions_and_a_broken_plan_say_so(folder, tmp_path):
    run = write_run(tmp_path / "half", ACCURATE, n=20)
    (run / "predictions.parquet").unlink()
    assert call("value", run) == (2, f"{run / 'predictions.parquet'}: is missing; the run has not been evaluated")
    plan = tmp_path / "plan.yaml"
    for text, words in (("- {metric: accuracy}", "has no operator"), ("a: 1", "a list of gates is due"),
                        ("- [", "not valid YAML"), ("- {metric: a, operator: '=', value: 1, why: x}", "operator is '")):
        plan.write_text(text, encoding="utf-8")
        code, out = call("gate", folder / "good", "--plan", plan)
        assert code == 2 and words in out


def test_runs_on_other_rows_are_not_compared(folder, tmp_path):
    short = write_run(tmp_path / "short", WEAK, n=300)
    code, out = call("gate", folder / "good", "--against", short)
    assert code == 2 and "evaluate both runs on the same rows" in out


def test_a_gate_reads_the_summary_of_a_run_whose_rows_are_not_right_or_wrong(tmp_path):
    run = write_run(tmp_path / "generated", ACCURATE, n=50)
    rows = [{**row, "correct": None} for row in runs.read_predictions(run).to_pylist()]
    runs.write_predictions(run, rows)
    assert call("gate", run, "--min", "accuracy=0.5")[0] == 0
    code, out = call("value", run)
    assert code == 2 and "no usable column `correct`" in out
    (run / "predictions.parquet").unlink()
    assert call("gate", run, "--min", "accuracy=0.5")[0] == 0


def test_a_slip_in_a_metric_name_is_bad_input(folder):
    code, out = call("gate", folder / "good", "--min", "acuracy=0.9")
    assert code == 2 and "did you mean accuracy?" in out


def test_runs_on_fewer_rows_give_the_value_of_more_labels(tmp_path):
    accuracies = {"r500": 0.80, "r1000": 0.86, "r2000": 0.90, "r4000": 0.93}
    for seed, (name, accuracy) in enumerate(accuracies.items()):
        write_run(tmp_path / name, (accuracy, *ACCURATE[1:]), seed=seed)
        runs.write_json(tmp_path / name / runs.DATA, {"splits": {"train": int(name[1:])}})
    smaller = [word for name in ("r500", "r1000", "r2000") for word in ("--smaller", tmp_path / name)]
    known = as_json("value", tmp_path / "r4000", *smaller)["information"]
    labels, most = known["next_1000_labels_usd"], known["no_errors_left_usd"]
    assert 0 < labels["value"] < most["value"] and labels["low"] <= labels["value"] <= labels["high"]
    # e(n) through .20 .14 .10 .07 falls by a seventh or so from 4,000 to 5,000 rows
    assert labels["error_rate_now"] == pytest.approx(0.07, abs=0.01)
    assert 0.80 < labels["error_rate_then"] / labels["error_rate_now"] < 0.97 and not labels["is_extrapolated"]
    alone = as_json("value", tmp_path / "r4000", *smaller[:2])["information"]["next_1000_labels_usd"]
    assert alone["state"] == "undefined" and "--smaller" in alone["why"]


def test_two_runs_are_compared_at_the_error_price_where_their_ranking_flips(tmp_path):
    from kit.compare_runs import compare_runs, comparison_lines

    for name, quality, usd_per_1k in (("dear", ACCURATE, 1.0), ("cheap", WEAK, 0.2)):
        write_run(tmp_path / name, quality)
        summary = runs.read(tmp_path / name)
        serving = {**(summary.serving or {}), "usd_per_1k_requests_at_capacity": usd_per_1k}
        runs.write_summary(tmp_path / name, summary.model_copy(update={"serving": serving}))
    # (0.001 - 0.0002) dollars a request / (0.14 - 0.06) errors a request = 0.01 dollars an error
    for pair in (("dear", "cheap"), ("cheap", "dear")):
        result = compare_runs(*(tmp_path / name for name in pair))
        assert result["critical_error_price_usd"] == pytest.approx(0.01)
    assert "the dearer run pays once a wrong answer costs more than $0.01" in comparison_lines(result)
