"""The contract of a task kind. Adding a kind: one file with a subclass, one row in kit/tasks, one config.

Words: a *row* is a dict with the kind's roles as keys; an *example* is a preprocessed row; a *unit* is what the loss
averages over. A step minimises, over its terms t, sum of weight_t * S_t / N_t: `losses` gives the sums S_t of one
micro-batch and `counts` its units, N_t is their total over all micro-batches and processes of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from kit.findings import Finding
from kit.records import Estimate

Row = dict[str, Any]
Example = dict[str, Any]
Batch = dict[str, Any]


class TaskModel(nn.Module):
    """What `load_model` returns: the pretrained network as `backbone`, and whatever the kind puts on top of it."""

    backbone: Any
    modules_to_save: list[str] | None = None  # parts of the backbone that are new and trained whole beside adapters


class Options(BaseModel):
    """Settings that every kind has; a kind adds its own in a subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    refit: bool = False
    """After everything is chosen on the validation rows, train once more on all training rows at those settings."""


@dataclass(frozen=True)
class Column:
    """What a kind needs in one column of the data."""

    type: str
    """text, label, number, answer (like a label, any text) or any."""
    about: str
    required: bool = True
    names: tuple[str, ...] = ()
    """Column names that play this role; where given, nothing else is taken for it."""
    is_input: bool = False
    """Part of what a row asks: equal inputs stay in one split, and leakage is looked for in it."""


@dataclass(frozen=True)
class Prediction:
    """The answer to one row. `logits` (C,) lets the confidence be calibrated after the fact; None where there are none.

    `prediction` is text, a number, or plain data by the kind's documented schema; `nll` is the reference's negative
    log-likelihood in nats over `nll_units` units, `output_tokens` how many were generated.
    """

    prediction: Any
    confidence: float | None = None
    reference_confidence: float | None = None
    logits: np.ndarray | None = None
    nll: float | None = None
    nll_units: float = 0.0
    output_tokens: int = 0

    def with_prediction(self, prediction: Any) -> Prediction:
        return replace(self, prediction=prediction)


