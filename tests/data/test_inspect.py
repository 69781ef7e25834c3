"""Inspection: counts that can be checked by hand, memory that does not grow with the texts, pages that run nothing."""

from __future__ import annotations

import json
import os
import random
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.data.damage import damage_of
from kit.data.data_card import read_card
from kit.data.health import PARTS, health_of
from kit.data.inspect import health, inspect
from kit.data.stream import open_stream
from kit.data.tally import EvenSample, Keys
from kit.data.token_counts import TokenCounter, prompt_and_answer
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import moatkit

__all__ = ["moatkit"]

ROOT = Path(__file__).parents[2]


def findings(source, **options) -> dict[str, int]:
    return {finding.name: finding.rows for finding in inspect(open_stream(source), **options).findings}


def write_jsonl(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


# ---- the score


def test_the_score_is_the_product_of_its_parts():
    found = health_of({"empty_text": 0.05, "exact_duplicate": 0.15, "truncated": None})
    # (1 - 0.4 x 0.05 / 0.10) x (1 - 0.3 x 0.15 / 0.30) = 0.8 x 0.85 = 0.68
    assert found["score"] == 68.0 and set(found["parts"]) == {"empty_text", "exact_duplicate"}


@given(st.dictionaries(st.sampled_from(sorted(PARTS)), st.floats(0, 1)))
def test_the_score_is_within_its_bounds_and_never_rises_with_a_fault(shares):
    score = health_of(shares)["score"]
    assert 0 <= score <= 100
    assert health_of({name: min(1, share + 0.1) for name, share in shares.items()})["score"] <= score


def test_rows_in_memory_have_the_health_of_their_file(tmp_path):
    rows = [*tiny_rows(40, 1), *tiny_rows(2, 1)]
    rows[0]["text"] = ""
    from_rows = health(rows, text_roles=["text"], label_role="label")
    assert {found["name"]: found["rows"] for found in from_rows["findings"]}["empty_text"] == 1
    path = write_rows(tmp_path / "a.csv", [{key: row[key] for key in ("text", "label")} for row in rows])
    assert inspect(open_stream(path)).health["score"] == from_rows["score"]


def test_a_run_keeps_the_health_of_its_rows(tiny_config):
    from kit.config import DataSection
    from kit.data.prepare import prepare

    section: DataSection = tiny_config().data
    roles = {"text": {"required": True, "type": "text"}, "label": {"required": True, "type": "label"}}
    report = prepare(section, roles).report
    assert 0 < report["health"]["score"] <= 100 and {"parts", "findings"} <= report["health"].keys()


# ---- what is counted


def test_without_labels_a_row_repeats_only_where_all_but_the_id_is_the_same(tmp_path):
    rows = [{"id": i, "question": "When was she born?", "context": f"She was born in {year}."}
            for i, year in enumerate([1903, 1903, 1955])]  # fmt: skip
    assert findings(write_jsonl(tmp_path / "a.jsonl", rows))["exact_duplicate"] == 1


def test_conflicts_are_counted_with_all_rows_of_the_text(tmp_path):
    rows = [{"text": text, "label": label} for text, label in
            [("my card is lost now", "a"), ("other words entirely", "b"), ("my card  is lost now", "b"),
             ("my card is lost now", "a")]]  # fmt: skip
    found = findings(write_jsonl(tmp_path / "a.jsonl", rows))
    assert (found["conflicting_label"], found["exact_duplicate"]) == (3, 1) and "near_conflict" not in found


def test_keys_beyond_the_limit_keep_whole_texts_and_estimate():
    rng, keys = random.Random(1), Keys(limit=1000)
    hashes = [rng.getrandbits(64) for _ in range(4000)]
    for number, key in enumerate([*hashes, *hashes[:1000]], start=1):
        keys.add(key, 0, number)
    found = keys.repeats()
    assert len(keys.hashes) <= 1000 and found.scale >= 4
    assert 700 < len(found.repeated) * found.scale < 1300 and found.repeated.min() > 4000


def test_an_even_sample_is_spread_over_everything_and_bounded():
    sample = EvenSample(limit=100, most_chars=2000)
    for number in range(10_000):
        sample.add(number, size=50)
    kept = [item for item, _ in sample.items]
    assert sample.is_part and len(kept) <= 40 and kept[0] == 0 and kept[-1] > 9000
    assert {second - first for first, second in pairwise(kept)} == {sample.stride}


@pytest.mark.parametrize("text", [
    "Größe fünf, naïve façade", "Ça été créée à l'été", "ÅÄÖ åäö", "50 °C ± 2 µm", "日本語の文",
    "信用卡還沒有寄到請問怎麼辦", "我的卡还没有到，怎么办？", "한국어 문장", "emoji 😀👨‍👩‍👧", "tab\there",
])  # fmt: skip
def test_sound_texts_are_not_damaged_and_wrongly_decoded_ones_are(text):
    assert damage_of(text) == ""
    if text.isascii():
        return
    for written, read in (("utf-8", "cp1252"), ("utf-8", "latin-1")):
        try:
            assert damage_of(text.encode(written).decode(read)) == "mojibake"
        except UnicodeDecodeError:  # Windows-1252 has no character for five of the bytes
            continue


def test_tokens_show_what_is_cut_and_what_teaches_nothing(tmp_path):
    rows = [{"question": "one two three", "answer": "four"}, {"question": "word " * 10, "answer": "lost"},
            {"question": "one two three four", "answer": "five six"}]  # fmt: skip
    words = TokenCounter("words", lambda texts: [len(text.split()) for text in texts], 5)
    found = inspect(open_stream(write_jsonl(tmp_path / "a.jsonl", rows)), tokens=words).as_json()
    counts = {one["name"]: (one["rows"], one["examples"]) for one in found["findings"]}
    assert counts["truncated"] == (2, [2, 3]) and counts["no_supervised_token"] == (1, [2])
    # read are 4 + 5 + 5 tokens, of which the answers' 1 + 0 + 1 teach
    assert found["tokens"]["supervised_share"] == pytest.approx(2 / 14)


def test_messages_have_a_prompt_and_an_answer():
    row = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": [{"text": "hello"}]}]}
    assert prompt_and_answer(row) == ("hi", "hello")


# ---- the page


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)


