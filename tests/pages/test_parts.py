"""What the pages stand on: the money curve, jobs, intake, the labelling queue, votes; and the verb that opens them."""

import csv
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("streamlit")
from fixtures_cli import run_process
from synthetic_runs import ACCURATE, write_run

from dashboards import demo, intake, jobs, queue
from kit import playbooks, runs
from kit.errors import DataError, RunError
from kit.strategy.margin import error_mix
from kit.strategy.measured import deal_of
from kit.strategy.money_curve import money_curve
from kit.strategy.rows import Rows
from kit.strategy.stakes import stakes_of, stakes_of_hand_off
from kit.strategy.threshold import cost_at, threshold_at_coverage
from kit.venture_runs import measured

ROOT = Path(__file__).resolve().parents[2]


def test_the_money_curve_costs_what_the_threshold_costs(tmp_path):
    live = measured(write_run(tmp_path / "good", ACCURATE))
    deal = deal_of(playbooks.load(), live)
    stakes = stakes_of(deal, error_mix(live.rows.part("validation"), 0.0))
    curve = money_curve(live.rows, stakes, today_usd=0.6, requests_per_month=1000)
    test = live.rows.part("test")
    for share in (0.2, 0.5, 0.9):
        place = round(100 * share)
        expected = 1000 * cost_at(test, stakes, threshold_at_coverage(test, share)).value
        assert curve.cost[place] == pytest.approx(expected, rel=0.01)
        assert curve.low[place] <= curve.cost[place] <= curve.high[place]
    assert curve.best_low <= curve.best_share <= curve.best_high
    assert curve.today == 600


def test_the_money_curve_by_hand():
    # four sure rows of which the last is wrong; hand-off 1, error 10: answer three, hand one off = 1 / 4 per request
    columns = {"correct": np.array([True, True, True, False]), "confidence": np.array([0.9, 0.8, 0.7, 0.6])}
    stakes = stakes_of_hand_off(human_usd=1, error_usd=10)
    curve = money_curve(Rows.from_columns(columns), stakes, today_usd=1, requests_per_month=1000, points=5)
    assert curve.cost == (1000, 750, 500, 250, 2500)
    assert curve.best == 3 and curve.wrong_per_week[4] == pytest.approx(1000 / (365.25 / 12 / 7) / 4)


def test_the_example_runs_are_the_same_on_every_machine_and_say_what_they_are(tmp_path):
    for name in ("a", "b"):
        demo.write_run(tmp_path / name / "example-tuned")
    files = [runs.PREDICTIONS, runs.METRICS]
    for file in files:
        assert len({(tmp_path / name / "example-tuned" / file).read_bytes() for name in ("a", "b")}) == 1, file
    assert runs.read(tmp_path / "a" / "example-tuned").tags == ["example"]


def test_a_run_name_cannot_leave_the_runs_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_RUNS", str(tmp_path / "runs"))
    for name in ("../x", "a/b", "", "  ", "..", "x\ny", "-x"):
        with pytest.raises((RunError, DataError)):
            intake.folder_for(name)
    assert intake.folder_for("my-run_2").parent == (tmp_path / "runs").resolve()


