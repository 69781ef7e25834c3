"""Answers made elsewhere: joined by id or refused with counts, people's minutes as money, and a run like any other."""

from __future__ import annotations

import csv
import json

import pytest
from synthetic_runs import ACCURATE, INTENTS, WEAK, rows_of, write_run

from kit import runs
from kit.stats import mcnemar
from tests.fixtures_cli import moatkit  # noqa: F401


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_rows():
    """The test rows of the synthetic runs, as a data file."""
    return [{"id": row["id"], "text": row["input"], "label": row["reference"]}
            for row in rows_of(*ACCURATE) if row["split"] == "test"]  # fmt: skip


test_rows.__test__ = False


@pytest.fixture
def data(tmp_path):
    return write_csv(tmp_path / "data.csv", test_rows())


def people(n=500, wrong=20):
    """Answers in another order than the data, 1.5 minutes each; the first `wrong` are wrong."""
    found = []
    for i, row in enumerate(test_rows()[:n]):
        label = INTENTS[(INTENTS.index(row["label"]) + 1) % 5] if i < wrong else row["label"]
        found.append({"id": row["id"], "prediction": label, "minutes": "1.5"})
    return found[::-1]


@pytest.fixture
def bring(moatkit, data, tmp_path):  # noqa: F811
    def call(rows, *words, name="people"):
        file = write_csv(tmp_path / f"{name}.csv", rows)
        return moatkit("import", file, "--data", data, *words)

    return call


def test_peoples_minutes_become_money(bring, tmp_path):
    done = bring(people(), "--usd-per-hour", "30", "--name", "two clerks", "--json")
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert summary["kind"] == "external" and summary["headline"]["value"] == pytest.approx(0.96, abs=1e-9)
    assert summary["cost"]["answers_usd"] == pytest.approx(500 * 1.5 / 60 * 30, rel=1e-9)
    assert summary["serving"]["usd_per_1k_requests_at_capacity"] == pytest.approx(750.0, rel=1e-9)
    assert summary["serving"]["p50_ms"] == 90_000
    card = (tmp_path / "runs/people/README.md").read_text()
    assert "two clerks" in card and "30 USD/hour of a person" in card
    yuan = bring(people(), "--per-hour", "80 CNY", "--out", tmp_path / "runs/yuan", "--json")
    assert json.loads(yuan.out)["cost"]["answers_cost"] == pytest.approx(500 * 1.5 / 60 * 80)
    assert json.loads(yuan.out)["cost"]["currency"] == "CNY"


@pytest.mark.parametrize(("columns", "words", "usd"), [
    ({"usd": "0.01"}, (), 5.0), ({"cost": "0.02"}, ("--currency", "USD"), 10.0), ({}, (), None),
    ({"input_tokens": "1000", "output_tokens": "10"}, ("--price-in", "1 USD", "--price-out", "5 USD"), 0.525),
])  # fmt: skip
def test_other_ways_to_say_what_answers_cost(bring, columns, words, usd):
    rows = [{"id": row["id"], "prediction": row["prediction"], **columns} for row in people()]
    cost = json.loads(bring(rows, *words, "--json").out)["cost"]
    assert cost["answers_usd"] == (None if usd is None else pytest.approx(usd))