class Task:
    """One kind of task, bound to its options, its processor and the state that `fit` found in the training rows."""

    name: ClassVar[str]
    about: ClassVar[str]
    columns: ClassVar[dict[str, Column]]
    lora_targets: ClassVar[str | list[str]] = "all-linear"
    couples_rows: ClassVar[bool] = False  # the loss compares rows of one step: it is never split
    pads: ClassVar[bool] = True  # padding does not change the loss
    unit: ClassVar[str] = "row"
    processor_class: ClassVar[str] = "AutoTokenizer"
    term_weights: ClassVar[dict[str, float]] = {"loss": 1.0}
    selection: ClassVar[tuple[str, bool] | None] = None  # what picks the best step, is more better; None: the headline
    auto_settings: ClassVar[dict[str, float]] = {}  # what `auto` means for this kind: lr, epochs, size
    options_class: ClassVar[type[Options]] = Options
    answer_roles: ClassVar[tuple[str, ...]] = ("label",)  # roles that hold the right answer: no rival is shown them

    def __init__(self, options: Any, processor: Any, state: dict[str, Any]) -> None:
        self.options, self.processor, self.state = options, processor, state

    # what a kind writes

    @classmethod
    def fit(cls, train_rows: Sequence[Row], options: Any) -> dict[str, Any]:
        """Labels, vocabularies and statistics of the training rows, as JSON. Raises DataError."""
        raise NotImplementedError

    @property
    def headline(self) -> str:
        """Name of the metric that decides."""
        raise NotImplementedError

    @property
    def higher_is_better(self) -> bool:
        return True

    def load_model(self, load: Callable[..., Any]) -> TaskModel:
        """A module with the pretrained network as `.backbone`; `load(auto_class, **config)` loads that network."""
        raise NotImplementedError

    def untuned_model(self, load: Callable[..., Any]) -> TaskModel | None:
        """The base as it comes, able to answer after `initialise`; None where a kind has no such thing."""
        return None

    def preprocess(self, rows: Sequence[Row]) -> list[Example]:
        """Examples in the order of the rows, each with `row_id` and `length` (its real tokens or units)."""
        raise NotImplementedError

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Examples to tensors; the kind's docstring gives keys and shapes. `row_ids` is kept."""
        raise NotImplementedError

    def losses(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """The sum of each loss term over the batch's units, as float32 scalars."""
        raise NotImplementedError

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """One answer per row of the batch, in its order; references are used only for `reference_confidence`."""
        raise NotImplementedError

    def reference(self, row: Row) -> Any:
        """The right answer of a row, comparable with `Prediction.prediction`."""
        raise NotImplementedError

    def score(self, prediction: Any, reference: Any) -> float | None:
        """How good one answer is, 0 to 1; None where it cannot be said."""
        raise NotImplementedError

    def estimates(self, predictions: Sequence[Any], references: Sequence[Any],
                  clusters: Sequence[Any] | None = None) -> dict[str, Estimate]:  # fmt: skip
        """Every metric with its interval; the headline first."""
        raise NotImplementedError

    # with defaults

    def shown(self, row: Row) -> str:
        """What a person sees as the input of a row."""
        return str(row.get("text", ""))

    def row_of(self, text: str) -> Row:
        """A row, less its id, of a text that a person typed."""
        return {"text": text}

    def is_trainable(self, example: Example) -> bool:
        """Whether a training example teaches anything; one that does not is left out (and reported by `check`)."""
        return True

    def group(self, rows: list[Row]) -> list[Row]:
        """Rows to training items, e.g. the histories of users; the identity for most kinds."""
        return rows

    def initialise(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        """Set new weights from the training rows (class centroids and the like); nothing by default."""

    def counts(self, batch: Batch) -> dict[str, float]:
        """Units of each loss term in the batch; may be fractional where rows carry weights."""
        return {"loss": float(len(batch["row_ids"]))}

    def findings(self, rows: Mapping[str, Sequence[Row]], examples: Mapping[str, Sequence[Example]]) -> list[Finding]:
        """What only this kind can find before the first step, by split (`train`, `validation`, `test`; any may be
        empty). Rows without a supervised unit and answers cut off are found by themselves where examples carry
        `supervised` (number of supervised units) and `cut` (1 where the answer lost some to the length limit)."""
        return []

    def calibrate(self, predictions: Sequence[Prediction], references: Sequence[Any]) -> float | None:
        """The temperature that fits confidences to these held-out answers; None where there is nothing to fit."""
        return None

    def with_temperature(self, predictions: Sequence[Prediction], references: Sequence[Any] | None,
                         temperature: float) -> list[Prediction]:  # fmt: skip
        """The same answers with calibrated confidences."""
        return list(predictions)

    def plain_baselines(self, train_rows: Sequence[Row], rows: Sequence[Row]) -> dict[str, list[Any]]:
        """Answers of methods that need no network (majority, TF-IDF), by name."""
        return {}

    # answers made elsewhere: by an API, another trainer, rules or people. There `processor` is None.

    def parse_answer(self, text: str) -> Any:
        """The prediction that a text states, or None where it states none; never a guess. Default: the text itself."""
        return text.strip() or None

    def no_answer(self, reference: Any) -> Any:
        """What stands in the metrics for an answer that could not be read: a prediction that is wrong."""
        return ""

    def prompt_values(self) -> dict[str, str]:
        """What a prompt may name in braces beside the columns of the row."""
        return {}


class Objective(nn.Module):
    """The one module Accelerate prepares: every call of the network goes through its forward.

    `forward(batch)` returns the loss sums, `forward(batch, predict=True)` the answers. Under DDP a call past it would
    skip the reducer, under FSDP2 it would fail.
    """

    def __init__(self, model: TaskModel, task: Task) -> None:
        super().__init__()
        self.model = model
        self.task = task

    def forward(self, batch: Batch, predict: bool = False) -> Any:
        if predict:
            return self.task.predict(self.model, batch)
        return self.task.losses(self.model, batch)


def role_specs(kind: type[Task]) -> dict[str, Any]:
    """The kind's columns as `kit.data` wants them."""
    return {
        name: {"required": c.required, "type": c.type, "names": c.names, "is_input": c.is_input}
        for name, c in kind.columns.items()
    }


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The tensors of a batch on `device`; everything else as it is."""
    return {key: value.to(device) if isinstance(value, Tensor) else value for key, value in batch.items()}
