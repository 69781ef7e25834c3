"""Our metrics in the `evaluate` library, and that library's in ours."""

import subprocess
import sys

import numpy as np
import pytest

from kit import hf_metrics
from kit.errors import KitError
from kit.hf_metrics import METRICS, hub_metric, load
from kit.intervals import estimate
from kit.metrics import macro_f1

pytest.importorskip("evaluate")

SAMPLES = {
    "label": (["a", "b", "b"], ["a", "a", "b"]),
    "label list": ([[1, 0], [1, 1], [0, 1]], [[1, 0], [0, 1], [0, 1]]),
    "number": ([1.0, 2.0, 4.0], [1.0, 3.0, 5.0]),
    "text": (["我要退货", "a b c", "no"], ["我要退款", "a b d", "no"]),
    "distribution": ([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]], ["x", "y", "y"]),
    "confidence": ([0.9, 0.6, 0.7], [1.0, 0.0, 1.0]),
    "loss": ([2.0, 3.0, 1.0], [4, 5, 2]),
}


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("evaluate.config.HF_METRICS_CACHE", str(tmp_path))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_computes_the_same_through_evaluate(name):
    metric, kind = METRICS[name]
    predictions, references = SAMPLES[kind]
    loaded = load(name)
    assert loaded.name == name
    assert loaded.compute(predictions=predictions, references=references) == {
        name: pytest.approx(metric(predictions, references))
    }


def test_rows_can_be_added_one_by_one_and_in_batches():
    metric = load("accuracy")
    metric.add(prediction="a", reference="a")
    metric.add_batch(predictions=["b", "b"], references=["a", "b"])
    assert metric.compute() == {"accuracy": pytest.approx(2 / 3)}
    assert metric.compute(predictions=[1, 2], references=[1, 1]) == {"accuracy": 0.5}  # used again, with numbers


def test_arrays_and_lists_of_references_are_taken():
    assert load("accuracy").compute(predictions=np.array([1, 2]), references=np.array([1, 2])) == {"accuracy": 1.0}
    found = load("exact_match").compute(predictions=["Paris"], references=[["Lyon", "paris."]])
    assert found == {"exact_match": 1.0}


def test_the_cache_on_disk_works_too():
    metric = load("accuracy", keep_in_memory=False)
    assert metric.compute(predictions=["a"], references=["a"]) == {"accuracy": 1.0}


def test_an_interval_comes_on_request():
    rng = np.random.default_rng(0)
    actual = rng.integers(0, 3, 60)
    predicted = np.where(rng.random(60) < 0.7, actual, 0)
    groups = list(range(20)) * 3
    found = load("macro_f1").compute(predictions=predicted, references=actual, interval=True, clusters=groups)
    expected = estimate(macro_f1, predicted, actual, clusters=groups)
    assert found == {
        "macro_f1": pytest.approx(expected.value),
        "macro_f1_low": pytest.approx(expected.low),
        "macro_f1_high": pytest.approx(expected.high),
    }
    with pytest.raises(ValueError, match="no interval"):
        load("aurc").compute(predictions=[0.5], references=[1.0], interval=True)


def test_options_reach_the_metric():
    found = load("ece").compute(predictions=[0.9, 0.6], references=[1, 0], bins=1)
    assert found == {"ece": pytest.approx(0.25)}  # one bin: |0.75 - 0.5|


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KitError, match=r"no metric 'f2'.*macro_f1"):
        load("f2")


SCRIPT = '''
import datasets
import evaluate


class Fixed(evaluate.Metric):
    def _info(self):
        features = datasets.Features({"predictions": datasets.Value("int64"), "references": datasets.Value("int64")})
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references):
        return {"fixed": float(sum(predictions) - sum(references))}
'''


def test_a_metric_of_the_library_is_loaded_by_path(tmp_path):
    script = tmp_path / "fixed" / "fixed.py"
    script.parent.mkdir()
    script.write_text(SCRIPT, encoding="utf-8")
    metric = hub_metric(str(script))
    assert metric.compute(predictions=[3, 4], references=[1, 1]) == {"fixed": 5.0}


def test_a_metric_that_cannot_be_loaded_is_one_clear_error(tmp_path):
    with pytest.raises(KitError, match="could not be loaded"):
        hub_metric(str(tmp_path / "nowhere.py"))


def test_a_metric_that_misses_a_package_names_it(tmp_path):
    script = tmp_path / "needy" / "needy.py"
    script.parent.mkdir()
    script.write_text("import surely_not_installed_package\n" + SCRIPT, encoding="utf-8")
    with pytest.raises(KitError, match="surely_not_installed_package"):
        hub_metric(str(script))


def test_without_evaluate_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "evaluate", None)  # what Python does where it is not installed
    hf_metrics.wrapped.cache_clear()
    for use in (load, hub_metric):
        with pytest.raises(KitError, match=r"pip install moatkit\[metrics\]"):
            use("accuracy")


def test_importing_the_wrappers_loads_neither_evaluate_nor_torch():
    code = "import kit.hf_metrics, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"evaluate", "torch", "datasets"} & set(loaded)
