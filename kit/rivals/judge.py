"""`moatkit judge`: a hosted model compares two runs' answers row by row, each pair in both orders.

A run wins a row only where the judge prefers its answer in both orders; where the orders disagree, one of them is a
tie or a verdict cannot be read, the row is a tie. Equal answers are a tie and are not asked. Judges favour a place:
Zheng et al. (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, sections 3.3 and 3.4.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit import runs
from kit.errors import DataError
from kit.pairing import Pairs, pair_runs
from kit.rivals.asked import Means, ask_or_mark, mark_failed, mark_stopped, origin_of, prepare_folder, too_many_refused
from kit.rivals.asking import Question
from kit.rivals.journal import Journal
from kit.rivals.prompt import Template
from kit.rivals.record import Given, cost_block
from kit.rivals.verdicts import POINTS, Verdict, against_people, counts, sign_test, verdicts_of, win_rate

METRIC = "judged_win_rate"
FRAME = """Two answers to the same input are compared by a rubric.

Rubric:
{rubric}

Input:
{input}

Answer A:
{a}

Answer B:
{b}

Judge by the rubric alone; which answer stands first means nothing. End with one line: "Verdict: A", "Verdict: B", or
"Verdict: TIE" where neither is better."""


def judge_runs(run: Path, against: Path, rubric: Template, means: Means, *, human: str | None = None,
               resume: bool = False) -> tuple[Path, dict[str, Any]]:  # fmt: skip
    """Ask, count and write `evaluations/judge-.../` of the run, whose own proof stays as it is.

    Raises RunError, DataError or ConfigError; what was answered until then is kept.
    """
    rubric.check({"input", "reference"}, needs_one=False)
    pairs = pair_runs(run, against)
    ids = [row["id"] for row in pairs.first]
    if human:  # a file that cannot be used is named before anything is paid for
        against_people(human, [Verdict(name, None, None) for name in ids], (run.name, against.name))
    questions = questions_of(pairs, rubric)
    if not questions:
        raise DataError(f"{run} and {against} answer all {len(ids)} shared rows alike: there is nothing to judge")
    folder = folder_for(run, against, str(means.endpoint.body["model"]), resume=resume)
    facts = {**origin_of(means, questions).facts, "kind": "judge", "against": str(against), "rubric": rubric.text}
    prepare_folder(folder, facts, resume=resume)
    with Journal(folder / runs.ANSWERS) as journal:
        if not (folder / runs.SUMMARY).is_file():
            runs.write_text(folder / runs.PROMPT, rubric.text + "\n")
            runs.write_json(folder / runs.EXTERNAL, facts)
            runs.write_summary(folder, _started(run))
        else:
            means.patience.retries.update(runs.read_json(folder, runs.EXTERNAL).get("failed_tries") or {})
        try:
            tally = ask_or_mark(folder, means.asker(journal), questions)
        finally:
            retries = dict(sorted(means.patience.retries.items()))
            now = {"failed_tries": retries, "answered": len(journal.answers)}
            runs.write_json(folder / runs.EXTERNAL, facts | now)
    if tally.out_of_money:
        return folder, _stopped(folder, journal, means, questions)
    if fault := too_many_refused(tally, questions, means):
        raise mark_failed(folder, fault)
    said = {key: line["text"] for key, line in journal.answers.items()} | dict.fromkeys(tally.refused, "")
    found = _record(folder, run, pairs, verdicts_of(said, ids), means, journal)
    found |= {"against": against.name, "failed_tries": retries}
    if human:
        found["human"] = against_people(human, verdicts_of(said, ids), (run.name, against.name))
    runs.write_json(folder / runs.PROOF, found)
    return folder, found


def questions_of(pairs: Pairs, rubric: Template) -> list[Question]:
    """Two questions per row whose answers differ: `ID#1` shows the run's answer first, `ID#2` the other's."""
    asked = []
    for mine, other in zip(pairs.first, pairs.second):
        answers = [str(row["prediction"] or "").strip() for row in (mine, other)]
        if answers[0] == answers[1]:
            continue
        criteria = rubric.fill({"input": mine["input"], "reference": mine["reference"]})
        for number, (a, b) in enumerate((answers, answers[::-1]), start=1):
            values = {"rubric": criteria, "input": mine["input"], "a": a, "b": b}
            content = Template(FRAME, "frame").fill(values)
            asked.append(Question(f"{mine['id']}#{number}", [{"role": "user", "content": content}]))
    return asked


def folder_for(run: Path, against: Path, model: str, *, resume: bool) -> Path:
    """A new folder beside earlier judgements; with `resume` the newest of this judge on this pair."""
    name = re.sub(r"[^\w.-]+", "-", f"judge-{model}-against-{against.resolve().name}")
    first = run / runs.EVALUATIONS / name
    free = runs.next_free(first)
    if not resume or free == first:
        return free
    number = int(free.name.removeprefix(f"{name}-")) - 1
    return first if number == 1 else first.with_name(f"{name}-{number}")


def judge_lines(found: dict[str, Any]) -> list[str]:
    """The judgement as a person reads it."""
    if found["status"] != "done":
        return [f"stopped by --max-cost after {found['answers']} of {found['questions']} verdicts; go on with the same "
                "command, a higher --max-cost and --resume"]
    rate, bias = found["win_rate"], found["position_bias"]
    lines = [
        f"{found['run']} against {found['against']} on {found['rows']} rows, judged by {found['judge']}: "
        f"{found['wins']} won, {found['losses']} lost, {found['ties']} tied; p = {found['p_value']:.3g}",
        f"judged win rate {100 * rate['value']:.1f} % ({100 * rate['low']:.1f} to {100 * rate['high']:.1f})",
        f"ties: {found['identical']} with equal answers (not asked), {found['orders_disagree']} where the two orders "
        f"contradict each other, {found['unreadable']} with a verdict that cannot be read",
    ]
    if bias is not None:
        lines.append(f"position bias: {100 * bias:.1f} % of the decided pairs went by place, not by answer")
    person = found.get("human")
    if person:
        kappa = "not defined" if person["cohen_kappa"] is None else f"{person['cohen_kappa']:.3f}"
        lines.append(
            f"agreement with people on {person['n']} rows: {100 * person['agreement']:.1f} % "
            f"({100 * person['low']:.1f} to {100 * person['high']:.1f}), Cohen's kappa {kappa}")
    else:
        lines.append("no person's verdicts were given (--human): nothing shows yet that this judge can be believed")
    return lines


def _started(run: Path) -> runs.Summary:
    own = runs.read(run)
    return runs.Summary(run=own.run, kind="external", task=own.task, created=runs.now(), parent=own.run,
                        tags=["judge"], metrics=own.metrics, evidence=own.evidence, licence=own.licence)  # fmt: skip


def _stopped(folder: Path, journal: Journal, means: Means, questions: list[Question]) -> dict[str, Any]:
    summary = mark_stopped(folder, journal, means)
    return {"status": summary.status, "stop_reason": summary.stop_reason, "answers": len(journal.answers),
            "questions": len(questions), "cost": summary.cost}  # fmt: skip


def _record(folder: Path, run: Path, pairs: Pairs, verdicts: list[Verdict], means: Means,
            journal: Journal) -> dict[str, Any]:  # fmt: skip
    """Rows and summary of the judgement; returns what it found."""
    groups = [row["group"] for row in pairs.first]
    rate = win_rate(verdicts, groups if any(group is not None for group in groups) else None)
    given = [Given(line["text"], input_tokens=line["input_tokens"], output_tokens=line["output_tokens"],
                   cost=line["cost"]) for line in journal.answers.values()]  # fmt: skip
    cost = cost_block(given, replace(origin_of(means, []), facts={}))
    runs.write_predictions(folder, [
        {"id": mine["id"], "split": "test", "group": mine["group"], "input": mine["input"],
         "reference": mine["reference"], "prediction": mine["prediction"], "other_prediction": other["prediction"],
         "shown_first": v.shown_first, "shown_second": v.shown_second, "winner": v.winner, "identical": v.identical,
         "score": POINTS[v.winner]}
        for mine, other, v in zip(pairs.first, pairs.second, verdicts)
    ])  # fmt: skip
    before = runs.read(folder)
    head = {"metric": METRIC, "value": rate.value, "low": rate.low, "high": rate.high, "n": rate.n,
            "higher_is_better": True, "level": rate.level, "method": rate.method}  # fmt: skip
    runs.write_summary(folder, before.model_copy(update={
        "status": "done", "stop_reason": None, "error": None, "finished": runs.now(), "headline": head, "cost": cost,
        "metrics": {**(before.metrics or {}), METRIC: rate.short()},
    }))  # fmt: skip
    return {"status": "done", "run": run.name, "judge": means.endpoint.body["model"], **counts(verdicts),
            "win_rate": head, "p_value": sign_test(verdicts).p_value, "human": None, "cost": cost}  # fmt: skip
