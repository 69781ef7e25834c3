"""Text classification: one label, several labels at once, or a number (regression), over any text encoder.

State: `{problem, labels, weights, mean, std, low, high}`. References and predictions: a label (text); several labels
as a sorted list; a number. Letters: B rows, T tokens, C classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit import baselines, calibration, intervals, metrics, regression_metrics
from kit.errors import ConfigError, DataError
from kit.findings import Finding
from kit.records import Estimate
from kit.tasks.answers import read_answer
from kit.tasks.base import Batch, Column, Example, Options, Prediction, Row, Task, TaskModel
from kit.tasks.heads import CosineHead, OwnHead, ProbeHead
from kit.tasks.labels import (
    abstention,
    class_weights,
    fit_label_temperature,
    guess_problem,
    ignored_options,
    indicators,
    label_findings,
    number_statistics,
    readable,
    shortened,
    split_labels,
)
from kit.tasks.text_options import TextClassificationOptions
from kit.tasks.tokens import truncated

KINDS_OF_HEAD = {"single_label": "single_label_classification", "multi_label": "multi_label_classification"}


class TextClassification(Task):
    name: ClassVar[str] = "text_classification"
    about: ClassVar[str] = "a label, several labels or a number for a text"
    columns: ClassVar[dict[str, Column]] = {
        "text": Column("text", "what is classified", is_input=True),
        "label": Column("label", "the right answer"),
    }
    options_class: ClassVar[type[Options]] = TextClassificationOptions
    options: TextClassificationOptions

    @classmethod
    def fit(cls, train_rows: Sequence[Row], options: TextClassificationOptions) -> dict[str, Any]:
        separator = options.label_separator
        problem = options.problem if options.problem != "auto" else guess_problem(train_rows, separator)
        if ignored := ignored_options(problem, options):
            raise ConfigError(ignored)
        if problem == "regression":
            return {"problem": problem, "labels": [], **number_statistics(train_rows)}
        rows_of = Counter(label for row in train_rows for label in split_labels(row["label"], problem, separator))
        labels = sorted(rows_of)
        if len(labels) < 2:
            raise DataError(
                f"the training rows hold a single class ({labels[0]!r}); a classifier needs at least two"
                if labels else "the training rows hold no label"
            )  # fmt: skip
        named = set(options.class_weights) if isinstance(options.class_weights, dict) else set()
        if options.abstain_below and not options.abstain_class:
            raise DataError(f"options.abstain_below = {options.abstain_below}: needs options.abstain_class, a label")
        abstain = {options.abstain_class} if options.abstain_class else set()
        for key, names in (("abstain_class", abstain), ("class_weights", named)):
            for name in sorted(names - set(labels)):
                raise DataError(f"options.{key} = {name!r}: no training row has it; labels are {shortened(labels)}")
        weights = class_weights(rows_of, labels, options.class_weights, num_rows=len(train_rows), problem=problem)
        return {"problem": problem, "labels": labels, "weights": weights}

    def __init__(self, options: Any, processor: Any, state: dict[str, Any]) -> None:
        super().__init__(options, processor, state)
        self.problem: str = state["problem"]
        self.labels: list[str] = state["labels"]
        self.position = {label: i for i, label in enumerate(self.labels)}
        self.abstain = self.position.get(options.abstain_class) if options.abstain_class else None
        if processor is not None and processor.pad_token is None:
            processor.pad_token = processor.eos_token

    @property
    def headline(self) -> str:
        return {"single_label": "accuracy", "multi_label": "multilabel_micro_f1", "regression": "rmse"}[self.problem]

    @property
    def higher_is_better(self) -> bool:
        return self.problem != "regression"

    @property
    def max_length(self) -> int:
        wanted = self.options.max_length
        return min(512, self.processor.model_max_length) if wanted == "auto" else wanted

    @property
    def uses_cosine(self) -> bool:
        if self.options.head == "cosine" and self.problem != "single_label":
            raise DataError(f"options.head = 'cosine': has class vectors, which {self.problem} labels lack; use own")
        return self.problem == "single_label" and self.options.head != "own"

    def load_model(self, load: Callable[..., Any]) -> TaskModel:
        if self.uses_cosine:
            return self._cosine_model(load)
        settings: dict[str, Any] = {
            "num_labels": len(self.labels) or 1,
            "problem_type": KINDS_OF_HEAD.get(self.problem, "regression"),
            "pad_token_id": self.processor.pad_token_id,
        }
        if self.labels:
            settings |= {"id2label": dict(enumerate(self.labels)), "label2id": self.position}
        return OwnHead(load("AutoModelForSequenceClassification", **settings))

    def untuned_model(self, load: Callable[..., Any]) -> TaskModel:
        if self.problem == "single_label":
            return self._cosine_model(load)
        backbone = load("AutoModel")
        return ProbeHead(backbone, len(self.labels) or 1, backbone.config.hidden_size)

    def _cosine_model(self, load: Callable[..., Any]) -> CosineHead:
        backbone = load("AutoModel")
        return CosineHead(backbone, len(self.labels), backbone.config.hidden_size, self.options.scale)

    def initialise(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        if isinstance(model, CosineHead):
            model.start_at_centroids(batches)
        elif isinstance(model, ProbeHead):
            model.solve(batches, self.problem)

    def group(self, rows: list[Row]) -> list[Row]:
        """Training rows plus, where asked for, one row per class that holds only the class's name."""
        if self.problem != "single_label" or not self.options.label_names:
            return rows
        names = [{"id": f"name:{label}", "text": readable(label), "label": label} for label in self.labels]
        return rows + [row for row in names if any(c.isalpha() for c in row["text"])]

    def preprocess(self, rows: Sequence[Row]) -> list[Example]:
        texts = [str(row["text"]) for row in rows]
        ids = self.processor(texts, truncation=True, max_length=self.max_length)["input_ids"] if texts else []
        return [
            {"row_id": row["id"], "input_ids": tokens, "length": len(tokens), "label": self._target(row)}
            for row, tokens in zip(rows, ids)
        ]

    def _target(self, row: Row) -> Any:
        """Class index, list of class indices or standardised number; None where the row carries no label."""
        label = row.get("label")
        if label is None or label == "":
            return None
        if self.problem == "regression":
            return (float(label) - self.state["mean"]) / self.state["std"]
        names = split_labels(label, self.problem, self.options.label_separator)
        places = [self.position.get(name) for name in names]
        return None if None in places else places if self.problem == "multi_label" else places[0]

    def collate(self, examples: Sequence[Example]) -> Batch:
        """`input_ids` and `attention_mask` (B, T) int64; `labels` (B,) int64, (B, C) float32 for several labels, or
        (B,) float32 for regression, absent where a row has none; `row_ids` a list of B ids."""
        width = max(example["length"] for example in examples)
        ids = torch.full((len(examples), width), self.processor.pad_token_id or 0, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for i, example in enumerate(examples):
            ids[i, : example["length"]] = torch.tensor(example["input_ids"])
            mask[i, : example["length"]] = 1
        batch: Batch = {"input_ids": ids, "attention_mask": mask, "row_ids": [e["row_id"] for e in examples]}
        targets = [example["label"] for example in examples]
        if all(target is not None for target in targets):
            batch["labels"] = self._labels(targets)
        return batch

    def _labels(self, targets: list[Any]) -> Tensor:
        if self.problem == "single_label":
            return torch.tensor(targets, dtype=torch.int64)
        if self.problem == "regression":
            return torch.tensor(targets, dtype=torch.float32)
        labels = torch.zeros(len(targets), len(self.labels))
        for i, places in enumerate(targets):
            labels[i, places] = 1.0
        return labels

    def findings(self, rows: Mapping[str, Sequence[Row]], examples: Mapping[str, Sequence[Example]]) -> list[Finding]:
        found = truncated(examples, self.max_length) if any(examples.values()) else []
        if self.problem == "regression":
            return found
        references = {split: [self.reference(row) for row in some] for split, some in rows.items()}
        return label_findings(self.labels, references, is_weighted=bool(self.state["weights"])) + found

    def counts(self, batch: Batch) -> dict[str, float]:
        if self.problem == "single_label" and self.state["weights"]:
            return {"loss": float(sum(self.state["weights"][place] for place in batch["labels"].tolist()))}
        per_row = len(self.labels) if self.problem == "multi_label" else 1
        return {"loss": float(len(batch["row_ids"]) * per_row)}

    def losses(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        logits, labels = model(batch["input_ids"], batch["attention_mask"]), batch["labels"]
        if self.problem == "regression":
            return {"loss": F.mse_loss(logits.squeeze(-1), labels, reduction="sum")}
        weights = torch.tensor(self.state["weights"], device=labels.device) if self.state["weights"] else None
        if self.problem == "multi_label":
            loss = F.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights, reduction="sum")
        else:
            loss = F.cross_entropy(
                logits, labels, weight=weights, reduction="sum", label_smoothing=self.options.label_smoothing
            )
        return {"loss": loss}

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        logits = model(batch["input_ids"], batch["attention_mask"]).float().cpu().numpy()
        if self.problem == "regression":
            values = logits[:, 0] * self.state["std"] + self.state["mean"]
            return [Prediction(float(value)) for value in values]
        return [self._answer(row, None, 1.0) for row in logits]

    def _answer(self, logits: np.ndarray, reference: Any, temperature: float) -> Prediction:
        several = self.problem == "multi_label"
        p = calibration.probabilities(logits[None], temperature=temperature, independent=several)[0]
        if several:
            chosen = [i for i in range(len(p)) if p[i] > 0.5]
            sure = float(np.maximum(p, 1 - p).min())
            return Prediction(sorted(self.labels[i] for i in chosen), sure, None, logits)
        best, confidence = int(p.argmax()), float(p.max())
        if self.abstain is not None and self.options.abstain_below and confidence < self.options.abstain_below:
            best, confidence = self.abstain, float(1 - confidence)
        right = self.position.get(reference)
        return Prediction(self.labels[best], confidence, None if right is None else float(p[right]), logits)

    def calibrate(self, predictions: Sequence[Prediction], references: Sequence[Any]) -> float | None:
        if self.problem == "regression" or not predictions:
            return None
        return fit_label_temperature([p.logits for p in predictions], references, self.labels)

    def with_temperature(self, predictions: Sequence[Prediction], references: Sequence[Any] | None,
                         temperature: float) -> list[Prediction]:  # fmt: skip
        if self.problem == "regression":
            return list(predictions)
        known = references if references is not None else [None] * len(predictions)
        return [self._answer(p.logits, r, temperature) for p, r in zip(predictions, known) if p.logits is not None]

    def reference(self, row: Row) -> Any:
        if self.problem == "regression":
            return float(row["label"])
        names = sorted(split_labels(row["label"], self.problem, self.options.label_separator))
        return names if self.problem == "multi_label" else names[0]

    def score(self, prediction: Any, reference: Any) -> float:
        """1 or 0 for one label; F1 of the sets for several; 1 - |error| / range of the training values, at least 0."""
        if self.problem == "regression":
            span = self.state["high"] - self.state["low"]
            return max(0.0, 1.0 - abs(prediction - reference) / span)
        if self.problem == "multi_label":
            both, either = len(set(prediction) & set(reference)), len(prediction) + len(reference)
            return 2 * both / either if either else 1.0
        return float(prediction == reference)

    def parse_answer(self, text: str) -> Any:
        return read_answer(text, problem=self.problem, labels=self.labels, separator=self.options.label_separator)

    def no_answer(self, reference: Any) -> Any:
        """No label at all; for a number the end of the training range that is farther from the right one."""
        if self.problem == "regression":
            return max(self.state["low"], self.state["high"], key=lambda end: abs(end - reference))
        return [] if self.problem == "multi_label" else ""

    def prompt_values(self) -> dict[str, str]:
        between = "\n" if any("," in label for label in self.labels) else ", "
        return {"labels": between.join(self.labels)} if self.labels else {}

    def estimates(self, predictions: Sequence[Any], references: Sequence[Any],
                  clusters: Sequence[Any] | None = None) -> dict[str, Estimate]:  # fmt: skip
        chosen: tuple[metrics.Metric, ...] = (metrics.accuracy, metrics.macro_f1, metrics.weighted_f1, metrics.matthews)
        given, right = list(predictions), list(references)
        if self.problem == "regression":
            chosen = regression_metrics.regression
        elif self.problem == "multi_label":
            chosen = metrics.multilabel
            names = sorted({*self.labels, *(label for labels in right for label in labels)})
            given, right = indicators(given, names), indicators(right, names)  # type: ignore[assignment]
        found = {m.name: intervals.estimate(m, given, right, clusters=clusters) for m in chosen}
        found = {self.headline: found[self.headline]} | found
        if self.abstain is None or self.problem != "single_label":
            return found
        return found | abstention(predictions, references, self.labels[self.abstain], clusters)

    def plain_baselines(self, train_rows: Sequence[Row], rows: Sequence[Row]) -> dict[str, list[Any]]:
        train, texts = [str(row["text"]) for row in train_rows], [str(row["text"]) for row in rows]
        return baselines.of_texts(self.problem, train, [self.reference(row) for row in train_rows], texts)
