"""Language models: loss, generation, what is trained and what is not, and the way from a file to a proof."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
import yaml

from kit import runs
from kit.config_load import load
from kit.errors import DataError, KitError
from kit.metrics import accuracy
from kit.phase import make_phase
from kit.preflight.check import examine
from kit.session import open_session
from kit.stopping import Signals
from kit.tasks.base import Objective
from kit.tasks.lm import network
from kit.train import train_step
from tests.fixtures_cli import moatkit
from tests.tiny_lm import chat, save_tiny_lm, write_jsonl

__all__ = ["moatkit"]

CITIES = ["Rome", "Oslo", "Lima", "Cairo", "Delhi", "Paris", "Kyoto", "Quito"]
TOOLS = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]


def pairs(count: int) -> list[dict]:
    return [{"id": f"p{i}", "question": f"parcel {i}?", "answer": f"in {CITIES[i % 8]}"} for i in range(count)]


def chats(count: int) -> list[dict]:
    return [
        {"id": f"c{i}", "messages": chat(f"late {i}?", "sorry", "again?", f"from {CITIES[i % 8]}")}
        for i in range(count)
    ]


def tool_chats(count: int) -> list[dict]:
    rows = []
    for i in range(count):
        call = {"type": "function", "function": {"name": "find", "arguments": {"order": i}}}
        answer = {"role": "assistant", "content": None, "tool_calls": [call]}
        rows.append({"id": f"t{i}", "tools": TOOLS, "messages": [{"role": "user", "content": f"order {i}?"}, answer]})
    return rows


def texts(count: int) -> list[dict]:
    return [{"id": f"x{i}", "text": f"the parcel {i} went to {CITIES[i % 8]} and was late"} for i in range(count)]


@pytest.fixture
def opened(tmp_path: Path, tiny_lm_dir: Path):
    """A session on given rows: `opened(rows, **{"options.max_length": 40})`."""

    def make(rows: list[dict], base: Path = tiny_lm_dir, **settings):
        file = str(write_jsonl(tmp_path / "rows.jsonl", rows))
        raw = {"task": "causal_lm", "model": {"path": str(base), "dtype": "float32"}, "batch": {"size": 8},
               "data": {"train": file, "validation": file, "test": file, "columns": {"id": "id"}},
               "optim": {"lr": 0.003}, "lora": {"method": "full"}, "run": {"dir": str(tmp_path / "run")}}  # fmt: skip
        (tmp_path / "c.yaml").write_text(yaml.safe_dump(raw))
        return open_session(load(tmp_path / "c.yaml", [f"{name}={value}" for name, value in settings.items()]))

    return make


def learnt_by_heart(session, steps: int):
    items = session.training_items(("train",))
    objective = Objective(session.build_model(items), session.task)
    phase = make_phase(session, objective, items, name="train", epochs=1.0, signals=Signals())
    for group in phase.optimizer.param_groups:
        group["lr"] = 0.003
    for _ in range(steps):
        train_step(phase, range(len(items)))
    phase.objective.eval()
    return phase


@pytest.mark.parametrize(("rows", "answer"), [
    (pairs(8), lambda i: f"in {CITIES[i]}"),
    (chats(8), lambda i: f"from {CITIES[i]}"),
    (tool_chats(8), lambda i: f'<call>{{"name": "find", "arguments": {{"order": {i}}}}}</call>'),
])  # fmt: skip
def test_eight_rows_are_learnt_by_heart_and_written_back(opened, rows, answer):
    session = opened(rows)
    phase = learnt_by_heart(session, 120)
    with torch.no_grad():
        answers = phase.objective(session.task.collate(session.examples["test"]), predict=True)
    wanted = [answer(i) for i in range(8)]
    assert [one.prediction for one in answers] == wanted
    assert [session.task.reference(row) for row in session.data.test] == wanted
    assert all(one.confidence > 0.5 and one.reference_confidence > 0.5 for one in answers)
    assert session.task.estimates([a.prediction for a in answers], wanted)["exact_match"].value == 1.0


def test_raw_text_is_learnt_by_heart_and_continued(opened):
    session = opened(texts(8))
    assert session.task.headline == "perplexity" and not session.task.higher_is_better
    phase = learnt_by_heart(session, 60)
    batch = session.task.collate(session.examples["test"])
    with torch.no_grad():
        answers = phase.objective(batch, predict=True)
        start = session.task.processor("the parcel 3")["input_ids"]
        [written] = phase.model.write([start], max_new_tokens=40, stop_ids=session.task.stop_ids, pad_id=0)
    assert all(one.prediction == one.reference_confidence for one in answers)
    assert math.exp(sum(a.nll for a in answers) / sum(a.nll_units for a in answers)) < 2.0  # the number is a guess
    assert session.task.processor.decode(written.ids) == " went to Cairo and was late"


@pytest.mark.parametrize("rows", [pairs(8), chats(8), texts(8)], ids=["pairs", "chats", "texts"])
def test_the_loss_is_the_librarys_own_on_one_full_batch(opened, rows):
    session = opened(rows)
    model = session.task.load_model(session.source).eval()
    batch = session.task.collate(session.examples["train"])
    assert int(batch["input_ids"].shape[0]) == 8
    lengths = torch.tensor([example["length"] for example in session.examples["train"]])
    mask = (torch.arange(batch["input_ids"].shape[1]) < lengths[:, None]).long()
    labels = batch["input_ids"].masked_fill(batch["learnt"] == 0, -100)
    with torch.no_grad():
        theirs = model.backbone(input_ids=batch["input_ids"], attention_mask=mask, labels=labels).loss
        ours = session.task.losses(model, batch)["loss"] / session.task.counts(batch)["loss"]
    assert model.can_skip
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


def test_the_short_way_through_the_head_equals_the_long_one(opened, monkeypatch):
    """Learnt tokens alone, in one piece or in many, and the model's own whole logits: same loss, same gradients."""
    session = opened(chats(8))
    batch = session.task.collate(session.examples["train"])
    found = {}
    for way in ("skip", "pieces", "whole"):
        model = session.task.load_model(session.source)
        model.can_skip = way != "whole"
        monkeypatch.setattr(network, "MOST_LOGITS", 1 << 26 if way != "pieces" else 5 * len(session.task.processor))
        loss = session.task.losses(model, batch)["loss"]
        loss.backward()
        found[way] = (float(loss.detach()), {name: p.grad for name, p in model.named_parameters()})
    for way in ("pieces", "whole"):
        assert found[way][0] == pytest.approx(found["skip"][0], rel=1e-5)
        for name, gradient in found["skip"][1].items():
            torch.testing.assert_close(found[way][1][name], gradient, rtol=1e-4, atol=1e-5)