def test_a_page_runs_nothing_and_shows_no_text_of_a_row(moatkit, tmp_path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    label = f"{evil}|[x](javascript:1)"
    write_rows(tmp_path / "a.csv", [{"text": f"secret words {i}", "label": label} for i in (1, 2)])
    for name in ("p.html", "p.md"):
        assert moatkit("data", "inspect", "a.csv", "--label", "label", "--out", name).code == 0
    page = (tmp_path / "p.html").read_text("utf-8")
    tags = Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img", "iframe", "link"} and "default-src 'none'" in page
    text = (tmp_path / "p.md").read_text("utf-8")
    assert "<script" not in text and "<img" not in text and "](javascript" not in text
    assert "secret words" not in page + text
    outcome = moatkit("data", "inspect", "a.csv", "--out", "p.md")
    assert outcome.code == 2 and "exists already" in outcome.err


def test_the_data_card_tells_the_licence(moatkit, tmp_path):
    write_rows(tmp_path / "a.csv", tiny_rows(8, 1))
    assert read_card(tmp_path / "a.csv") is None
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\nlanguage:\n- en\n- zh\n---\n# Data\n", "utf-8")
    card = json.loads(moatkit("data", "inspect", "a.csv", "--json").out)["card"]
    assert (card["licence"], card["languages"]) == ("cc-by-4.0", ["en", "zh"])
    (tmp_path / "README.md").write_text("---\nlicense: [\n---\n", "utf-8")
    assert read_card(tmp_path / "a.csv") is None


# ---- real data


def test_the_shipped_tickets_are_sound():
    folder = ROOT / "playbooks" / "support-routing" / "data"
    for name in ("train.csv", "test.csv"):
        found = inspect(open_stream(folder / name))
        assert found.health["score"] > 99
        assert not {"exact_duplicate", "conflicting_label", "near_conflict"} & {one.name for one in found.findings}


@pytest.mark.needs_data
def test_findings_on_public_data_are_true_and_quick():
    folder = Path(os.environ["MOATKIT_DATA"])
    started = time.perf_counter()
    banking = {one.name: one for one in inspect(open_stream(folder / "banking77" / "train.csv")).findings}
    assert banking["exact_duplicate"].examples == (1291, 1725, 4596, 6966)  # the same words but for a line break
    assert "conflicting_label" not in banking and 700 < banking["near_duplicate"].rows < 800
    sums = {one.name for one in inspect(open_stream(folder / "gsm8k" / "train.jsonl")).findings}
    assert sums <= {"near_duplicate"}
    seconds = time.perf_counter() - started
    print(f"{seconds:.1f} s")
    assert seconds < 40