@pytest.mark.parametrize(("change", "said"), [
    (lambda rows: rows[2:], ["2 rows of the data have no answer (t0498, t0499)"]),
    (lambda rows: [*rows, {**rows[0], "id": "t9"}], ["1 answers are to ids that the data do not have (t9)"]),
    (lambda rows: [*rows, rows[0], rows[1]], ["2 ids stand in the answers more than once (t0499, t0498)"]),
    (lambda rows: [{**rows[0], "id": ""}, *rows[1:]], ["1 rows of the data have no answer", "1 answers have no id"]),
    (lambda rows: [{**row, "id": f"x{row['id']}"} for row in rows],
     ["500 rows of the data have no answer (t0000, t0001, t0002, t0003, t0004, ...)", "500 answers are to ids"]),
    (lambda rows: [{**row, "minutes": "soon"} for row in rows], ['"minutes" (minutes) is not a number', "500 rows"]),
    (lambda rows: [{**row, "minutes": "-1"} for row in rows], ["of zero or more"]),
    (lambda rows: [{**row, "confidence": "1.2"} for row in rows], ["a fraction from 0 to 1 in 500 rows"]),
    (lambda rows: [{**row, "confidence": "" if i else "1"} for i, row in enumerate(rows)], ["is blank in 499 rows"]),
    (lambda rows: [{**row, "usd": "1"} for row in rows], ["would come from usd and minutes; keep one"]),
    (lambda rows: [{"ID": row["id"], "said": row["prediction"]} for row in rows], ['has no column "prediction"']),
    (lambda rows: [{**row, "text": "another text"} for row in rows], ["500 rows have another text"]),
])  # fmt: skip
def test_answers_that_do_not_fit_are_refused_with_counts(bring, tmp_path, change, said):
    failed = bring(change(people()), "--usd-per-hour", "30")
    assert failed.code == 2 and all(words in failed.err for words in said), failed.err
    assert "Traceback" not in failed.err and not (tmp_path / "runs").exists()


def test_row_numbers_pair_only_what_has_the_same_text(moatkit, tmp_path):  # noqa: F811
    rows = [{"text": row["text"], "label": row["label"]} for row in test_rows()]
    data = write_csv(tmp_path / "numbered.csv", rows)
    answers = [{"id": i, "text": row["text"], "prediction": row["label"]} for i, row in enumerate(rows, start=1)]
    shifted = [{**row, "id": row["id"] % 500 + 1} for row in answers]
    failed = moatkit("import", write_csv(tmp_path / "shifted.csv", shifted), "--data", data)
    assert failed.code == 2 and "500 rows have another text" in failed.err and "--column id=COLUMN" in failed.err
    assert moatkit("import", write_csv(tmp_path / "good.csv", answers), "--data", data).code == 0
    blind = [{"id": row["id"], "prediction": row["prediction"]} for row in answers]
    assert moatkit("import", write_csv(tmp_path / "blind.csv", blind), "--data", data).code == 0
    assert "joined by row number" in (tmp_path / "runs/blind/README.md").read_text()
    assert "joined by row number" not in (tmp_path / "runs/good/README.md").read_text()


def test_jsonl_and_several_labels(moatkit, tmp_path):  # noqa: F811
    data = write_csv(tmp_path / "m.csv", [
        {"id": i, "text": f"a long enough text {i}", "label": ["a|b", "a", "b|c"][i % 3]} for i in range(30)])
    lines = [{"id": i, "prediction": [["b", "a"], ["c"], "b|c"][i % 3]} for i in range(30)]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = moatkit("import", "m.jsonl", "--data", data, "--option", "problem=multi_label", "--json")
    assert done.code == 0, done.err
    # micro-F1: 4 of 5 true marks hit, one of five given is false, in each group of three rows
    assert json.loads(done.out)["headline"]["value"] == pytest.approx(0.8)


def test_numbers_and_what_is_unreadable_among_them(moatkit, tmp_path):  # noqa: F811
    data = write_csv(tmp_path / "n.csv", [{"id": i, "text": f"a text {i}", "label": i / 10} for i in range(41)])
    answers = [{"id": i, "prediction": "high" if i == 0 else f"score: {i / 10 + 0.5}"} for i in range(41)]
    done = moatkit("import", write_csv(tmp_path / "a.csv", answers), "--data", data, "--option", "problem=regression",
                   "--json")
    assert done.code == 0 and "1 of 41 answers could not be read" in done.err
    rmse = ((40 * 0.25 + 16) / 41) ** 0.5  # unread: the far end of the range, 4.0 from 0
    assert json.loads(done.out)["headline"] ["value"] == pytest.approx(rmse)


