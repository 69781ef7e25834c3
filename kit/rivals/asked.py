"""`moatkit evaluate --endpoint`: every row of the exam asked of a hosted model, resumable and within a spend cap."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit import runs
from kit.errors import ConfigError, KitError, RunError
from kit.rivals.asking import Asker, Question, Tally
from kit.rivals.exam import Exam
from kit.rivals.journal import Journal
from kit.rivals.patience import Patience
from kit.rivals.prompt import Template
from kit.rivals.record import Given, Origin, Recorded, finish, open_folder, read_unread
from kit.rivals.spend import Purse, Tariff
from kit.rivals.wire import Endpoint

MOST_REFUSED = 0.1  # above this share of refused rows the fault is not in the rows


@dataclass(frozen=True)
class Means:
    """How to ask: the server, the price, the cap (in the tariff's currency), and how patiently."""

    endpoint: Endpoint
    patience: Patience
    tariff: Tariff | None = None
    cap: float | None = None
    concurrency: int = 4

    def asker(self, journal: Journal) -> Asker:
        """What the journal holds has been paid; an answer without a known cost counts as dear as it could have been."""
        spent = sum(line["cost"] if line["cost"] is not None else line.get("aside") or 0.0
                    for line in journal.answers.values())  # fmt: skip
        purse = Purse(self.cap, spent)
        return Asker(self.endpoint, self.patience, journal, purse, self.tariff, self.concurrency)


def questions_of(exam: Exam, prompt: Template, system: Template | None) -> list[Question]:
    """One question per row. Raises ConfigError for a name in braces that is no column, or that is the answer."""
    there = {name for name in exam.values[0] if name not in exam.give_away and name != "split"}
    prompt.check(there, exam.give_away)
    if system:
        system.check(there, exam.give_away, needs_one=False)
    return [
        Question(row["id"], [
            *([{"role": "system", "content": system.fill(values)}] if system else []),
            {"role": "user", "content": prompt.fill(values)},
        ])
        for row, values in zip(exam.rows, exam.values)
    ]  # fmt: skip


def evaluate_endpoint(folder: Path, exam: Exam, questions: list[Question], means: Means, *,
                      prompt: str, resume: bool) -> Recorded:  # fmt: skip
    """Ask what is still open and score; the summary says `stopped` (budget) where the cap ended it."""
    origin = origin_of(means, questions)
    prepare_folder(folder, origin.facts, resume=resume)
    if (folder / runs.SUMMARY).is_file() and runs.read(folder).status == "done":
        print(f"{folder} is done already; nothing is asked", file=sys.stderr)
        return Recorded(runs.read(folder), read_unread(folder))
    with Journal(folder / runs.ANSWERS) as journal:
        if not (folder / runs.SUMMARY).is_file():
            open_folder(folder, exam, origin)
            runs.write_text(folder / runs.PROMPT, prompt + "\n")
        else:  # tries that failed are counted over all the sittings of a run
            means.patience.retries.update(runs.read_json(folder, runs.EXTERNAL).get("failed_tries") or {})
        try:
            tally = ask_or_mark(folder, means.asker(journal), questions)
        finally:
            runs.write_json(folder / runs.EXTERNAL, dict(origin_of(means, questions, journal).facts))
    if tally.out_of_money:
        return Recorded(mark_stopped(folder, journal, means))
    if fault := too_many_refused(tally, questions, means):
        raise mark_failed(folder, fault)
    given = {key: given_of(line) for key, line in journal.answers.items()}
    given |= {  # a request that is refused is not charged
        key: Given("", refused=why, input_tokens=0, output_tokens=0, cost=0.0) for key, why in tally.refused.items()
    }
    return finish(folder, exam, given, origin_of(means, questions, journal, tally))


def ask_or_mark(folder: Path, asker: Asker, questions: list[Question]) -> Tally:
    """Ask; where that ends in a fault or by a signal, the summary says so before the error goes on."""
    runs.write_summary(folder, runs.read(folder).model_copy(update={"status": "running", "error": None}))
    try:
        return asker.ask_all(questions)
    except KeyboardInterrupt:
        stopped = {"status": "stopped", "stop_reason": "signal", "finished": runs.now()}
        runs.write_summary(folder, runs.read(folder).model_copy(update=stopped))
        raise
    except KitError as err:
        raise mark_failed(folder, err) from None


def too_many_refused(tally: Tally, questions: list[Question], means: Means) -> RunError | None:
    """A fault that is not in the rows, though the server refuses them one by one; None where few are refused."""
    if len(tally.refused) <= MOST_REFUSED * len(questions):
        return None
    key, why = next(iter(tally.refused.items()))
    return RunError(f"{means.endpoint.url}: refused {len(tally.refused)} of {len(questions)} rows, the first ({key}) "
                    f"with {why}; mend the prompt or the settings (--set)")


def mark_failed(folder: Path, err: KitError) -> KitError:
    told = {"status": "failed", "error": str(err), "finished": runs.now()}
    runs.write_summary(folder, runs.read(folder).model_copy(update=told))
    return err


def mark_stopped(folder: Path, journal: Journal, means: Means) -> runs.Summary:
    """The summary of a run that the cap ended: no headline, since the rows answered so far are no sample of all."""
    assert means.tariff is not None
    spent = sum(line["cost"] or 0.0 for line in journal.answers.values())
    cost = {
        "train_usd": 0.0, "currency": means.tariff.currency, "train_cost": 0.0, "energy_kwh": None,
        "price_id": means.tariff.id, "price_per_hour": None, "price_date": means.tariff.date,
        "answers_usd": means.tariff.usd(spent), "answers_cost": spent, "why_unknown": None,
        "answers": len(journal.answers),
    }  # fmt: skip
    told = {"status": "stopped", "stop_reason": "budget", "finished": runs.now(), "cost": cost}
    summary = runs.read(folder).model_copy(update=told)
    runs.write_summary(folder, summary)
    return summary


def origin_of(means: Means, questions: list[Question], journal: Journal | None = None,
              tally: Tally | None = None) -> Origin:  # fmt: skip
    """What was asked of whom: enough to see whether a resumed run goes on with the same questions."""
    endpoint, tariff = means.endpoint, means.tariff
    asked = json.dumps([[q.key, q.messages] for q in questions])
    retries = dict(sorted(means.patience.retries.items()))
    facts = {
        "kind": "endpoint", "endpoint": endpoint.url, "body": endpoint.body, "price": tariff.id if tariff else None,
        "questions_sha256": hashlib.sha256(asked.encode()).hexdigest(), "rows": len(questions),
        "concurrency": means.concurrency, "failed_tries": retries,
        "reported_models": reported_models(journal), "answered": len(journal.answers) if journal else 0,
        "refused": len(tally.refused) if tally else 0,
    }  # fmt: skip
    notes = []
    if retries:
        notes.append("failed tries, asked again: " + ", ".join(f"{count} x {kind}" for kind, count in retries.items()))
    if retries.get("timeout"):
        notes.append("a try that ended in a timeout may still have been charged by the server; it is not in this cost")
    return Origin(
        f"{endpoint.body['model']} at {endpoint.url}", facts, currency=tariff.currency if tariff else "USD",
        price_id=tariff.id if tariff else None, price_date=tariff.date if tariff else None,
        concurrency=means.concurrency, notes=notes,
    )  # fmt: skip


def reported_models(journal: Journal | None) -> list[str]:
    """The names and builds under which the server says it has answered: a model can change behind its name."""
    raws = [line["raw"] for line in journal.answers.values()] if journal else []
    return sorted({" ".join(str(raw[key]) for key in ("model", "system_fingerprint") if raw.get(key)) for raw in raws})


SAME = ("endpoint", "body", "price", "questions_sha256")


def prepare_folder(folder: Path, facts: Mapping[str, Any], *, resume: bool) -> None:
    """Raises RunError or ConfigError where the folder is taken, or holds answers to other questions."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        folder.mkdir(parents=True, exist_ok=True)
        return
    if _has_no_answers(folder):  # it failed before the first one: nothing is lost by starting over
        (folder / runs.SUMMARY).unlink(missing_ok=True)
        return
    if not resume:
        raise RunError(f"{folder}: exists already; go on with it by --resume, or name another folder with --out", 2)
    stored = runs.read_json(folder, runs.EXTERNAL)
    differing = [f"{name} was {stored.get(name)!r} and is now {facts[name]!r}" for name in SAME
                 if stored.get(name) != facts[name]]  # fmt: skip
    if differing:
        raise ConfigError(
            [f"{folder}: --resume goes on with the same questions to the same model only", *differing,
             "the rows, the prompt and the settings make the questions; name another folder with --out to ask new ones"]
        )  # fmt: skip


def _has_no_answers(folder: Path) -> bool:
    answers = folder / runs.ANSWERS
    return (folder / runs.EXTERNAL).is_file() and not (folder / runs.CARD).exists() and (
        not answers.exists() or not answers.stat().st_size)  # fmt: skip


def given_of(line: Mapping[str, Any]) -> Given:
    """An answer of the journal."""
    names = ("text", "input_tokens", "output_tokens", "latency_ms", "cost", "finish_reason")
    return Given(**{name: line[name] for name in names})
