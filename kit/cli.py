"""The command `moatkit`: one function per verb, heavy imports inside. Exit codes: 0 ok, 1 failed, 2 bad input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.commands import dashboard, data, money, preflight, review, rivals, ventures
from kit.entry import exit_code, leave

if TYPE_CHECKING:
    from kit.tasks.base import Prediction

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=(
    "Fine-tune a pretrained Transformer on your data, prove that it helped, and carry the numbers into the business."
))  # fmt: skip
runs_app = typer.Typer(no_args_is_help=True, help="List, show and compare runs.")
app.add_typer(runs_app, name="runs")
money.register(app)
dashboard.register(app)
preflight.register(app)
review.register(app)
rivals.register(app)
data.register(app)
ventures.register(app)

Overrides = Annotated[list[str] | None, typer.Argument(help="Settings over the file's, e.g. optim.lr=2e-4")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
RunsDir = Annotated[Path, typer.Option("--runs", help="The folder that holds the runs.")]


@app.command()
def quickstart(
    out: Annotated[Path, typer.Option("--out", help="The run folder.")] = Path("runs/quickstart"),
    max_steps: Annotated[int | None, typer.Option("--max-steps", help="Stop after so many steps.")] = None,
) -> None:
    """Train and prove on the embedded support tickets, offline, in a few minutes."""
    from kit import runs, show
    from kit.config_load import load
    from kit.paths import shipped

    folder = runs.next_free(out)
    tickets = shipped("playbooks") / "support-routing" / "data"
    overrides = [f"data.train={tickets / 'train.csv'}", f"data.test={tickets / 'test.csv'}", f"run.dir={folder}"]
    overrides += [f"schedule.max_steps={max_steps}"] if max_steps else []
    from kit.pipeline import train as run_training

    summary = run_training(load(shipped("configs") / "text_classification" / "minilm-lora.yaml", overrides))
    show.proof(summary)
    print(f"\nrun folder  {folder}")
    print(f'next        moatkit predict {folder} --text "My parcel says delivered but nothing came"')
    print("            moatkit init my-project --data my.csv    (your own rows)")


@app.command()
def doctor(as_json: Json = False) -> None:
    """What this machine has, how fast it is, and what each absence costs."""
    from dataclasses import asdict

    from kit import show
    from kit.doctor import examine

    found = examine()
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        show.table("", ["what", "state", "found", "what it costs you"],
                   [[f.name, f.state, f.value, f.costs] for f in found])  # fmt: skip


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new project folder.")],
    data: Annotated[str | None, typer.Option("--data", help="CSV, TSV, JSONL, JSON, Parquet or Arrow file.")] = None,
    playbook: Annotated[str | None, typer.Option("--playbook", help="Copy this playbook instead, by id.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="The label column, where it is not found.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Base model instead of the proposed one.")] = None,
) -> None:
    """Look at a data file and write a config and splits, or copy a playbook into a project of your own."""
    from kit.errors import DataError

    if (data is None) == (playbook is None):
        raise DataError("init needs one of --data FILE and --playbook ID; `moatkit playbooks list` shows the ids")
    if playbook is not None:
        from kit.init_playbook import init_playbook

        if label is not None:
            raise DataError(f"--label is {label!r}: a playbook has its labels; leave --label out")
        print("\n".join(init_playbook(folder, playbook, model=model)))
        return
    from kit.init_project import init_project

    assert data is not None
    print("\n".join(init_project(folder, data, label=label, model=model)))


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A YAML config, or the config.yaml of a run to repeat.")],
    overrides: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest whole checkpoint.")] = False,
    accept: preflight.AcceptOption = None,
) -> None:
    """Train, keep the best, and prove it on the test rows."""
    from kit.entry import train_config

    raise typer.Exit(train_config(config, overrides or [], resume=resume, accept=accept or []))


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    data: Annotated[str | None, typer.Option("--data", help="Rows to answer; no labels needed.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the answers go: .csv or .jsonl.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="One text to answer.")] = None,
    base: Annotated[bool, typer.Option("--base", help="With --text: what the untuned base answers, too.")] = False,
    as_json: Json = False,
) -> None:
    """Answer one text, or every row of a file, with calibrated confidence."""
    from kit.data.lines import HALF_CHARACTER
    from kit.errors import DataError

    if (text is None) == (data is None) or (data is not None and out is None):
        raise DataError('predict needs either --text "..." or both --data FILE and --out FILE')
    if text is not None and not text.strip():
        raise DataError("--text is empty")
    if text is not None and HALF_CHARACTER.search(text):
        raise DataError("--text holds bytes that are no text in this terminal's encoding; put it in a file for --data")
    if base and text is None:
        raise DataError("--base goes with --text; the base's answers to the test rows are in predictions.parquet")
    from kit.reload import answer_untuned, predict_file, reopen

    opened = reopen(run)
    if text is None:
        assert data is not None and out is not None
        print(f"{predict_file(opened, data, out)} answers written to {out}")
        return
    rows = [{"id": "1", **opened.session.task.row_of(text)}]
    answer = opened.answer(rows)[0]
    untuned = answer_untuned(opened, rows)[0] if base else None
    if as_json:
        more = {"base": _said(untuned)} if untuned else {}
        print_json({**_said(answer), **more})
        return
    for name, said in (("", answer), ("base     ", untuned)):
        if said is not None:
            sure = f"  (confidence {said.confidence:.3f})" if said.confidence is not None else ""
            print(f"{name}{said.prediction}{sure}")


def _said(answer: Prediction) -> dict[str, object]:
    return {"prediction": answer.prediction, "confidence": answer.confidence}


@runs_app.command("list")
def runs_list(folder: RunsDir = Path("runs"), as_json: Json = False) -> None:
    """All runs, newest first; a broken folder is named and hides nothing else."""
    from kit import runs, show

    found = runs.list_runs(folder)
    if as_json:
        print_json([s.as_json() if isinstance(s, runs.Summary) else {"run": path.name, "error": str(s)}
                    for path, s in found])  # fmt: skip
        return
    rows = [show.run_row(path.name, s) if isinstance(s, runs.Summary) else [path.name, "", f"broken: {s}"]
            for path, s in found]  # fmt: skip
    columns = ["run", "task", "status", "metric", "value (95 % interval)", "USD", "created"]
    show.table("", columns, rows) if rows else print(f"no runs in {folder}/ yet; start with: moatkit quickstart")


@runs_app.command("show")
def runs_show(run: Path, as_json: Json = False) -> None:
    """The proof of one run."""
    from kit import runs, show

    summary = runs.read(run)
    print_json(summary.as_json()) if as_json else show.proof(summary)


@runs_app.command("compare")
def runs_compare(first: Path, second: Path, as_json: Json = False) -> None:
    """A paired comparison of two runs on the rows that both have answered."""
    from kit.compare_runs import compare_runs, comparison_lines

    result = compare_runs(first, second)
    print_json(result) if as_json else print("\n".join(comparison_lines(result)))


def print_json(value: object) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, indent=1))


def main() -> None:
    """Entry point of the installed command."""
    leave(exit_code(app))


if __name__ == "__main__":
    main()
