"""A judge of two runs: both orders, position bias cancelled, agreement with people, resumable, beside the proof."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from stub_api import KEY, Stub, serving, status
from synthetic_runs import ACCURATE, WEAK, rows_of, write_run

from kit import runs
from kit.rivals.verdicts import Verdict, counts, verdict_in, win_rate
from kit.stats import mcnemar, wilson
from tests.fixtures_cli import moatkit  # noqa: F401

TRUTH = {row["input"]: row["reference"] for row in rows_of(*ACCURATE, n=100)}


def parts(prompt):
    found = re.search(r"Input:\n(.*?)\n\nAnswer A:\n(.*?)\n\nAnswer B:\n(.*?)\n\nJudge", prompt, re.DOTALL)
    return found.groups()


def fair(prompt):
    """Prefers the right answer wherever it stands; neither right: a tie."""
    text, a, b = parts(prompt)
    right = TRUTH[text]
    return f"Some thoughts about a and b.\n**Verdict:** {'A' if a == right else 'B' if b == right else 'TIE'}"


@pytest.fixture
def pair(tmp_path):
    for name, quality, seed in (("good", ACCURATE, 0), ("weak", WEAK, 1)):
        write_run(tmp_path / "runs" / name, quality, seed=seed, n=100)
    (tmp_path / "rubric.txt").write_text("The better answer names what the ticket is about ({reference}).")
    return tmp_path / "runs"


@pytest.fixture
def api():
    stub = Stub(fair)
    with serving(stub) as url:
        stub.url = url
        yield stub


@pytest.fixture
def judge(moatkit, pair, api, monkeypatch):  # noqa: F811
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def call(*words):
        return moatkit("judge", pair / "good", "--against", pair / "weak", "--rubric", "rubric.txt", "--endpoint",
                       api.url, "--model", "judge-1", "--retry-wait", "0.01", *words)

    return call


def truth_of(pair):
    """(wins, losses, pairs whose answers differ) by who is right."""
    sides = [{r["id"]: r for r in runs.read_predictions(pair / name).to_pylist() if r["split"] == "test"}
             for name in ("good", "weak")]  # fmt: skip
    both = [(sides[0][key], sides[1][key]) for key in sides[0]]
    wins, losses = (sum(x["correct"] and not y["correct"] for x, y in way) for way in (both, [p[::-1] for p in both]))
    return wins, losses, sum(a["prediction"] != b["prediction"] for a, b in both)


def test_a_fair_judge_gives_the_win_rate_of_the_truth(judge, pair, api):
    before = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in (pair / "good").iterdir() if p.is_file()}
    done = judge("--json", "--price-in", "2 CNY", "--price-out", "8 CNY")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    wins, losses, differ = truth_of(pair)
    assert (found["wins"], found["losses"], found["judged"]) == (wins, losses, differ)
    assert found["win_rate"]["value"] == pytest.approx((wins + (100 - wins - losses) / 2) / 100, abs=1e-9)
    assert found["win_rate"]["low"] < found["win_rate"]["value"] < found["win_rate"]["high"]
    assert found["p_value"] == pytest.approx(mcnemar(wins, losses, 100 - wins - losses).p_value, abs=1e-9)
    assert api.requests == 2 * differ and found["position_bias"] == 0
    assert found["cost"]["answers_cost"] == pytest.approx(2 * differ * (100 * 2 + 5 * 8) / 1e6)
    folder = pair / "good/evaluations/judge-judge-1-against-weak"
    summary = runs.read(folder)
    assert summary.parent == "good" and summary.headline["metric"] == "judged_win_rate"
    assert summary.metrics["judged_win_rate"]["value"] == found["win_rate"]["value"]
    assert summary.metrics["accuracy"] == runs.read(pair / "good").metrics["accuracy"]
    assert before == {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in (pair / "good").iterdir() if p.is_file()}
    assert not [p for p in folder.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]


def test_a_judge_of_places_decides_nothing(judge, api):
    api.answer = lambda prompt: "Verdict: A"
    found = json.loads(judge("--json").out)
    assert (found["wins"], found["losses"], found["ties"], found["win_rate"]["value"]) == (0, 0, 100, 0.5)
    assert found["position_bias"] == 1.0 and found["orders_disagree"] == found["judged"] > 0


def test_agreement_with_people_is_reported(judge, pair, tmp_path):
    first = json.loads(judge("--json").out)
    assert first["human"] is None
    folder = pair / "good/evaluations/judge-judge-1-against-weak"
    judged = [row for row in runs.read_predictions(folder).to_pylist() if not row["identical"]]
    names = {"first": "good", "second": "weak", "tie": "tie"}
    person = [{"id": row["id"], "winner": names[row["winner"]]} for row in judged]
    person[0]["winner"] = "tie" if person[0]["winner"] != "tie" else "good"
    lines = "id,winner\n" + "".join(f"{row['id']},{row['winner']}\n" for row in person)
    (tmp_path / "people.csv").write_text(lines)
    again = judge("--json", "--resume", "--human", "people.csv")  # the verdicts are there: nothing is asked again
    human = json.loads(again.out)["human"]
    n = len(judged)
    assert human["n"] == n and human["agreement"] == pytest.approx((n - 1) / n)
    assert (human["low"], human["high"]) == pytest.approx(wilson(n - 1, n))
    assert 0.5 < human["cohen_kappa"] < 1
    (tmp_path / "people.csv").write_text(lines + "t9999,good\nt0001,nobody\n")
    failed = judge("--human", "people.csv")
    assert failed.code == 2 and "2 of" in failed.err and "t9999" in failed.err and "nobody" in failed.err


def test_the_cap_stops_a_judge_and_resume_asks_nothing_twice(judge, pair, api):
    prices = ("--price-in", "2 CNY", "--price-out", "8 CNY", "--max-tokens", "20")
    stopped = judge(*prices, "--max-cost", "0.01 CNY")
    assert stopped.code == 1 and "stopped by --max-cost" in stopped.out and 0 < api.requests < 2 * truth_of(pair)[2]
    folder = pair / "good/evaluations/judge-judge-1-against-weak"
    assert (runs.read(folder).status, runs.read(folder).stop_reason) == ("stopped", "budget")
    assert judge(*prices, "--resume").code == 0
    assert api.requests == 2 * truth_of(pair)[2] and set(api.asked.values()) == {1}
    assert judge(*prices).code == 0  # without --resume a new one, beside the first
    assert (folder.parent / f"{folder.name}-2").is_dir()


def test_a_server_that_fails_ends_the_judge_by_name(judge, pair, api):
    api.always = status(500, "out of order")
    failed = judge("--tries", "2", "--concurrency", "1")
    assert failed.code == 1 and "out of order" in failed.err and "2 x status 500" in failed.err
    api.always = None
    assert judge("--resume").code == 0


def test_equal_runs_leave_nothing_to_judge(moatkit, pair, api):  # noqa: F811
    failed = moatkit("judge", pair / "good", "--against", pair / "good", "--rubric", "rubric.txt",
                     "--endpoint", api.url, "--model", "m")
    assert failed.code == 2 and "nothing to judge" in failed.err and api.requests == 0


@pytest.mark.parametrize(("text", "verdict"), [
    ("Verdict: A", "A"), ("**Verdict:** B.", "B"), ("[[A]]", "A"), ("The first is fine.\nTIE", "tie"), ("判定：B", "B"),
    ("winner: Answer A", "A"), ("Verdict: A\nNo wait.\nVerdict: B", None), ("A is good, B too", None), ("", None),
    ("Verdict: both", None), ("a", "A"),
])  # fmt: skip
def test_verdicts_are_read_never_guessed(text, verdict):
    assert verdict_in(text) == verdict


def test_a_win_needs_both_orders():
    said = [("A", "B"), ("B", "A"), ("A", "A"), ("A", "tie"), ("A", None), ("tie", "tie")]
    verdicts = [Verdict(str(i), *pair) for i, pair in enumerate(said)] + [Verdict("x", None, None, identical=True)]
    found = counts(verdicts)
    assert (found["wins"], found["losses"], found["ties"]) == (1, 1, 5)
    assert (found["orders_disagree"], found["unreadable"], found["identical"]) == (1, 1, 1)
    assert found["position_bias"] == pytest.approx(1 / 3) and win_rate(verdicts).value == pytest.approx(0.5)
