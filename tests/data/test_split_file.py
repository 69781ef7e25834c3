"""A file split into files: every row accounted for, placed rows stay as the file grows, a frozen test never changes."""

import json
import random

import numpy as np
import pytest
from fixtures_cli import moatkit  # noqa: F401

from kit.data.assign import Wanted, assign
from kit.data.novelty import unlike_texts
from kit.data.sources import read_rows
from tests.conftest import write_rows

LABELS = ["billing", "delivery", "login", "praise"]
NOUNS = [a + b for a in ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "su", "to") for b in ("bel", "dor", "kin")]


def make(count, seed=0, start=0):
    source = random.Random(seed)
    return [
        {"id": f"{seed}-{i}", "text": " ".join(source.choice(NOUNS) + source.choice(NOUNS) for _ in range(10)),
         "label": LABELS[i % 4 if i % 20 else 3], "customer": f"c{i // 5}",
         "day": f"2026-{1 + (i + start) // 280 % 12:02d}-{1 + (i + start) // 10 % 28:02d}"}
        for i in range(count)
    ]  # fmt: skip


def split(moatkit, path, *options):  # noqa: F811
    done = moatkit("data", "split", path, "--out", "parts", *options, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def parts_in(folder):
    return {row["id"]: path.stem for path in folder.glob("*.csv") for row in read_rows(path).rows}


def test_every_row_is_in_one_part_or_left_out_with_a_reason(moatkit, tmp_path):  # noqa: F811
    rows = make(400)
    rows[5]["text"] = " "
    report = split(moatkit, write_rows(tmp_path / "in.csv", rows))
    assert report["rows_in"] == 400 == sum(report["rows"].values()) + report["rows_left_out"]
    assert report["left_out"] == {"no text": 1} and report["rows_left_out"] == 1
    found = parts_in(tmp_path / "parts")
    assert len(found) == 400 and found["0-5"] == "left-out"
    assert {row["id"]: row for row in read_rows(tmp_path / "parts" / "test.csv").rows}.items() <= {
        row["id"]: row for row in rows
    }.items()


@pytest.mark.parametrize("by", ["random", "stratified", "group"])
def test_rows_keep_their_part_when_the_file_grows_and_is_shuffled(moatkit, tmp_path, by):  # noqa: F811
    rows = make(400)
    options = ["--by", by, *(["--group", "customer"] if by == "group" else [])]
    split(moatkit, write_rows(tmp_path / "in.csv", rows), *options)
    before = parts_in(tmp_path / "parts")
    more = [*rows, *make(200, seed=1)]
    random.Random(2).shuffle(more)
    report = split(moatkit, write_rows(tmp_path / "in.csv", more), *options)
    after = parts_in(tmp_path / "parts")
    assert len(after) == 600 and {key: after[key] for key in before} == before
    assert 30 <= report["rows"]["test"] <= 95


def test_a_random_split_needs_no_memory(moatkit, tmp_path):  # noqa: F811
    rows = make(400)
    first = split(moatkit, write_rows(tmp_path / "in.csv", rows))["rows"]
    before = parts_in(tmp_path / "parts")
    done = moatkit("data", "split", write_rows(tmp_path / "more.csv", [*rows, *make(100, seed=1)]), "--out", "other")
    after = parts_in(tmp_path / "other")
    assert done.code == 0 and first["test"] > 20 and {key: after[key] for key in before} == before


def test_stratified_shares_are_exact_to_a_row_per_class(moatkit, tmp_path):  # noqa: F811
    report = split(moatkit, write_rows(tmp_path / "in.csv", make(400)), "--by", "stratified", "--test", "0.2")
    for label, total in (("billing", 80), ("delivery", 100), ("login", 100), ("praise", 120)):
        assert report["classes"]["test"][label] == 0.2 * total
        assert report["classes"]["validation"][label] == 0.1 * total


def test_groups_and_near_duplicates_stand_on_one_side(moatkit, tmp_path):  # noqa: F811
    rows = make(300)
    for i in range(0, 300, 3):
        rows[i + 1]["text"] = rows[i]["text"].replace("a", "e", 1)
    report = split(moatkit, write_rows(tmp_path / "in.csv", rows), "--by", "group", "--group", "customer")
    found = parts_in(tmp_path / "parts")
    by_customer = {}
    for row in rows:
        by_customer.setdefault(row["customer"], set()).add(found[row["id"]])
    assert all(len(parts) == 1 for parts in by_customer.values())
    assert all(found[rows[i]["id"]] == found[rows[i + 1]["id"]] for i in range(0, 300, 3))
    assert report["leakage"].get("test", {"share": 0})["share"] == 0


def test_by_time_the_newest_rows_test(moatkit, tmp_path):  # noqa: F811
    rows = make(280)
    split(moatkit, write_rows(tmp_path / "in.csv", rows), "--by", "time", "--time", "day")
    found = parts_in(tmp_path / "parts")
    days = {part: [row["day"] for row in rows if found[row["id"]] == part] for part in ("train", "validation", "test")}
    assert max(days["train"]) <= min(days["validation"]) and max(days["validation"]) <= min(days["test"])


def test_a_frozen_test_takes_no_new_row_and_keeps_its_like_out_of_training(moatkit, tmp_path):  # noqa: F811
    rows = make(300)
    frozen = split(moatkit, write_rows(tmp_path / "in.csv", rows), "--freeze")["frozen"]
    raw = (tmp_path / "parts" / "test.csv").read_bytes()
    tested = read_rows(tmp_path / "parts" / "test.csv").rows
    more = make(200, seed=1)
    more[0]["text"] = tested[0]["text"] + " indeed"  # near a test row that the new file has
    more[1]["text"] = tested[1]["text"] + " indeed"  # near a test row that it lacks
    kept = [row for row in rows if row["id"] != tested[1]["id"]]
    report = split(moatkit, write_rows(tmp_path / "in.csv", [*kept, *more]))
    assert (tmp_path / "parts" / "test.csv").read_bytes() == raw and report["frozen"] == frozen
    assert report["left_out"] == {"near duplicate or group of a row in the closed part test": 2}
    assert report["rows_in"] == 499 == sum(report["rows"].values()) + 2
    assert report["rows"]["test"] == len(tested) - 1 and report["rows"]["validation"] > 35


def test_a_frozen_test_refuses_another_label_and_another_file(moatkit, tmp_path):  # noqa: F811
    rows = make(300)
    split(moatkit, write_rows(tmp_path / "in.csv", rows), "--freeze")
    test = tmp_path / "parts" / "test.csv"
    first = read_rows(test).rows[0]["id"]
    changed = [row | {"label": "other"} if row["id"] == first else row for row in rows]
    done = moatkit("data", "split", write_rows(tmp_path / "changed.csv", changed), "--out", "parts")
    assert done.code == 2 and "1 rows of the frozen test have another label now" in done.err
    test.write_bytes(test.read_bytes() + b"x,more,praise,c1,2026-01-01\n")
    done = moatkit("data", "split", tmp_path / "in.csv", "--out", "parts")
    assert done.code == 2 and "has changed since it was frozen" in done.err


def test_fresh_rows_become_a_dated_test_that_stays(moatkit, tmp_path):  # noqa: F811
    rows = make(560)
    path = write_rows(tmp_path / "in.csv", rows)
    report = split(moatkit, path, "--fresh", "2026-02-15", "--time", "day")
    fresh = [row["id"] for row in rows if row["day"] >= "2026-02-15"]
    assert report["rows"]["fresh-2026-02-15"] == len(fresh) == 140
    assert 0 <= report["fresh"]["fresh-2026-02-15"]["share"] < 0.2
    raw = (tmp_path / "parts" / "fresh-2026-02-15.csv").read_bytes()
    report = split(moatkit, write_rows(tmp_path / "in.csv", [*rows, *make(50, seed=1, start=840)]), "--time", "day",
                   "--fresh", "2026-04-01")  # fmt: skip
    assert report["rows"]["fresh-2026-02-15"] == 140 and report["rows"]["fresh-2026-04-01"] == 50
    assert (tmp_path / "parts" / "fresh-2026-02-15.csv").read_bytes() == raw


def test_bad_requests_end_in_one_message(moatkit, tmp_path):  # noqa: F811
    path = write_rows(tmp_path / "in.csv", make(50))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    for options, message in [
        (["--out", "p", "--by", "luck"], "--by 'luck'"),
        (["--out", "p", "--by", "group"], "--group COLUMN"),
        (["--out", "p", "--by", "time"], "--time COLUMN"),
        (["--out", "p", "--test", "1.5"], "--test 1.5"),
        (["--out", "p", "--fresh", "soon", "--time", "day"], "--fresh 'soon'"),
        (["--out", "p", "--group", "custmer"], 'did you mean "customer"'),
        (["--out", "full"], "not empty"),
        (["--out", path], "is a file"),
        (["--out", tmp_path], "the folder of the data file itself"),
        (["--out", "p", "--test", "0", "--freeze"], "no test rows to freeze"),
        (["--out", "p", "--text", "txet"], '--text "txet": there is no such column'),
    ]:
        done = moatkit("data", "split", path, *options)
        assert done.code == 2 and message in done.err and "Traceback" not in done.err, (options, done)
    assert not (tmp_path / "p").exists()


def test_files_of_an_earlier_split_do_not_linger(moatkit, tmp_path):  # noqa: F811
    rows = make(200)
    rows[3]["text"] = ""
    split(moatkit, write_rows(tmp_path / "in.csv", rows))
    assert (tmp_path / "parts" / "left-out.csv").exists()
    split(moatkit, write_rows(tmp_path / "in.csv", rows[4:]))
    assert not (tmp_path / "parts" / "left-out.csv").exists() and len(parts_in(tmp_path / "parts")) == 196


def test_leakage_of_a_benchmark_is_counted_and_bounded(moatkit, tmp_path):  # noqa: F811
    rows, test = make(200), make(100, seed=1)
    test[3]["text"] = rows[7]["text"].upper()
    test[4]["text"] = rows[8]["text"] + " indeed"
    train, bench = write_rows(tmp_path / "train.csv", rows), write_rows(tmp_path / "bench.csv", test)
    done = moatkit("data", "leakage", train, bench, "--json", "--most", "0.02")
    record = json.loads(done.out)
    assert done.code == 0 and (record["exact"], record["near"], record["share"]) == (1, 1, 0.02)
    assert [(p["test_id"], p["train_id"]) for p in record["examples"]] == [("1-3", "0-7"), ("1-4", "0-8")]
    assert moatkit("data", "leakage", train, bench, "--most", "0.01").code == 1
    report = split(moatkit, train, "--benchmark", bench)
    assert report["benchmark"]["exact"] + report["benchmark"]["near"] <= 2 and report["benchmark"]["rows"] == 100


def test_rows_like_those_of_two_parts_are_left_out():
    rows = [{"id": str(i), "text": f"row {i}"} for i in range(3)]
    done = assign(rows, Wanted(), near=np.array([0, 0, 0]), placed={0: "train", 1: "test"})
    assert done.part == ["train", "test", None] and "several parts" in done.left_out[2]


def test_unlike_rows_are_counted_against_training_itself():
    train = [row["text"] for row in make(300)]
    same = unlike_texts(train, [row["text"] for row in make(200, seed=3)])
    other = unlike_texts(train, [f"entirely foreign words number {i}" for i in range(50)])
    assert same.low <= 0.05 <= same.high and other.share == 1 and other.median_fresh == 0
    assert other.quantile == 0.05 and other.method == "tfidf"
