"""Verbs that score answers: of a run of one's own, of an API, of a file made elsewhere, and of a judge of two runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kit.rivals.record import Recorded

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
LikeOption = Annotated[Path | None, typer.Option("--like", help="A run whose rows, labels and settings hold; without "
                                                 "--data its own test rows.")]
TaskOption = Annotated[str, typer.Option("--task", help="The kind, where no --like run says it.")]
SettingsOption = Annotated[list[str] | None, typer.Option("--option", help="KEY=VALUE of the kind, "
                                                          "e.g. problem=multi_label; repeat for more.")]
ColumnOption = Annotated[list[str] | None, typer.Option("--column", help="ROLE=NAME of the data, e.g. "
                                                        "label=intent or id=ticket; repeat for more.")]
LevelOption = Annotated[int | None, typer.Option("--level", min=0, max=4, help="Whose rows: 0 demo, 1 public, 2 own "
                                                 "(default of --data), 3 a customer's rows in a pilot, 4 production.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The run folder to write.")]
EndpointOption = Annotated[str | None, typer.Option("--endpoint", help="Ask this OpenAI-compatible API, e.g. "
                                                    "https://HOST/v1.")]
ModelOption = Annotated[str | None, typer.Option("--model", help="The model's name at the endpoint.")]
KeyEnvOption = Annotated[str, typer.Option("--key-env", help="Environment variable that holds the key.")]
PriceOption = Annotated[str | None, typer.Option("--price", help="A row of the price sheet by id, or its model.")]
PriceInOption = Annotated[str | None, typer.Option("--price-in", help='Per million input tokens, e.g. "2 CNY".')]
PriceOutOption = Annotated[str | None, typer.Option("--price-out", help='Per million output tokens, e.g. "8 CNY".')]
MaxCostOption = Annotated[str | None, typer.Option("--max-cost", help='Stop before more is spent, e.g. "5 USD".')]
MaxTokensOption = Annotated[int, typer.Option("--max-tokens", min=1, help="Longest answer.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="KEY=JSON of the request's body; null takes a key "
                                                     "out, e.g. --set temperature=null.")]
ConcurrencyOption = Annotated[int, typer.Option("--concurrency", min=1, max=256, help="Requests at a time.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.05, help="Seconds until a request counts as failed.")]
TriesOption = Annotated[int, typer.Option("--tries", min=1, help="Tries of a request before the run fails.")]
RetryWaitOption = Annotated[float, typer.Option("--retry-wait", min=0.0, help="Seconds before the second try; doubled "
                                                "each time, Retry-After goes before.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on where the last call stopped; asks no row twice.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("evaluate")(evaluate)
    app.command("import")(import_)
    app.command("judge")(judge)


def evaluate(
    run: Annotated[Path | None, typer.Argument(help="A finished run folder; or none, with --endpoint.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Labelled rows; default: the run's test rows.")] = None,
    level: LevelOption = None, endpoint: EndpointOption = None, model: ModelOption = None,
    prompt: Annotated[Path | None, typer.Option("--prompt", help="Text with the row's columns in braces, e.g. {text}; "
                                                "{labels} for the classes.")] = None,
    system: Annotated[Path | None, typer.Option("--system", help="The same for the system message.")] = None,
    like: LikeOption = None, task: TaskOption = "text_classification", option: SettingsOption = None,
    column: ColumnOption = None, key_env: KeyEnvOption = "OPENAI_API_KEY", price: PriceOption = None,
    price_in: PriceInOption = None, price_out: PriceOutOption = None, max_cost: MaxCostOption = None,
    max_tokens: MaxTokensOption = 256, set_: SetOption = None, concurrency: ConcurrencyOption = 4,
    timeout: TimeoutOption = 60.0, tries: TriesOption = 6, retry_wait: RetryWaitOption = 1.0, out: OutOption = None,
    resume: ResumeOption = False, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Score a finished run, or with --endpoint a hosted model, on labelled rows."""
    from kit.errors import ConfigError

    if endpoint is None:
        if run is None:
            raise ConfigError("evaluate what? name a run, or an API with --endpoint URL --model NAME --prompt FILE")
        _only_with_endpoint(
            model=model, prompt=prompt, system=system, like=like, option=option, column=column, price=price,
            price_in=price_in, price_out=price_out, max_cost=max_cost, set=set_, out=out, resume=resume or None,
        )  # fmt: skip
        _own_run(run, data, level, as_json)
        return
    if run is not None:
        raise ConfigError(f"{run} and --endpoint are both given; for the API's answers to its rows: --like {run}")
    if model is None or prompt is None:
        raise ConfigError("--endpoint needs --model NAME and --prompt FILE")
    from kit.rivals.asked import evaluate_endpoint, questions_of
    from kit.rivals.exam import Scope, open_exam
    from kit.rivals.prompt import read_template

    means = _means(endpoint, model, key_env, (price, price_in, price_out), max_cost, max_tokens, set_,
                   concurrency, timeout, tries, retry_wait)
    templates = read_template(prompt), read_template(system) if system else None
    exam = open_exam(Scope(data, like, task, _settings(option), _columns("--column", column), level))
    folder = out or _default_folder(model, data or str(like))
    found = evaluate_endpoint(folder, exam, questions_of(exam, *templates), means, prompt=templates[0].text,
                              resume=resume)
    _show(found, folder, as_json)