def test_an_upload_never_overwrites_another(tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_RUNS", str(tmp_path / "runs"))
    first, again, other = (intake.keep("../../rows.csv", text) for text in (b"a\n1\n", b"a\n1\n", b"a\n2\n"))
    assert first == again and first.parent == tmp_path / "uploads"
    assert other.name == "rows-2.csv" and first.read_bytes() == b"a\n1\n"


@pytest.fixture
def label_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MOATKIT_RUNS", str(tmp_path / "runs"))
    path = tmp_path / "uploads" / "tickets.csv"
    path.parent.mkdir()
    rows = [["1", "where is it", ""], ["2", "=cmd()", ""], ["3", "refund please", "refund"], ["4", "log in", ""]]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text", "label"], *rows])
    return path


def test_labels_become_a_new_version_and_the_file_stays(label_file):
    before = label_file.read_bytes()
    work = queue.begin(label_file)
    assert work.num_left == 3
    first = work.current()
    assert first.reason == "first_picks"
    work.give(first, "delivery")
    second = work.current()
    work.skip(second)
    assert work.current().place not in {first.place, second.place}
    work.undo()
    assert work.current().place == second.place
    saved = work.save()
    assert saved.path.name == "tickets.v2.csv" and label_file.read_bytes() == before
    assert saved.record["labelled"] == 1
    with saved.path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows[first.id]["label"] == "delivery" and rows["3"]["label"] == "refund" and rows["2"]["text"] == "=cmd()"
    assert queue.begin(saved.path).next_name == "tickets.v3.csv"
    with saved.to_train.open(encoding="utf-8-sig", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {first.id, "3"}


def test_the_row_that_the_run_is_least_sure_of_comes_first(label_file):
    answers = {"where is it": ("delivery", 0.9), "=cmd()": ("login", 0.4), "log in": ("login", 0.6)}
    label_file.write_text(label_file.read_text() + "5,hello there,greeting\n")
    work = queue.begin(label_file, answers, ["delivery", "login"])
    work.current()
    assert [row.confidence for row in work.batch] == [0.4, 0.6, 0.9] and work.batch[0].reason == "uncertain"
    assert work.offered(work.batch[0])[0] == "login"


def test_skipped_rows_come_back_and_an_end_is_an_end(label_file):
    work = queue.begin(label_file)
    for _ in range(3):
        work.skip(work.current())
    for _ in range(3):
        work.give(work.current(), "delivery")
    assert work.current() is None and work.num_left == 0


def test_ids_that_repeat_are_told(label_file):
    label_file.write_text("id,text,label\n7,one text,\n7,quite another,\n")
    with pytest.raises(DataError, match='repeats 1 id: "7"'):
        queue.begin(label_file)


def test_a_wrong_label_is_asked_about_and_not_again_once_decided(tmp_path):
    path = tmp_path / "rows.csv"
    words = {"login": "password reset sign in account", "refund": "money back return charge card"}
    rng = np.random.default_rng(0)
    rows = [(" ".join(rng.permutation(words[name].split())) + f" {place}", name)
            for place in range(60) for name in words]  # fmt: skip
    rows[8] = (rows[8][0], "refund")  # a login text
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text", "label"], *rows])
    work = queue.begin(path)
    asked = work.current()
    assert (asked.place, asked.reason, asked.label, asked.guess) == (8, "suspected_error", "refund", "login")
    work.give(asked, "login")
    work.current()
    assert 8 not in {row.place for row in work.batch}
    saved = work.save()
    assert saved.record["changed"] == 1 and saved.path == saved.to_train == tmp_path / "rows.v2.csv"


@pytest.mark.slow
def test_a_job_is_known_by_its_process_and_stopped_by_a_signal(tmp_path, tiny_config_file):
    folder = tmp_path / "runs" / "one"
    job = jobs.start(tiny_config_file(), folder, ["schedule.epochs=500"])
    assert jobs.of(folder) == job and [j.run for j in jobs.going(folder.parent)] == ["one"]
    deadline = time.time() + 90
    while not runs.read_metrics(folder) and time.time() < deadline:
        time.sleep(0.3)
    jobs.stop(job)
    while job.process() is not None and time.time() < deadline:
        time.sleep(0.2)
    assert runs.read(folder).status == "stopped", jobs.log_of(folder)
    assert jobs.going(folder.parent) == []


def test_another_address_is_refused(tmp_path):
    found = run_process("dashboard", "--address", "0.0.0.0", cwd=tmp_path)
    assert found.code == 2 and "without sign-in" in found.err and "Traceback" not in found.err


def test_a_taken_port_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = run_process("dashboard", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert found.code == 2 and "name another one" in found.err


@pytest.mark.slow
def test_the_verb_serves_and_stops_on_sigterm(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen([sys.executable, "-m", "kit", "dashboard", "--port", str(port)], cwd=tmp_path,
                             env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)  # fmt: skip
    try:
        deadline, answer = time.time() + 60, b""
        while answer != b"ok" and time.time() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as response:
                    answer = response.read()
            except OSError:
                time.sleep(0.3)
        assert answer == b"ok"
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
        with pytest.raises(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2)
    finally:
        child.kill()