def test_an_imported_run_is_compared_with_a_trained_one(bring, moatkit, tmp_path):  # noqa: F811
    bring(people(), "--usd-per-hour", "30")
    trained = write_run(tmp_path / "runs/trained", WEAK)
    compared = json.loads(moatkit("runs", "compare", "runs/people", trained, "--json").out)
    theirs = {row["id"]: row["correct"] for row in rows_of(*WEAK) if row["split"] == "test"}
    ours = {row["id"]: i >= 20 for i, row in enumerate(test_rows())}
    wins, losses = (sum(a[k] and not b[k] for k in ours) for a, b in ((ours, theirs), (theirs, ours)))
    expected = mcnemar(wins, losses, 500 - wins - losses)
    assert compared["rows"] == {"shared": 500, "only_first": 0, "only_second": 0}
    assert (compared["paired"]["wins"], compared["paired"]["losses"]) == (wins, losses)
    assert compared["paired"]["p_value"] == pytest.approx(expected.p_value, abs=1e-6)
    assert compared["usd_per_1k_requests_at_capacity"] == [pytest.approx(750.0), 0.0056]
    lines = moatkit("runs", "compare", "runs/people", trained)
    assert lines.code == 0 and "people is better than trained" in lines.out
    assert "people" in moatkit("runs", "list").out and moatkit("runs", "show", "runs/people").code == 0


def test_money_verbs_take_an_external_run_at_its_price_per_request(bring, moatkit, tmp_path):  # noqa: F811
    bring([{**row, "usd": "0.004"} for row in people()], name="api")
    trained = write_run(tmp_path / "runs/trained", ACCURATE)
    value = moatkit("value", trained, "--against", "runs/api", "--json")
    assert value.code == 0, value.err
    assert json.loads(value.out)["against"]["run"] == "api"
    sheet = moatkit("worksheet", "--run", "runs/api", "--json")
    assert sheet.code == 0, sheet.err
    rows = {row["key"]: row for row in json.loads(sheet.out)["rows"]}
    assert rows["replica_cost_per_month"]["value"] * rows["usd_per_unit"]["value"] == pytest.approx(0.004)
    assert rows["replica_cost_per_month"]["sources"][0] == {"kind": "run", "ref": "api", "date": rows[
        "replica_cost_per_month"]["sources"][0]["date"]}  # fmt: skip
    assert moatkit("value", "runs/api", "--json").code == 0
    gate = moatkit("gate", "runs/api", "--min", "accuracy=0.9", "--against", trained)
    assert gate.code == 1 and "against trained" in gate.out


def test_rows_that_only_look_the_same_are_never_paired(bring, moatkit, data, tmp_path):  # noqa: F811
    bring(people())
    trained = write_run(tmp_path / "runs/trained", ACCURATE)
    table = runs.read_predictions(trained).to_pylist()

    def changed(name, **columns):
        folder = tmp_path / "runs" / name
        write_run(folder, ACCURATE)
        runs.write_predictions(folder, [{**row, **{k: f(row) for k, f in columns.items()}} for row in table])
        return folder

    texts = changed("texts", input=lambda row: row["input"] + "!" if row["id"] == "t0007" else row["input"])
    labels = changed("labels", reference=lambda row: "login" if row["id"] == "t0003" else row["reference"])
    for verb in (("runs", "compare", "runs/people"), ("gate", "runs/people", "--against"),
                 ("value", "runs/people", "--against")):  # fmt: skip
        failed = moatkit(*verb, texts)
        assert failed.code == 2 and "1 of 500 rows with the same id have another text (t0007)" in failed.err
        assert "another right answer" in moatkit(*verb, labels).err
    # rows without text are known by the fingerprint of the whole split alone
    bare = [changed(f"bare{i}", input=lambda row: "") for i in range(2)]
    assert moatkit("runs", "compare", *bare).code == 0
    summary = runs.read(bare[1])
    other = summary.model_copy(update={"evidence": {**(summary.evidence or {}), "test_fingerprint": "b" * 64}})
    runs.write_summary(bare[1], other)
    failed = moatkit("runs", "compare", *bare)
    assert failed.code == 2 and "fingerprints of their test rows differ" in failed.err