def test_a_model_that_scales_its_logits_takes_the_long_way(opened, tmp_path):
    from transformers import GraniteConfig, GraniteForCausalLM

    from tests.tiny_lm import tiny_tokenizer

    tokenizer = tiny_tokenizer("chatml")
    tokenizer.save_pretrained(tmp_path / "granite")
    GraniteForCausalLM(GraniteConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, logits_scaling=4.0, max_position_embeddings=256,
    )).save_pretrained(tmp_path / "granite")  # fmt: skip
    session = opened(pairs(8), base=tmp_path / "granite")
    model = session.task.load_model(session.source).eval()
    batch = session.task.collate(session.examples["train"])
    with torch.no_grad():
        ours = session.task.losses(model, batch)["loss"]
        labels = batch["input_ids"].masked_fill(batch["learnt"] == 0, -100)
        theirs = model.backbone(input_ids=batch["input_ids"], labels=labels).loss * session.task.counts(batch)["loss"]
    assert model.can_skip is False
    assert float(ours) == pytest.approx(float(theirs), rel=1e-4)


def test_answers_in_one_batch_are_those_of_single_questions(opened):
    session = opened(pairs(8))
    phase = learnt_by_heart(session, 15)
    examples = [dict(e) for e in session.examples["test"][:4]]
    examples[1]["question"] = examples[1]["question"] + examples[2]["question"]  # of very different lengths
    with torch.no_grad():
        together = phase.objective(session.task.collate(examples), predict=True)
        alone = [phase.objective(session.task.collate([e]), predict=True)[0] for e in examples]
    assert [a.prediction for a in together] == [a.prediction for a in alone]
    for a, b in zip(together, alone):
        assert a.confidence == pytest.approx(b.confidence, rel=1e-3)
        assert a.nll == pytest.approx(b.nll, rel=1e-4)


def test_rows_cut_off_by_max_length_are_counted_and_never_trained(opened):
    rows = [*pairs(7), {"id": "long", "question": "why?", "answer": "because " * 60}]
    session = opened(rows, **{"options.max_length": 60})
    examples = {e["row_id"]: e for e in session.examples["train"]}
    assert examples["long"]["cut"] == 1 and examples["p0"]["cut"] == 0
    assert examples["long"]["length"] == 60
    assert "long" not in {item["row_id"] for item in session.training_items(("train",))}