def import_(
    file: Annotated[str, typer.Argument(help="Answers: CSV, JSONL, Parquet ... with the columns id and prediction.")],
    data: Annotated[str | None, typer.Option("--data", help="The labelled rows that were answered.")] = None,
    like: LikeOption = None, task: TaskOption = "text_classification", option: SettingsOption = None,
    column: ColumnOption = None,
    answer: Annotated[list[str] | None, typer.Option("--answer", help="ROLE=NAME of the answers file, e.g. "
                                                     "prediction=intent; repeat for more.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Who answered; default: the file.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="Of a column cost.")] = "USD",
    per_hour: Annotated[str | None, typer.Option("--per-hour", help='Price of an hour of a person, e.g. "80 CNY"; '
                                                 "needs a column minutes.")] = None,
    usd_per_hour: Annotated[float | None, typer.Option("--usd-per-hour", min=0.0, help="The same in dollars.")] = None,
    price: PriceOption = None, price_in: PriceInOption = None, price_out: PriceOutOption = None,
    level: LevelOption = None, out: OutOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Score answers made elsewhere: another trainer, a vendor, rules, or people with their minutes."""
    from kit.cost.money import Money, currency_code, parse_money
    from kit.errors import ConfigError
    from kit.rivals.exam import Scope, open_exam
    from kit.rivals.imported import Rates, default_folder, import_answers
    from kit.rivals.spend import tariff_of

    if per_hour and usd_per_hour is not None:
        raise ConfigError("--per-hour and --usd-per-hour are both given: name one of the two")
    hour = parse_money(per_hour) if per_hour else None if usd_per_hour is None else Money(usd_per_hour, "USD")
    rates = Rates(currency_code(currency), hour, tariff_of(price, price_in, price_out))
    exam = open_exam(Scope(data, like, task, _settings(option), _columns("--column", column), level))
    folder = out or default_folder(file)
    found = import_answers(folder, file, exam, columns=_columns("--answer", answer), rates=rates, name=name)
    _show(found, folder, as_json)


def judge(
    run: Annotated[Path, typer.Argument(help="The run whose answers are judged.")],
    against: Annotated[Path, typer.Option("--against", help="Another run on the same rows.")],
    rubric: Annotated[Path, typer.Option("--rubric", help="Text that says what makes an answer better.")],
    endpoint: Annotated[str, typer.Option("--endpoint", help="OpenAI-compatible API of the judge.")],
    model: Annotated[str, typer.Option("--model", help="The judge's name at the endpoint.")],
    human: Annotated[str | None, typer.Option("--human", help="A person's verdicts: columns id and winner.")] = None,
    key_env: KeyEnvOption = "OPENAI_API_KEY", price: PriceOption = None, price_in: PriceInOption = None,
    price_out: PriceOutOption = None, max_cost: MaxCostOption = None, max_tokens: MaxTokensOption = 256,
    set_: SetOption = None, concurrency: ConcurrencyOption = 4, timeout: TimeoutOption = 60.0, tries: TriesOption = 6,
    retry_wait: RetryWaitOption = 1.0, resume: ResumeOption = False, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Let a model judge two runs pair by pair, in both orders; a win needs both. Kept beside the run's own proof."""
    from kit.commands import show
    from kit.rivals.judge import judge_lines, judge_runs
    from kit.rivals.prompt import read_template

    means = _means(endpoint, model, key_env, (price, price_in, price_out), max_cost, max_tokens, set_,
                   concurrency, timeout, tries, retry_wait)
    folder, found = judge_runs(run, against, read_template(rubric), means, human=human, resume=resume)
    if as_json:
        show.json_out(found)
    else:
        print("\n".join(judge_lines(found)))
    print(f"written to {folder}", file=sys.stderr)
    if found["status"] != "done":
        raise typer.Exit(1)


def _own_run(run: Path, data: str | None, level: int | None, as_json: bool) -> None:
    from kit import show
    from kit.commands.show import json_out
    from kit.reload import evaluate_run, reopen

    summary = evaluate_run(reopen(run), data, level=level)
    json_out(summary.as_json()) if as_json else show.proof(summary)


def _only_with_endpoint(**given: Any) -> None:
    from kit.errors import ConfigError

    for name, value in given.items():
        if value is not None:
            raise ConfigError(f"--{name.replace('_', '-')}: goes with --endpoint URL only")


def _means(endpoint: str, model: str, key_env: str, price: tuple[str | None, str | None, str | None],
           max_cost: str | None, max_tokens: int, set_: list[str] | None, concurrency: int, timeout_s: float,
           tries: int, retry_wait_s: float) -> Any:  # fmt: skip
    """The key is read here and goes nowhere but into the header of the requests."""
    import os

    from kit.errors import ConfigError
    from kit.rivals.asked import Means
    from kit.rivals.patience import Patience
    from kit.rivals.spend import cap_of, tariff_of
    from kit.rivals.wire import Endpoint, completions_url, is_secret

    key = (os.environ.get(key_env) or "").strip() or None
    if key is None and key_env != "OPENAI_API_KEY":
        raise ConfigError(f"--key-env {key_env}: the environment has no such variable; export {key_env}=... first")
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(f"the key in {key_env} holds characters that no HTTP header takes; set it again")
    if key is not None and is_secret(key) and key in str(set_):
        raise ConfigError("--set holds the key, and the request's settings are stored with the run; take it out")
    tariff = tariff_of(*price)
    cap = cap_of(max_cost, tariff)
    body = {"model": model, "temperature": 0, "max_tokens": max_tokens, **_body(set_)}
    body = {name: value for name, value in body.items() if value is not None}
    target = Endpoint(completions_url(endpoint), body, key, timeout_s, key_env)
    if cap is not None and target.most_output_tokens is None:
        raise ConfigError("--max-cost needs a longest answer: leave max_tokens or max_completion_tokens in the request")
    return Means(target, Patience(tries, retry_wait_s), tariff, cap, concurrency)


def _body(pairs: list[str] | None) -> dict[str, Any]:
    """KEY=JSON; what is not JSON is text."""
    import json

    from kit.errors import ConfigError

    found: dict[str, Any] = {}
    for name, text in _pairs("--set", pairs).items():
        if name in {"messages", "n", "stream", "model"}:
            raise ConfigError(f"--set {name}: is set by the kit: one plain answer to one question of --model")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _settings(pairs: list[str] | None) -> dict[str, Any]:
    import yaml

    return {name: yaml.safe_load(text) for name, text in _pairs("--option", pairs).items()}


def _columns(option: str, pairs: list[str] | None) -> dict[str, str]:
    return _pairs(option, pairs)


def _pairs(option: str, pairs: list[str] | None) -> dict[str, str]:
    from kit.errors import ConfigError

    found = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ConfigError(f"{option} {pair!r}: is written NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def _default_folder(model: str, rows: str) -> Path:
    import re

    return Path("runs") / re.sub(r"[^\w.-]+", "-", f"{model}-on-{Path(rows).stem}").strip("-.")


def _show(found: Recorded, folder: Path, as_json: bool) -> None:
    """The proof, the answers that could not be read, and where it all lies; exit 1 where the cap ended it."""
    from kit import show
    from kit.commands.show import json_out
    from kit.rivals.card import unread_lines

    summary = found.summary
    json_out(summary.as_json()) if as_json else show.proof(summary)
    if summary.status == "stopped":
        cost = summary.cost or {}
        print(f"stopped by --max-cost after {cost.get('answers')} answers and {cost.get('answers_cost'):.6g} "
              f"{cost.get('currency')}, all kept in {folder}; go on with the same command, a higher --max-cost and "
              "--resume", file=sys.stderr)
        raise typer.Exit(1)
    if found.unread:
        print(unread_lines(found.unread, len(found.unread) if not summary.headline else summary.headline["n"]),
              file=sys.stderr)
    print(f"run folder  {folder}", file=sys.stderr)
