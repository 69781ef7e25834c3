"""Our metrics for users of the `evaluate` library, and that library's metrics for our configurations.

`evaluate` is imported when a metric is loaded, never before: it takes seconds and loads torch.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kit import calibration, regression_metrics, text_metrics
from kit.errors import KitError
from kit.intervals import estimate
from kit.metrics import Metric, classification, log_loss, multilabel

__all__ = ["METRICS", "hub_metric", "load"]

INPUTS = {
    "label": "predictions and references: one label (text or integer) per row",
    "label list": "predictions and references: one list of 0 and 1 per row, an entry per label",
    "number": "predictions and references: one number per row",
    "text": "predictions: one text per row; references: one text, or a list of right texts, per row",
    "distribution": "predictions: one list of class probabilities per row; references: one label per row",
    "confidence": "predictions: the probability of the answer (or event); references: 1 where it is right, else 0",
    "loss": "predictions: sum of losses in nats per row; references: number of tokens per row",
}

METRICS: dict[str, tuple[Any, str]] = {
    **{metric.name: (metric, "label") for metric in classification},
    **{metric.name: (metric, "label list") for metric in multilabel},
    **{metric.name: (metric, "number") for metric in regression_metrics.regression},
    **{metric.name: (metric, "text") for metric in (*text_metrics.text, text_metrics.wer, text_metrics.cer)},
    **{metric.name: (metric, "confidence") for metric in (calibration.ece, calibration.brier)},
    "aurc": (calibration.aurc, "confidence"),
    "log_loss": (log_loss, "distribution"),
    "perplexity": (text_metrics.perplexity, "loss"),
}


def load(name: str, **settings: Any) -> Any:
    """One of our metrics as an `evaluate.Metric`: `load("macro_f1").compute(predictions=[...], references=[...])`.

    `compute` also takes the metric's own options, and `interval=True` (with `clusters` where rows belong together) adds
    `NAME_low` and `NAME_high`. `settings` go to the Metric (`num_process`, `cache_dir`, ...).
    """
    if name not in METRICS:
        raise KitError(f"there is no metric {name!r}: choose one of {', '.join(sorted(METRICS))}")
    settings.setdefault("keep_in_memory", settings.get("num_process", 1) == 1)
    return wrapped(name)(**settings)


def hub_metric(name: str, **settings: Any) -> Any:
    """A metric of the `evaluate` library by name or path, ready for `.compute(predictions=..., references=...)`.

    Loading one runs its code from the hub (or the folder), so name only what you trust.
    """
    library = evaluate_library(f"metric {name!r}")
    try:
        return library.load(name, **settings)
    except ImportError as error:
        raise KitError(f"metric {name!r} needs a package that is not installed: {error}") from error
    except (OSError, ValueError) as error:
        known = f"; moatkit has its own {name!r}, without the hub" if name in METRICS else ""
        raise KitError(f"metric {name!r} could not be loaded (name, path or network?): {error}{known}") from error


def evaluate_library(purpose: str) -> Any:
    try:
        import evaluate
    except ImportError as error:
        raise KitError(f"{purpose} needs the evaluate library: pip install moatkit[metrics]") from error
    return evaluate


@cache
def wrapped(name: str) -> type:
    """The `evaluate.Metric` class of a metric; the library reads a metric's name from its class."""
    evaluate = evaluate_library(f"{name} as an evaluate.Metric")
    metric, kind = METRICS[name]

    def info(self: Any) -> Any:
        return evaluate.MetricInfo(
            description=metric.of.__doc__ or name if isinstance(metric, Metric) else metric.__doc__,
            citation="",
            inputs_description=f"\n{INPUTS[kind]}",
            features=features(kind),
        )

    def compute(
        self: Any, *, predictions: Any, references: Any, interval: bool = False, **options: Any
    ) -> dict[str, float]:
        if not interval:
            return {name: metric(predictions, references, **options)}
        if not isinstance(metric, Metric):
            raise ValueError(f"{name} has no interval: it is not a function of sums over rows")
        clusters = options.pop("clusters", None)
        found = estimate(metric, predictions, references, clusters=clusters, options=options)
        return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}

    return type(name, (evaluate.Metric,), {"_info": info, "_compute": compute})


def features(kind: str) -> list[Any]:
    """What the columns may hold; the library takes the first form that fits the first row."""
    from datasets import Features, List, Value

    text, whole, number = Value("string"), Value("int64"), Value("float64")
    pairs = {
        "label": [(text, text), (whole, whole)],
        "label list": [(List(whole), List(whole))],
        "number": [(number, number)],
        "text": [(text, text), (text, List(text))],
        "distribution": [(List(number), text), (List(number), whole)],
        "confidence": [(number, number)],
        "loss": [(number, whole)],
    }
    return [Features({"predictions": p, "references": r}) for p, r in pairs[kind]]