def test_long_raw_texts_are_trained_to_their_last_token(opened):
    rows = [*texts(7), {"id": "long", "text": "the parcel is late " * 30}]
    session = opened(rows, **{"options.max_length": 32})
    items = session.training_items(("train",))
    pieces = [item for item in items if item["row_id"].startswith("long#")]
    whole = session.task.processor("the parcel is late " * 30)["input_ids"]
    assert [t for piece in pieces for t in piece["input_ids"]] == [*whole, session.task.processor.eos_token_id]
    assert max(piece["length"] for piece in pieces) == 32 and len(pieces) > 3


def test_questions_alone_can_be_answered(opened):
    session = opened(pairs(8))
    [example] = session.task.preprocess([{"id": "1", **session.task.row_of("parcel 1?")}])
    assert example["question"] == session.examples["test"][1]["question"] and example["supervised"] == 0
    model = session.task.load_model(session.source).eval()
    [answer] = session.task.predict(model, session.task.collate([example]))
    assert isinstance(answer.prediction, str) and answer.reference_confidence is None


def test_an_answer_pattern_compares_the_answers_proper(opened):
    rows = [{"id": str(i), "question": f"{i}?", "answer": f"so it is {i} #### {i % 2},000"} for i in range(9)]
    task = opened(rows, **{"options.answer_pattern": "'#### (.+)'"}).task
    assert task.headline == "exact_match"
    answers = ["thus #### 1000", "#### 7", "1000", "#### 1,000.50"]
    found = task.estimates(answers, [rows[1]["answer"]] * 4)
    assert found["exact_match"].value == 0.25  # a number without the mark is not an answer
    assert [task.score(a, rows[1]["answer"]) for a in answers] == [1.0, 0.0, 0.0, 0.0]
    majority = task.plain_baselines([], rows)["majority"]
    assert accuracy([task.score(m, r["answer"]) for m, r in zip(majority, rows)], [1.0] * 9) == pytest.approx(5 / 9)


@pytest.mark.parametrize(("rows", "settings", "message"), [
    ([{"id": str(i), "prompt": "a"} for i in range(9)], {}, "have a prompt and no completion"),
    ([{"id": str(i), "body": "a"} for i in range(9)], {}, "neither messages, nor prompt and completion, nor text"),
    (pairs(9), {"options.format": "messages"}, "no column for messages"),
    ([*chats(8), {"id": "bad", "messages": [{"role": "user"}]}], {}, r"1 of 9 rows.*row bad \(messages\) has a mess"),
    (pairs(9), {"options.answer_pattern": "'#### (.+)'"}, "matches nothing in 9 of 9 training answers, first in row p"),
    ([*pairs(8), {"id": "e", "question": "x", "answer": " "}], {}, r"row e \(completion\) is empty"),
])  # fmt: skip
def test_rows_that_cannot_be_read_say_why(opened, rows, settings, message):
    with pytest.raises(DataError, match=message):
        opened(rows, **settings)


def test_chats_need_a_template_and_settings_that_do_nothing_are_refused(opened, tmp_path):
    plain = save_tiny_lm(tmp_path / "plain")
    with pytest.raises(DataError, match="chat template and the model's tokenizer has none"):
        opened(chats(9), base=plain)
    with pytest.raises(DataError, match=r"options\.system: would be ignored"):
        opened(pairs(9), base=plain, **{"options.system": "kind"})
    with pytest.raises(KitError, match=r"options\.answer_pattern.*no regular expression"):
        opened(pairs(9), **{"options.answer_pattern": "'(('"})


def test_prompt_and_completion_without_a_template_are_joined_and_closed(opened, tmp_path):
    session = opened(pairs(8), base=save_tiny_lm(tmp_path / "plain"))
    decode, example = session.task.processor.decode, session.examples["train"][1]
    assert decode(example["input_ids"]) == "parcel 1?in Oslo</s>"
    assert decode([t for t, m in zip(example["input_ids"], example["learnt"]) if m]) == "in Oslo</s>"


def test_a_context_column_is_asked_after_the_prompt(opened):
    rows = [{"id": str(i), "instruction": "Sum up", "input": f"text {i}", "output": f"short {i}"} for i in range(9)]
    session = opened(rows)
    assert "Sum up\n\ntext 3<|im_end|>" in session.task.processor.decode(session.examples["train"][3]["input_ids"])
    assert session.task.shown(session.data.test[3]) == "Sum up\n\ntext 3"


# ---- before the first step


