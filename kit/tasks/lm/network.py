"""A causal language model whose loss touches only what is learnt, and that answers in batches.

Padding stands on the right, where causal attention never looks back at it, so training needs no attention mask.
Letters: B rows, T tokens, D width, N learnt tokens, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from transformers import LogitsProcessor, LogitsProcessorList

from kit.tasks.base import TaskModel

MOST_LOGITS = 1 << 26  # numbers of one piece of logits (256 MiB in float32); beyond it the head works piece by piece


@dataclass(frozen=True)
class Written:
    """One generated answer: its tokens without padding and end, and the mean log probability of its tokens."""

    ids: list[int]
    mean_log_p: float


class LanguageModel(TaskModel):
    """`backbone` is a Hugging Face causal LM, with or without adapters."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.can_skip: bool | None = None  # the head alone gives the model's own logits; found out once

    @property
    def network(self) -> Any:
        """The causal LM itself, adapters (which lie inside its layers) or not."""
        wrapped = self.backbone
        return wrapped.get_base_model() if hasattr(wrapped, "peft_config") else wrapped

    def loss_sums(self, input_ids: Tensor, learnt: Tensor) -> Tensor:
        """Negative log-likelihood of the learnt tokens in nats, summed per row: (B,) float32.

        `input_ids` (B, T) int64, `learnt` (B, T) 1 where the token is to be predicted from those before it.
        """
        wanted = learnt[:, 1:].bool()
        targets_N, rows_N = input_ids[:, 1:][wanted], wanted.nonzero()[:, 0]
        if self.can_skip is None:
            self.can_skip = self._head_is_all(input_ids)
        if self.can_skip:
            losses_N = self._losses_by_head(self._hidden(input_ids)[:, :-1][wanted], targets_N)
        else:
            logits = self.network(input_ids=input_ids, use_cache=False).logits[:, :-1][wanted]
            losses_N = F.cross_entropy(logits.float(), targets_N, reduction="none")
        return torch.zeros(len(input_ids), device=losses_N.device).index_add(0, rows_N, losses_N)

    def _hidden(self, input_ids: Tensor) -> Tensor:
        """Last hidden states (B, T, D), the head left out."""
        return self.network.base_model(input_ids=input_ids, use_cache=False)[0]

    def _losses_by_head(self, hidden_ND: Tensor, targets_N: Tensor) -> Tensor:
        head = self.network.get_output_embeddings()

        def losses(hidden: Tensor, targets: Tensor) -> Tensor:
            return F.cross_entropy(head(hidden).float(), targets, reduction="none")

        piece = max(1, MOST_LOGITS // self.network.config.get_text_config().vocab_size)
        if len(targets_N) <= piece:
            return losses(hidden_ND, targets_N)
        pieces = zip(hidden_ND.split(piece), targets_N.split(piece))
        return torch.cat([checkpoint(losses, h, t, use_reentrant=False) for h, t in pieces])

    @torch.no_grad()
    def _head_is_all(self, input_ids: Tensor) -> bool:
        """Whether nothing but the head stands between hidden states and logits (some models scale or cap them)."""
        network, few = self.network, input_ids[:1, :8]
        if network.get_output_embeddings() is None or network.base_model is network:
            return False
        was_training = network.training
        network.eval()
        own = network(input_ids=few, use_cache=False).logits.float()
        ours = network.get_output_embeddings()(self._hidden(few)).float()
        network.train(was_training)
        return own.shape == ours.shape and bool(torch.allclose(own, ours, rtol=1e-4, atol=1e-5))

    @torch.no_grad()
    def write(
        self, questions: list[list[int]], *, max_new_tokens: int, stop_ids: list[int], pad_id: int
    ) -> list[Written]:
        """Greedy answers to questions of different lengths, in one batch padded on the left."""
        device = next(self.parameters()).device
        width = max(map(len, questions))
        ids = torch.full((len(questions), width), pad_id, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for i, question in enumerate(questions):
            ids[i, width - len(question) :] = torch.tensor(question)
            mask[i, width - len(question) :] = 1
        sure = _Certainty()
        out = self.network.generate(
            input_ids=ids.to(device), attention_mask=mask.to(device), max_new_tokens=max_new_tokens, do_sample=False,
            num_beams=1, repetition_penalty=1.0, eos_token_id=stop_ids or None, pad_token_id=pad_id,
            logits_processor=LogitsProcessorList([sure]),
        )  # fmt: skip
        log_p_BT = torch.stack(sure.log_p, dim=1).tolist()
        return [_read(ids, log_p, stop_ids) for ids, log_p in zip(out[:, width:].tolist(), log_p_BT)]


class _Certainty(LogitsProcessor):
    """Notes the log probability of each greedy choice; keeping whole logits would take gigabytes."""

    def __init__(self) -> None:
        self.log_p: list[Tensor] = []  # per new token (B,)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self.log_p.append(scores.float().log_softmax(-1).amax(-1).cpu())
        return scores


def _read(ids: list[int], log_p: list[float], stop_ids: list[int]) -> Written:
    stop = next((i for i, token in enumerate(ids) if token in stop_ids), len(ids))
    seen = log_p[: stop + 1]  # the decision to stop is part of the answer
    return Written(ids[:stop], sum(seen) / max(1, len(seen)))
