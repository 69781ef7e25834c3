"""Vectors of an encoder and their cache; a run's answers as pre-labels; what a run says of leaked rows."""

import json

import numpy as np
import pytest
from fixtures_cli import moatkit  # noqa: F401

from kit import runs
from kit.embed import embed
from tests.conftest import tiny_rows, write_rows


def test_vectors_are_the_mean_over_tokens_whatever_the_batch(tiny_model_dir, tmp_path):
    texts = [row["text"] for row in tiny_rows(70, 0)]
    found = embed(texts, model=str(tiny_model_dir), cache=tmp_path)
    assert found.shape == (70, 32) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    alone = embed(texts[3:4], model=str(tiny_model_dir), cache=tmp_path / "other")
    assert np.allclose(alone[0], found[3], atol=1e-5)
    from transformers import AutoModel, AutoTokenizer

    batch = AutoTokenizer.from_pretrained(tiny_model_dir)(texts[3], return_tensors="pt")
    mean = AutoModel.from_pretrained(tiny_model_dir)(**batch).last_hidden_state[0].mean(0).detach().numpy()
    assert np.allclose(found[3], mean / np.linalg.norm(mean), atol=1e-5)


def test_kept_vectors_are_used_and_a_torn_cache_is_rebuilt(tiny_model_dir, tmp_path):
    texts = ["my card", "the parcel"]
    first = embed(texts, model=str(tiny_model_dir), cache=tmp_path)
    (store,) = tmp_path.glob("*.npz")
    with np.load(store) as kept:
        np.savez(store.with_suffix(""), keys=kept["keys"], vectors=kept["vectors"] * 2)
    assert np.allclose(embed(texts, model=str(tiny_model_dir), cache=tmp_path), first * 2)
    store.write_bytes(store.read_bytes()[:50])
    assert np.allclose(embed([*texts, "more"], model=str(tiny_model_dir), cache=tmp_path)[:2], first, atol=1e-6)


@pytest.fixture
def run(tiny_config_file, tiny_csv, tmp_path):
    from kit.config_load import load
    from kit.pipeline import train

    rows = tiny_rows(32, 3)
    rows[0]["text"] = tiny_rows(86, 1)[0]["text"]
    test = write_rows(tmp_path / "test.csv", rows)
    train(load(tiny_config_file(**{"data.test": str(test), "schedule.max_steps": 3})))
    return tmp_path / "run"


def test_a_run_gives_pre_labels_and_its_doubts_rank_the_queue(run, moatkit, tmp_path):  # noqa: F811
    rows = [{"id": row["id"], "text": row["text"]} for row in tiny_rows(40, 9)]
    path = write_rows(tmp_path / "new.csv", rows)
    done = moatkit("data", "label", path, "--run", run, "--out", "tasks.json", "--budget", "6", "--features", "tfidf")
    assert done.code == 0, done.err
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert len(tasks) == 6 and all(task["data"]["reason"] == "uncertain" for task in tasks)
    scores = [task["predictions"][0]["score"] for task in tasks]
    assert scores == sorted(scores) and all(0 < score <= 1 for score in scores)
    assert {task["predictions"][0]["model_version"] for task in tasks} == {"run"}
    assert (tmp_path / "tasks.config.xml").read_text().count("<Choice ") >= 1
    record = runs.read_json(run, runs.DATA)["leakage"]
    assert record["exact"] == 1 and record["share"] >= 1 / 32 and record["examples"][0]["similarity"] == 1