def test_rows_that_cannot_be_learnt_stop_the_run_until_they_are_let_pass(moatkit, tmp_path, tiny_lm_dir):
    rows = [*pairs(30), {"id": "long", "question": "why?", "answer": "because " * 60}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    (tmp_path / "c.yaml").write_text(
        f"task: causal_lm\nmodel: {{path: {tiny_lm_dir}, dtype: float32}}\n"
        "data: {train: rows.jsonl, test: 0.3, validation: 0.2}\n"
        "options: {max_length: 60, generate: false}\nlora: {r: 4}\nschedule: {max_steps: 2}\n"
    )
    stopped = moatkit("train", "c.yaml")
    assert stopped.code == 2 and not (tmp_path / "runs/c").exists()
    assert "cut_answers: data.train: 1 of " in stopped.err
    assert "answers are cut off by options.max_length" in stopped.err
    passed = moatkit("train", "c.yaml", "--accept", "cut_answers")
    assert passed.code == 0, passed
    found = runs.read_json(tmp_path / "runs/c", runs.DATA)["findings"]
    assert [f["rows"] for f in found if f["name"] == "cut_answers" and f["accepted"]] == [1]
    dark = moatkit("check", "c.yaml", "options.max_length=12")
    assert dark.code == 2 and "rows train nothing, they hold no supervised token" in dark.err + dark.out


@pytest.mark.parametrize(("template", "rows", "name", "sentence"), [
    ("forgetful", [{"messages": chat("a?", "<think>x</think>b", "c?", "<think>y</think>d")}] * 9, "template_mismatch",
     "in 9 of 9 rows it cannot be told exactly what the model is to learn (9 of them: the template rewrites an answer"),
    ("words", [{"messages": chat("a?", "b")}] * 9, "no_end_mark", "the model will not learn to stop"),
    ("chatml", [{"messages": chat("a <|im_end|> b?", "c")}] * 9, "control_tokens",
     "9 rows hold a control token of the model in their text, such as '<|im_end|>' in row 0"),
])  # fmt: skip
def test_what_a_template_gets_wrong_is_said_before_the_first_step(opened, tmp_path, template, rows, name, sentence):
    session = opened([row | {"id": str(i)} for i, row in enumerate(rows)], base=save_tiny_lm(tmp_path / "lm", template))
    found = next(finding for finding in examine(session) if finding.name == name)  # stops come first
    assert sentence in found.message
    assert found.stops == (name == "template_mismatch")


def test_markers_that_mark_something_else_than_the_answers_stop_the_run(opened, tmp_path):
    rows = [{"id": str(i), "messages": chat("why is that so?", f"because {i} of it")} for i in range(9)]
    found = {f.name: f for f in examine(opened(rows, base=save_tiny_lm(tmp_path / "wrong", "mismarked")))}
    assert found["template_mismatch"].stops and found["template_mismatch"].rows == 9
    assert "marks something else than the answer in 9 of 9 training rows" in found["template_mismatch"].message
    right = {f.name for f in examine(opened(rows, base=save_tiny_lm(tmp_path / "right", "marked")))}
    assert "template_mismatch" not in right


def test_the_tail_of_a_long_held_out_text_is_not_lost_silently(opened):
    session = opened([*texts(8), {"id": "long", "text": "the parcel is late " * 30}], **{"options.max_length": 32})
    found = {finding.name: finding for finding in examine(session)}
    assert found["long_texts"].rows >= 1 and "first 32 tokens are scored" in found["long_texts"].message
    assert "cut_answers" not in found


# ---- from file to proof


def test_from_a_file_of_chats_to_a_proof_and_an_answer(moatkit, tmp_path, tiny_lm_dir):
    rows = [{"id": f"c{i}", "messages": chat(f"{city} {i}?", f"{city}")} for i in range(12) for city in CITIES]
    for n, row in enumerate(rows):
        row["id"] = str(n)
    write_jsonl(tmp_path / "chats.jsonl", rows)
    (tmp_path / "cities.yaml").write_text(
        f"task: causal_lm\nmodel: {{path: {tiny_lm_dir}, dtype: float32}}\ndata: {{train: chats.jsonl}}\n"
        "options: {max_new_tokens: 8}\nlora: {method: full}\noptim: {lr: 0.003}\nschedule: {epochs: 20}\n"
    )
    out = moatkit("train", "cities.yaml", "--accept", "leakage")  # questions that differ by a number
    assert out.code == 0, out
    summary = runs.read(tmp_path / "runs" / "cities")
    assert summary.headline["metric"] == "exact_match" and summary.headline["value"] > 0.7
    assert {b["name"] for b in summary.baselines} == {"majority", "base"}
    assert summary.versus_base["diff"] > 0.5 and summary.metrics["perplexity"]["value"] < 5
    assert summary.train["unit"] == "token"
    table = runs.read_predictions(tmp_path / "runs" / "cities").to_pylist()
    test = [row for row in table if row["split"] == "test"]
    assert all(0 < row["output_tokens"] <= 8 and row["input_tokens"] > 8 for row in test)
    assert all(row["input"].endswith("?") and row["reference"] in CITIES for row in test)
    answer = moatkit("predict", "runs/cities", "--text", "Rome 99?", "--json")
    assert answer.code == 0 and json.loads(answer.out)["prediction"] == "Rome"
    (tmp_path / "ask.jsonl").write_text(json.dumps({"messages": chat("Oslo 77?")}) + "\n")
    assert moatkit("predict", "runs/cities", "--data", "ask.jsonl", "--out", "a.csv").code == 0
    assert "Oslo" in (tmp_path / "a.csv").read_text("utf-8-sig")
    again = moatkit("evaluate", "runs/cities", "--json")
    assert again.code == 0 and json.loads(again.out)["headline"]["value"] == summary.headline["value"]


def test_a_run_goes_on_from_the_adapter_of_an_earlier_one(moatkit, tmp_path, tiny_lm_dir):
    write_jsonl(tmp_path / "rows.jsonl", pairs(40))
    (tmp_path / "one.yaml").write_text(
        f"task: causal_lm\nmodel: {{path: {tiny_lm_dir}, dtype: float32}}\ndata: {{train: rows.jsonl}}\n"
        "options: {generate: false}\nlora: {r: 4}\noptim: {lr: 0.005}\nschedule: {epochs: 3}\n"
    )
    assert moatkit("train", "one.yaml").code == 0
    second = moatkit("train", "one.yaml", "run.dir=runs/two", "model.adapter=runs/one", "lora.r=auto")
    assert second.code == 0, second
    one, two = runs.read(tmp_path / "runs/one"), runs.read(tmp_path / "runs/two")
    assert two.parent == "one" and two.headline["metric"] == "perplexity"
    assert two.headline["value"] < one.headline["value"]
    first = next(m for m in runs.read_metrics(tmp_path / "runs/two") if m["split"] == "train")
    fresh = next(m for m in runs.read_metrics(tmp_path / "runs/one") if m["split"] == "train")
    assert first["loss"] < fresh["loss"] - 0.2  # it starts where the first one ended
    assert moatkit("predict", "runs/two", "--text", "parcel 1?").code == 0
    for settings, message in ((["model.adapter=nowhere"], "holds no adapter/"), (["lora.r=8"], "model.adapter brings"),
                              (["lora.method=full"], "would be ignored with lora.method = full")):  # fmt: skip
        bad = moatkit("train", "one.yaml", "run.dir=runs/three", "model.adapter=runs/one", "lora.r=auto", *settings)
        assert bad.code == 2 and message in bad.err, bad


def test_a_mixture_sees_its_parts_as_often_as_their_weights_say(opened, tmp_path):
    write_jsonl(tmp_path / "more.jsonl", [{"messages": chat(f"hello {i}", f"bye {i}")} for i in range(200)])
    first = write_jsonl(tmp_path / "pairs.jsonl", [{k: v for k, v in row.items() if k != "id"} for row in pairs(20)])
    raw = yaml.safe_load((opened(pairs(9)) and (tmp_path / "c.yaml")).read_text())
    raw["data"] = {"train": [{"path": str(first), "weight": 3}, {"path": str(first), "weight": 0.5}], "test": 0.2}
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(raw))
    session = open_session(load(tmp_path / "m.yaml", []))
    names = [item["row_id"] for item in session.training_items(("train",))]
    once = {row["id"] for row in session.data.train}
    assert all(names.count(name) == 3 for name in once if name.startswith("1:"))
    halves = [name for name in once if name.startswith("2:")]
    assert 0.2 < sum(names.count(name) for name in halves) / len(halves) < 0.8
    assert len({row["id"] for row in session.data.test}) == len(session.data.test)
    assert session.data.report["sources"]["train_2"]["weight"] == 0.5
    raw["data"]["train"] = [{"path": str(first)}, {"path": str(tmp_path / "more.jsonl"), "weight": 2}]
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(raw))
    mixed = open_session(load(tmp_path / "m.yaml", []))  # pairs and chats
    assert {row["source"] for row in mixed.data.train} == {"pairs", "more"}
    assert all(example["supervised"] > 0 for example in mixed.examples["train"])
