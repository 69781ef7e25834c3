"""An API on the same rows: planted accuracy, money to the digit, caps, resumption, and servers that misbehave."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import time

import httpx2
import pytest
from stub_api import KEY, Stub, drip, says, serving, slow, status
from synthetic_runs import INTENTS

from kit import runs
from kit.cost.sheet import to_usd
from kit.stats import mcnemar, wilson
from tests.fixtures_cli import ROOT, moatkit, run_process  # noqa: F401

N, WRONG, UNREADABLE = 100, 6, 3  # 100 - 6 - 3 = 91 right
PRICES = ("--price-in", "2 CNY", "--price-out", "8 CNY")


def tickets(n=N):
    return [{"id": f"t{i:03d}", "body": f"ticket number {i} please help", "intent": INTENTS[i % 5]} for i in range(n)]


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=["id", "body", "intent"])
        writer.writeheader()
        writer.writerows(tickets())
    (tmp_path / "prompt.txt").write_text('Ticket: {body}\nAnswer with one of {labels} as {"label": "..."}.')
    return path


def planted(prompt):
    """Right on all but WRONG rows, unreadable on UNREADABLE ones."""
    number = int(prompt.split("number ")[1].split()[0])
    right = INTENTS[number % 5]
    if number < WRONG:
        return INTENTS[(number + 1) % 5]
    if number < WRONG + UNREADABLE:
        return f"either {right} or {INTENTS[(number + 2) % 5]}"
    return [right, f'"{right.upper()}"', f"**Label:** {right}", f'{{"label": "{right}"}}'][number % 4]


@pytest.fixture
def api():
    stub = Stub(planted)
    with serving(stub) as url:
        stub.url = url
        yield stub


@pytest.fixture
def ask(moatkit, rows, api, monkeypatch):  # noqa: F811
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def call(*words, prompt="prompt.txt", out="runs/api"):
        return moatkit("evaluate", "--endpoint", api.url, "--model", "stub-1", "--prompt", prompt, "--data", rows,
                       "--out", out, "--retry-wait", "0.01", "--timeout", "10", *words)

    return call


def test_accuracy_and_money_equal_the_closed_form(ask, api, tmp_path):
    api.tokens = lambda prompt: (len(prompt), 7)
    done = ask(*PRICES, "--json")
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert (summary["kind"], summary["status"], summary["task"]) == ("external", "done", "text_classification")
    assert summary["headline"]["metric"] == "accuracy" and summary["headline"]["value"] == pytest.approx(0.91, abs=1e-9)
    assert (summary["headline"]["low"], summary["headline"]["high"]) == pytest.approx(wilson(91, 100), abs=1e-9)
    tokens = sum(len(prompt) for prompt in api.asked)
    yuan = (tokens * 2 + N * 7 * 8) / 1e6
    assert summary["cost"]["answers_cost"] == pytest.approx(yuan, rel=1e-9) and summary["cost"]["currency"] == "CNY"
    assert summary["cost"]["answers_usd"] == pytest.approx(to_usd(yuan, "CNY"), rel=1e-9)
    assert (summary["cost"]["input_tokens"], summary["cost"]["output_tokens"]) == (tokens, 7 * N)
    assert summary["serving"]["usd_per_1k_requests_at_capacity"] == pytest.approx(10 * to_usd(yuan, "CNY"), rel=1e-9)
    assert summary["serving"]["p50_ms"] <= summary["serving"]["p95_ms"]
    assert api.requests == N and set(api.asked.values()) == {1} and api.keys == {f"Bearer {KEY}"}
    assert api.bodies[0]["temperature"] == 0 and "refund" in api.bodies[0]["messages"][0]["content"]
    table = runs.read_predictions(tmp_path / "runs/api").to_pylist()
    assert [row["id"] for row in table] == [row["id"] for row in tickets()] and sum(r["correct"] for r in table) == 91


def test_unreadable_answers_are_wrong_and_listed(ask, tmp_path):
    done = ask()
    folder = tmp_path / "runs/api"
    assert "3 of 100 answers could not be read" in done.err and "t006" in done.err
    listed = [json.loads(line) for line in (folder / runs.UNPARSABLE).read_text().splitlines()]
    assert [item["id"] for item in listed] == ["t006", "t007", "t008"] and "either" in listed[0]["text"]
    by_id = {row["id"]: row for row in runs.read_predictions(folder).to_pylist()}
    assert runs.read_json(folder, runs.EXTERNAL)["reported_models"] == ["stub-1"]
    assert by_id["t007"]["correct"] is False and by_id["t007"]["error_class"] == "unreadable"
    assert runs.read_json(folder, runs.EXTERNAL)["unparsable"] == 3
    card = (folder / runs.CARD).read_text()
    assert "3 of 100 answers could not be read" in card and "not known (no price was given)" in card
    # no answer adds no class of its own to the mean of the classes
    right = {label: sum(r["correct"] for r in by_id.values() if r["reference"] == label) for label in INTENTS}
    said = {label: sum(r["prediction"] == label for r in by_id.values()) for label in INTENTS}
    macro = sum(2 * right[label] / (20 + said[label]) for label in INTENTS) / 5
    assert runs.read(folder).metrics["macro_f1"]["value"] == pytest.approx(macro, abs=1e-9)


def test_the_key_is_in_no_file_even_where_the_server_echoes_it(ask, api, tmp_path):
    api.faults = [status(500, f"your key {KEY} is fine"), says({"choices": [], "you_sent": KEY})]
    api.answer = lambda prompt: f"{planted(prompt)} {KEY}"
    done = ask()
    assert done.code == 0 and KEY not in done.out + done.err
    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(files) > 8 and not [path for path in files if KEY.encode() in path.read_bytes()]


def test_the_cap_stops_midway_and_the_next_call_asks_no_row_twice(ask, api, tmp_path):
    api.tokens = lambda prompt: (1000, 100)  # (1000 * 2 + 100 * 8) / 1e6 = 0.0028 yuan a row
    capped = ask(*PRICES, "--max-cost", "0.14 CNY", "--max-tokens", "100")
    folder = tmp_path / "runs/api"
    summary = runs.read(folder)
    assert capped.code == 1 and "stopped by --max-cost" in capped.err
    assert (summary.status, summary.stop_reason, summary.headline) == ("stopped", "budget", None)
    asked = api.requests
    assert 40 <= asked <= 50 and summary.cost["answers_cost"] == pytest.approx(0.0028 * asked, rel=1e-9)
    assert len((folder / runs.ANSWERS).read_text().splitlines()) == asked
    assert ask(*PRICES).code == 2  # not without --resume
    same = ask(*PRICES, "--max-cost", "0.14 CNY", "--max-tokens", "100", "--resume")
    assert same.code == 1 and api.requests - asked <= 1  # the cap holds over all calls
    done = ask(*PRICES, "--max-cost", "1 USD", "--max-tokens", "100", "--resume")
    assert done.code == 0, done.err
    assert api.requests == N and set(api.asked.values()) == {1}
    summary = runs.read(folder)
    assert summary.headline["value"] == pytest.approx(0.91) and summary.cost["answers_cost"] == pytest.approx(0.28)
    again = ask(*PRICES, "--max-cost", "1 USD", "--max-tokens", "100", "--resume")
    assert again.code == 0 and "done already" in again.err and api.requests == N


def test_spending_never_exceeds_the_cap_while_answers_vary(ask, api, tmp_path):
    api.tokens = lambda prompt: (len(prompt), int(prompt.split("number ")[1].split()[0]))
    ask(*PRICES, "--max-cost", "0.02 CNY", "--max-tokens", "100", "--concurrency", "8")
    cost = runs.read(tmp_path / "runs/api").cost["answers_cost"]
    assert 0.012 < cost <= 0.02


def test_a_torn_last_answer_is_asked_again_and_no_other(ask, api, tmp_path):
    ask(*PRICES)
    journal = tmp_path / "runs/api" / runs.ANSWERS
    kept = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(kept[:60]) + kept[60][:40])
    summary = runs.read(journal.parent)
    runs.write_summary(journal.parent, summary.model_copy(update={"status": "running"}))
    assert ask(*PRICES, "--resume").code == 0
    assert api.requests == N + 40 and len(journal.read_bytes().splitlines()) == N


def test_a_second_process_does_not_pay_for_the_same_answers(ask, api, tmp_path):
    from kit.rivals.journal import Journal

    ask(*PRICES, "--max-cost", "0.02 CNY", "--max-tokens", "100")
    asked = api.requests
    with Journal(tmp_path / "runs/api" / runs.ANSWERS):
        barred = ask(*PRICES, "--max-cost", "1 CNY", "--max-tokens", "100", "--resume")
    assert barred.code == 1 and "another process is asking" in barred.err and api.requests == asked


def test_resuming_with_another_question_is_refused(ask, tmp_path):
    ask()
    runs.write_summary(tmp_path / "runs/api", runs.read(tmp_path / "runs/api").model_copy(update={"status": "failed"}))
    (tmp_path / "prompt.txt").write_text("{body}? {labels}")
    other = ask("--resume")
    assert other.code == 2 and "questions_sha256" in other.err
    runs.write_summary(tmp_path / "runs/api", runs.read(tmp_path / "runs/api").model_copy(update={"status": "done"}))
    assert ask("--resume").code == 2  # not even a finished run passes for the answers to another prompt


def test_passing_faults_are_retried_and_counted(ask, api, tmp_path):
    api.faults = [status(429, Retry_After="0.05"), status(503), says("<html>busy</html>"), says({"choices": []}),
                  says({"choices": [{"message": {"content": "a"}}, {"message": {"content": "b"}}]}), says([1])]
    done = ask(*PRICES)
    assert done.code == 0, done.err
    counted = runs.read_json(tmp_path / "runs/api", runs.EXTERNAL)["failed_tries"]
    assert counted == {"rate limit": 1, "status 503": 1, "not JSON": 1, "wrong choices": 2, "no choices": 1}
    assert api.requests == N + 6 and runs.read(tmp_path / "runs/api").headline["value"] == pytest.approx(0.91)
    assert "1 x rate limit" in (tmp_path / "runs/api" / runs.CARD).read_text()


@pytest.mark.parametrize(("fault", "words", "said", "tried"), [
    (slow(3.0), ("--timeout", "0.2"), "no answer within 0.2 s", "timeout"),
    (drip, ("--timeout", "0.3"), "no answer within 0.3 s", "timeout"),
    (status(429, "slow down"), (), "slow down", "rate limit"),
    (status(429, "tomorrow", Retry_After="86400"), (), "it asks to wait 86400 s", "rate limit"),
    (says("<!DOCTYPE html><html></html>"), (), "a web page instead of JSON", "not JSON"),
    (says({"choices": []}), (), "0 choices", "wrong choices"),
    (says({"choices": [{"text": "old"}]}), (), "without a message", "no message"),
])  # fmt: skip
def test_a_lasting_fault_ends_in_counted_tries_and_one_named_failure(ask, api, tmp_path, fault, words, said, tried):
    api.always = fault
    failed = ask("--tries", "2", "--concurrency", "1", *words)
    assert failed.code == 1 and failed.err.startswith("error: ") and failed.err.count("\n") == 1
    assert said in failed.err and f"x {tried}" in failed.err and "0 of 100 answers are kept" in failed.err
    summary = runs.read(tmp_path / "runs/api")
    assert summary.status == "failed" and said in summary.error
    assert runs.read_json(tmp_path / "runs/api", runs.EXTERNAL)["failed_tries"][tried] >= 1
    api.always = None
    assert ask("--resume").code == 0 and runs.read(tmp_path / "runs/api").headline["n"] == N


@pytest.mark.parametrize(("code", "said"), [
    (401, "the key in the environment variable OPENAI_API_KEY"), (403, "status 403"), (404, "status 404"),
    (402, "status 402"), (302, "status 302"),
])  # fmt: skip
def test_what_no_second_try_can_mend_is_not_tried_again(ask, api, code, said):
    api.always = status(code, "no")
    failed = ask("--concurrency", "1")
    assert failed.code == 1 and said in failed.err and api.requests == 1


def test_without_a_key_the_message_names_the_variable(ask, api, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    api.always = status(401, "who are you")
    assert "no key was sent: set the environment variable OPENAI_API_KEY" in ask().err
    missing = ask("--key-env", "NOWHERE_KEY")
    assert missing.code == 2 and "no such variable" in missing.err


def test_a_key_that_no_header_takes_is_not_quoted(ask, api, monkeypatch):
    from kit.rivals.wire import Endpoint, Fault, exchange

    monkeypatch.setenv("OPENAI_API_KEY", "sk-odd\nkey")
    failed = ask("--tries", "1")
    assert failed.code == 2 and "characters that no HTTP header takes" in failed.err and "sk-odd" not in failed.err
    with httpx2.Client() as client, pytest.raises(Fault) as fault:
        exchange(client, Endpoint(api.url, {}, "sk-odd\nkey"), [])
    assert "sk-odd" not in fault.value.message


def test_a_dummy_key_of_a_few_letters_is_not_struck_out_of_answers(ask, api, tmp_path, monkeypatch):
    api.tokens = lambda prompt: (100, 5)
    monkeypatch.setenv("OPENAI_API_KEY", "e")
    assert ask(*PRICES).code == 0
    summary = runs.read(tmp_path / "runs/api")
    assert summary.cost["answers_without_usage"] == 0 and summary.headline["value"] == pytest.approx(0.91)


def test_a_refused_connection_is_named(moatkit, rows):  # noqa: F811
    failed = moatkit("evaluate", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--prompt", "prompt.txt",
                     "--data", rows, "--tries", "2", "--retry-wait", "0", "--concurrency", "1")
    assert failed.code == 1 and "cannot connect" in failed.err and "2 x no connection" in failed.err


def test_rows_that_the_server_refuses_count_as_wrong_and_too_many_end_the_run(ask, api, tmp_path):
    api.faults = [status(400, "content filter")] * 2
    done = ask("--concurrency", "1", *PRICES)
    assert done.code == 0 and "2 of" not in done.out
    summary = runs.read(tmp_path / "runs/api")
    table = runs.read_predictions(tmp_path / "runs/api").to_pylist()
    assert [row["id"] for row in table if row["error_class"] == "refused"] == ["t000", "t001"]
    assert summary.headline["value"] == pytest.approx(0.91)  # both were planted wrong answers
    assert summary.cost["answers_cost"] == pytest.approx(98 * (100 * 2 + 5 * 8) / 1e6)
    api.always = status(400, "unknown parameter")
    failed = ask("--concurrency", "1", out="runs/other")
    assert failed.code == 1 and "unknown parameter" in failed.err and api.requests == 100 + 3


def test_missing_usage_leaves_tokens_and_cost_unknown_and_says_so(ask, api, tmp_path):
    counts = {True: None, False: lambda prompt: (100, 5)}
    api.tokens = counts[True]
    done = ask(*PRICES)
    assert done.code == 0 and "100 came without token counts" in done.out
    cost = runs.read(tmp_path / "runs/api").cost
    assert cost["answers_usd"] is None and cost["input_tokens"] is None and cost["answers_without_usage"] == N
    # under a cap an answer without counts is taken as dear as it could have been
    capped = ask(*PRICES, "--max-cost", "0.02 CNY", "--max-tokens", "100", out="runs/capped")
    assert capped.code == 1 and api.requests - N < 25


def test_a_row_of_the_price_sheet_prices_each_answer(ask, api, tmp_path):
    api.tokens = lambda prompt: (1000, 100)
    assert ask("--price", "qwen-plus-in").code == 0
    cost = runs.read(tmp_path / "runs/api").cost
    assert cost["answers_cost"] == pytest.approx(N * (1000 * 0.8 + 100 * 2) / 1e6, rel=1e-9)
    assert (cost["price_id"], cost["price_date"], cost["currency"]) == ("qwen-plus-in", "2026-05-01", "CNY")


def test_a_model_that_only_the_world_list_knows_is_priced_in_dollars(ask, api, tmp_path):
    from kit.cost.api import api_price

    api.tokens = lambda prompt: (1000, 100)
    assert ask("--price", "gpt-4o-mini").code == 0
    cost = runs.read(tmp_path / "runs/api").cost
    assert cost["answers_usd"] == pytest.approx(N * api_price("gpt-4o-mini", 1000, 100).usd_per_request, rel=1e-9)


def test_a_text_longer_than_any_price_of_the_sheet_is_asked_and_said_to_be_unpriced(ask, api, tmp_path):
    api.tokens = lambda prompt: (300_000 if "number 7 " in prompt else 1000, 5)
    done = ask("--price", "qwen3-max-32k-in", "--max-cost", "100 CNY")
    assert done.code == 0 and "1 of 100 answers have no cost" in done.out and api.requests == N


def test_half_an_emoji_in_an_answer_breaks_nothing(ask, api, tmp_path):
    api.answer = lambda prompt: "\ud83d" if "number 0 " in prompt else planted(prompt)
    done = ask(*PRICES)
    assert done.code == 0, done.err
    assert runs.read(tmp_path / "runs/api").headline["value"] == pytest.approx(0.91)


def test_a_run_that_failed_before_its_first_answer_bars_nothing(ask, api, tmp_path):
    api.always = status(404, "no such model")
    assert ask("--concurrency", "1").code == 1
    api.always = None
    assert ask("--set", 'response_format={"type": "json_object"}').code == 0  # other settings, and no --resume
    assert api.bodies[-1]["response_format"] == {"type": "json_object"}
    assert ask().code == 2


@pytest.mark.parametrize(("words", "said"), [
    (("--price", "qwen-plsu-in"), "did you mean qwen-plus-in"), (("--price", "aws-l4"), "name a row of an API"),
    (("--price-in", "2 CNY"), "belong together"), (("--price-in", "2 CNY", "--price-out", "1 USD"), "in one currency"),
    (("--max-cost", "5 USD"), "--max-cost needs a price"), (("--set", "n=2"), "is set by the kit"),
    (("--set", f"api_key={KEY}"), "--set holds the key"),
    (("--set", "max_tokens=null", *PRICES, "--max-cost", "5 USD"), "needs a longest answer"),
    (("--option", "problem=multi"), "options.problem"), (("--column", "label=intend"), 'did you mean "intent"'),
    (("--task", "text_clasification"), "did you mean text_classification"),
])  # fmt: skip
def test_bad_settings_are_named_before_anything_is_asked(ask, api, tmp_path, words, said):
    failed = ask(*words)
    assert failed.code == 2 and said in failed.err and api.requests == 0 and not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("text", "said"), [
    ("{boddy} {labels}", 'did you mean "body"'), ("Is it {intent}? {body}", "{intent} is the right answer"),
    ("{label} {body}", "is the right answer"), ("What is it?", "names no column"), ("  ", "is empty"),
])  # fmt: skip
def test_a_prompt_that_cannot_be_right_is_refused(ask, api, tmp_path, text, said):
    (tmp_path / "other.txt").write_text(text)
    failed = ask(prompt="other.txt")
    assert failed.code == 2 and said in failed.err and api.requests == 0


@pytest.mark.parametrize("url", ["https://user:pw@host/v1", "https://host/v1?api-key=abc", "host/v1", "ftp://host"])
def test_an_address_that_holds_a_key_or_is_none_is_refused(moatkit, rows, url):  # noqa: F811
    failed = moatkit("evaluate", "--endpoint", url, "--model", "m", "--prompt", "prompt.txt", "--data", rows)
    assert failed.code == 2 and "--endpoint" in failed.err and "pw@" not in failed.err


def test_compare_gives_the_paired_test_of_the_closed_form(ask, api, tmp_path, moatkit):  # noqa: F811
    ask(*PRICES)
    api.answer = lambda prompt: INTENTS[int(prompt.split("number ")[1].split()[0]) % 5]
    ask(*PRICES, out="runs/perfect")
    compared = json.loads(moatkit("runs", "compare", "runs/perfect", "runs/api", "--json").out)
    expected = mcnemar(9, 0, 91)
    assert compared["paired"]["p_value"] == pytest.approx(expected.p_value, abs=1e-6)
    assert compared["paired"]["diff"] == pytest.approx(0.09, abs=1e-9)
    assert (compared["paired"]["wins"], compared["paired"]["losses"], compared["paired"]["ties"]) == (9, 0, 91)
    assert math.isfinite(compared["usd_per_1k_requests_at_capacity"][0])


@pytest.mark.parametrize("end", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_goes_on_with_what_it_has_paid_for(api, rows, tmp_path, end):
    def unhurried(prompt):
        time.sleep(0.02)
        return planted(prompt)

    api.answer = unhurried
    words = ["evaluate", "--endpoint", api.url, "--model", "stub-1", "--prompt", "prompt.txt", "--data", str(rows)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-m", "kit", *words], cwd=tmp_path, env=env, stderr=subprocess.PIPE)
    while api.requests < 30 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(end)
    assert b"Traceback" not in process.communicate(timeout=60)[1] and process.returncode != 0
    folder = tmp_path / "runs/stub-1-on-tickets"
    kept = len((folder / runs.ANSWERS).read_bytes().splitlines())
    assert 20 < kept < N and runs.read(folder).status == ("running" if end == signal.SIGKILL else "stopped")
    assert run_process(*words, "--resume", cwd=tmp_path).code == 0
    on_the_wire = 4  # answers that no one was left to receive
    assert sum(api.asked.values()) <= N + on_the_wire and runs.read(folder).headline["value"] == pytest.approx(0.91)
    if end == signal.SIGINT:  # there even those were awaited and kept
        assert set(api.asked.values()) == {1}


def test_the_installed_command_asks_an_api(api, rows, tmp_path):
    done = run_process("evaluate", "--endpoint", api.url, "--model", "stub-1", "--prompt", "prompt.txt", "--data", rows,
                       cwd=tmp_path, OPENAI_API_KEY=KEY)
    assert done.code == 0, done.err
    assert "runs/stub-1-on-tickets" in done.err and "91.0 %" in done.out
    listed = run_process("runs", "list", cwd=tmp_path)
    assert "stub-1-on-tickets" in listed.out and "0.9100" in listed.out
