"""Classifier heads over a text encoder. Letters: B rows, T tokens, D width of the encoder, C classes.

A head's forward takes `input_ids (B, T)` and `attention_mask (B, T)` and returns float32 logits `(B, C)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit.errors import RunError
from kit.tasks.base import TaskModel


def check_places(backbone: Any, width: int) -> None:
    """A text longer than the model has places for would end in an index error deep inside it."""
    places = backbone.config.to_dict().get("max_position_embeddings")
    if places is not None and width > places:
        raise RunError(
            f"options.max_length: a text has {width} tokens and this model has places for {places}; "
            f"set options.max_length={places}",
            exit_code=2,
        )


class PooledEncoder(TaskModel):
    """An encoder whose last hidden states are averaged over real tokens."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        reads = backbone.main_input_name
        if reads != "input_ids":
            raise RunError(f"model.path: this model reads {reads}, not text; name a text encoder such as a BERT", 2)
        self.backbone = backbone

    def embed(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Mean-pooled embeddings (B, D), float32."""
        check_places(self.backbone, input_ids.shape[1])
        hidden_BTD = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        weight_BT1 = attention_mask.unsqueeze(-1).float()
        return (hidden_BTD * weight_BT1).sum(1) / weight_BT1.sum(1).clamp_min(1.0)


class CosineHead(PooledEncoder):
    """Logits = scale x cosine(embedding, class vector); class vectors start as class centroids.

    With few rows per class this keeps the geometry that the encoder learned in pretraining, where a random linear
    head first has to undo its own noise.
    """

    def __init__(self, backbone: nn.Module, num_classes: int, width: int, scale: float) -> None:
        super().__init__(backbone)
        self.scale = scale
        self.class_vectors = nn.Parameter(torch.zeros(num_classes, width))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        embedding_BD = F.normalize(self.embed(input_ids, attention_mask), dim=-1)
        with torch.autocast(embedding_BD.device.type, enabled=False):  # bfloat16 has two digits: too few for cosines
            return self.scale * embedding_BD @ F.normalize(self.class_vectors.float(), dim=-1).T

    @torch.no_grad()
    def start_at_centroids(self, batches: Iterable[dict[str, Any]]) -> None:
        """Set each class vector to the mean direction of its rows; classes stay zero where they have none."""
        total_CD = torch.zeros_like(self.class_vectors)
        for batch in batches:
            embedding_BD = F.normalize(self.embed(batch["input_ids"], batch["attention_mask"]), dim=-1)
            total_CD.index_add_(0, batch["labels"], embedding_BD)
        self.class_vectors.copy_(F.normalize(total_CD, dim=-1))


class ProbeHead(PooledEncoder):
    """A linear layer on frozen embeddings, solved in closed form (ridge regression): the untuned base for targets
    that have no centroid (several labels at once, a number)."""

    def __init__(self, backbone: nn.Module, num_outputs: int, width: int, ridge: float = 1.0) -> None:
        super().__init__(backbone)
        self.ridge = ridge
        self.weight = nn.Parameter(torch.zeros(num_outputs, width))
        self.bias = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return F.linear(self.embed(input_ids, attention_mask), self.weight, self.bias)

    @torch.no_grad()
    def solve(self, batches: Iterable[dict[str, Any]], targets: str) -> None:
        """Fit to `targets`: `multi_label` (0/1 columns become -2/+2 logits) or `regression`."""
        xs, ys = [], []
        for batch in batches:
            xs.append(self.embed(batch["input_ids"], batch["attention_mask"]).double())
            ys.append(batch["labels"].double().reshape(len(batch["labels"]), -1))
        x, y = torch.cat(xs), torch.cat(ys)
        if targets == "multi_label":
            y = 4.0 * y - 2.0
        mean_x, mean_y = x.mean(0), y.mean(0)
        centred = x - mean_x
        gram = centred.T @ centred + self.ridge * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
        weight = torch.linalg.solve(gram, centred.T @ (y - mean_y)).T
        self.weight.copy_(weight)
        self.bias.copy_(mean_y - weight @ mean_x)


class OwnHead(TaskModel):
    """The classification head that the model's own architecture brings (`AutoModelForSequenceClassification`)."""

    HEAD_NAMES = ("classifier", "score", "classification_head", "pre_classifier")

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.modules_to_save = [name for name, _ in backbone.named_children() if name in self.HEAD_NAMES]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        check_places(self.backbone, input_ids.shape[1])
        return self.backbone(input_ids=input_ids, attention_mask=attention_mask).logits.float()
