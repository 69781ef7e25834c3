"""A second kind of task, as small as one can be: how many words a text has (a number), over any text encoder.

It shows what a new kind takes: this file, one row in `kit.tasks.TASKS`, one config.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from kit import intervals, regression_metrics
from kit.records import Estimate
from kit.tasks.answers import number_in
from kit.tasks.base import Batch, Column, Example, Options, Prediction, Row, Task, TaskModel


class LengthModel(TaskModel):
    """Backbone, mean over real tokens, one linear output."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.output = nn.Linear(backbone.config.hidden_size, 1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden_BTD = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        weight_BT1 = attention_mask.unsqueeze(-1).float()
        return self.output((hidden_BTD * weight_BT1).sum(1) / weight_BT1.sum(1)).squeeze(-1)


class LengthRegression(Task):
    name: ClassVar[str] = "length_regression"
    about: ClassVar[str] = "the number of words of a text"
    columns: ClassVar[dict[str, Column]] = {
        "text": Column("text", "what is counted", is_input=True),
        "words": Column("number", "the right number"),
    }

    answer_roles: ClassVar[tuple[str, ...]] = ("words",)

    @classmethod
    def fit(cls, train_rows: Sequence[Row], options: Options) -> dict[str, Any]:
        words = [row["words"] for row in train_rows]
        return {"mean": float(np.mean(words)), "std": float(np.std(words)) or 1.0}

    @property
    def headline(self) -> str:
        return "mae"

    @property
    def higher_is_better(self) -> bool:
        return False

    def load_model(self, load: Callable[..., Any]) -> TaskModel:
        return LengthModel(load("AutoModel"))

    def preprocess(self, rows: Sequence[Row]) -> list[Example]:
        ids = self.processor([row["text"] for row in rows], truncation=True)["input_ids"]
        return [
            {"row_id": row["id"], "input_ids": tokens, "length": len(tokens), "words": row.get("words")}
            for row, tokens in zip(rows, ids)
        ]

    def collate(self, examples: Sequence[Example]) -> Batch:
        """`input_ids` and `attention_mask` (B, T) int64; `words` (B,) float32 where the rows have it."""
        padded = self.processor.pad({"input_ids": [e["input_ids"] for e in examples]}, return_tensors="pt")
        batch: Batch = {**padded, "row_ids": [e["row_id"] for e in examples]}
        if all(e["words"] is not None for e in examples):
            batch["words"] = torch.tensor([float(e["words"]) for e in examples])
        return batch

    def losses(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        wanted = (batch["words"] - self.state["mean"]) / self.state["std"]
        return {"loss": (model(batch["input_ids"], batch["attention_mask"]) - wanted).square().sum()}

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        values = model(batch["input_ids"], batch["attention_mask"]) * self.state["std"] + self.state["mean"]
        return [Prediction(float(value)) for value in values]

    def reference(self, row: Row) -> float:
        return float(row["words"])

    def score(self, prediction: float, reference: float) -> float:
        return max(0.0, 1.0 - abs(prediction - reference) / max(1.0, reference))

    def parse_answer(self, text: str) -> float | None:
        return number_in(text)

    def no_answer(self, reference: float) -> float:
        return reference + self.state["mean"] + 10

    def estimates(self, predictions: Sequence[Any], references: Sequence[Any],
                  clusters: Sequence[Any] | None = None) -> dict[str, Estimate]:  # fmt: skip
        mae = next(metric for metric in regression_metrics.regression if metric.name == "mae")
        return {"mae": intervals.estimate(mae, list(predictions), list(references), clusters=clusters)}
