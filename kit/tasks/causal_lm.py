"""Causal language models: chats, prompt and completion, or raw text, trained on the answers alone.

State: `{format, tools, majority}`. References and predictions: the text of the last answer; for raw text, which has no
answer, the prediction is the mean probability of a token. Letters: B rows, T tokens.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from kit import intervals, text_metrics
from kit.errors import DataError
from kit.findings import Finding
from kit.records import Estimate
from kit.tasks.base import Batch, Column, Example, Options, Prediction, Row, Task, TaskModel
from kit.tasks.lm import checks
from kit.tasks.lm.answers import extract, proper
from kit.tasks.lm.chat import ChatTemplate, Joined, Message, Mismatch, Rendered
from kit.tasks.lm.conversations import answer_of, find_format, question_of, read_conversations
from kit.tasks.lm.network import LanguageModel, Written
from kit.tasks.lm.options import COLUMNS, CausalLMOptions
from kit.tasks.lm.spans import Tokens, tokenize_all

MOST_TOKENS = 2048
SHORT_ANSWER_WORDS = 5


class CausalLM(Task):
    name: ClassVar[str] = "causal_lm"
    about: ClassVar[str] = "text written by a language model: chats, completions, continued pretraining"
    columns: ClassVar[dict[str, Column]] = COLUMNS
    unit: ClassVar[str] = "token"
    answer_roles: ClassVar[tuple[str, ...]] = ("completion", "messages")
    selection: ClassVar[tuple[str, bool] | None] = ("perplexity", False)
    auto_settings: ClassVar[dict[str, float]] = {"lr": 2e-4, "epochs": 3.0, "size": 16}
    options_class: ClassVar[type[Options]] = CausalLMOptions
    options: CausalLMOptions

    @classmethod
    def fit(cls, train_rows: Sequence[Row], options: CausalLMOptions) -> dict[str, Any]:
        shape = find_format(train_rows, options.format)
        rows = read_conversations(shape, train_rows)
        state: dict[str, Any] = {"format": shape, "tools": any(row.get("tools") for row in rows)}
        if shape == "text":
            return state | {"majority": None, "short": False}
        answers = [answer_of(row) for row in rows]
        picked = [extract(answer, options.answer_pattern) for answer in answers]
        if None in picked:
            raise DataError(
                f"options.answer_pattern = {options.answer_pattern!r}: matches nothing in {picked.count(None)} of "
                f"{len(rows)} training answers, first in row {rows[picked.index(None)]['id']}"
            )
        most_common = Counter(picked).most_common(1)[0][0]
        words = sorted(len(answer.split()) for answer in answers)
        is_short = bool(options.answer_pattern) or words[len(words) // 2] <= SHORT_ANSWER_WORDS
        return state | {"majority": answers[picked.index(most_common)], "short": is_short}

    def __init__(self, options: Any, processor: Any, state: dict[str, Any]) -> None:
        super().__init__(options, processor, state)
        if processor is not None and processor.pad_token is None:
            processor.pad_token = processor.eos_token or processor.unk_token
        self.asks = state["format"] != "text"

    @property
    def headline(self) -> str:
        if not self.asks or not self.options.generate or self.options.headline == "perplexity":
            return "perplexity"
        if self.options.headline != "auto":
            return self.options.headline
        return "exact_match" if self.state["short"] else "rouge_l"

    @property
    def higher_is_better(self) -> bool:
        return self.headline != "perplexity"

    @property
    def max_length(self) -> int:
        wanted = self.options.max_length
        return min(MOST_TOKENS, self.processor.model_max_length) if wanted == "auto" else wanted

    @cached_property
    def template(self) -> ChatTemplate | Joined:
        """How questions and answers become one text."""
        has_one = self.processor.chat_template is not None
        must = self.state["format"] == "messages" or self.options.template == "chat"
        if must and not has_one:
            raise DataError(
                "the rows are to be put into a chat template and the model's tokenizer has none; use an "
                "instruction-tuned model, or give prompt and completion columns and options.template=none"
            )
        if must or (has_one and self.options.template == "auto"):
            return ChatTemplate(self.processor, self.options.train_on)
        if self.options.system is not None:
            raise DataError("options.system: would be ignored without a chat template; put it into the prompts")
        return Joined(self.processor)

    @cached_property
    def stop_ids(self) -> list[int]:
        """Tokens that end an answer."""
        mark = self.template.end_mark if self.asks else None
        ids = {self.processor.eos_token_id, self.processor.convert_tokens_to_ids(mark) if mark else None}
        return sorted(token for token in ids if token is not None)

    def load_model(self, load: Callable[..., Any]) -> TaskModel:
        return LanguageModel(load("AutoModelForCausalLM"))

    def untuned_model(self, load: Callable[..., Any]) -> TaskModel | None:
        return self.load_model(load)

    def shown(self, row: Row) -> str:
        return question_of(self.state["format"], row)

    def row_of(self, text: str) -> Row:
        """A question as a person types it."""
        if not self.asks:
            return {"text": text}
        is_chat = self.state["format"] == "messages"
        return {"messages": [{"role": "user", "content": text}]} if is_chat else {"prompt": text}

    # ---- rows to tensors

    def group(self, rows: list[Row]) -> list[Row]:
        """Training rows; raw texts longer than the model reads are cut into pieces, so that no token is lost."""
        if self.asks:
            return rows
        size, pieces = self.max_length, []
        for row, example in zip(rows, self._raw_text(rows, None)):
            ids = example["input_ids"]
            for number, start in enumerate(range(0, len(ids), size)):
                name = row["id"] if len(ids) <= size else f"{row['id']}#{number + 1}"
                pieces.append({**row, "id": name, "token_ids": ids[start : start + size]})
        return pieces

    def preprocess(self, rows: Sequence[Row]) -> list[Example]:
        """Examples with `input_ids`, `learnt`, `asked` (tokens of the question), `supervised` (how many tokens are
        learnt), `cut` (whether max_length took some of them), and `mismatch` where the mask cannot be exact. Raw text
        has `is_longer` for `cut`, since training reads it to its end in pieces."""
        if not self.asks:
            return self._raw_text(rows, self.max_length)
        rendered = [self._mark(row) for row in read_conversations(self.state["format"], rows)]
        marked = tokenize_all(self.processor, [one for one in rendered if isinstance(one, Rendered)])
        supply = iter(marked)
        return [
            self._example(row, next(supply) if isinstance(one, Rendered) else one) for row, one in zip(rows, rendered)
        ]

    def _raw_text(self, rows: Sequence[Row], max_length: int | None) -> list[Example]:
        texts = [str(row["text"]) for row in rows if "token_ids" not in row]
        encoded = iter(self.processor(texts)["input_ids"] if texts else [])
        end = self.processor.eos_token_id
        found = []
        for row in rows:
            ids = row.get("token_ids") or next(encoded)
            if "token_ids" not in row and end is not None and ids[-1:] != [end]:
                ids = [*ids, end]
            kept = ids[:max_length]
            learnt = max(0, len(kept) - 1)
            found.append({"row_id": row["id"], "input_ids": kept, "learnt": [1] * len(kept), "length": len(kept),
                          "asked": 0, "supervised": learnt, "is_longer": len(kept) < len(ids), "mismatch": None})
        return found  # fmt: skip

    def _mark(self, row: Row) -> Rendered | Mismatch:
        """The row as one text with its answers marked; a row without an answer is only asked."""
        messages: list[Message] = row["messages"]
        try:
            if self.options.system is not None and messages[0]["role"] not in {"system", "developer"}:
                messages = [{"role": "system", "content": self.options.system}, *messages]
            if messages[-1]["role"] != "assistant":
                text = self.template.render(messages, row.get("tools"), ask=True)
                return Rendered(text, (), len(text))
            return self.template.mark(messages, row.get("tools"))
        except Mismatch as err:
            return err

    def _example(self, row: Row, tokens: Tokens | Mismatch) -> Example:
        if isinstance(tokens, Mismatch):
            return {"row_id": row["id"], "input_ids": [], "learnt": [], "length": 0, "asked": 0,
                    "supervised": None, "cut": 0, "mismatch": str(tokens)}  # fmt: skip
        ids, learnt = tokens.ids[: self.max_length], tokens.learnt[: self.max_length]
        return {
            "row_id": row["id"], "input_ids": ids, "learnt": learnt, "length": len(ids), "asked": tokens.asked,
            "question": tokens.ids[: tokens.asked], "supervised": sum(learnt[1:]),
            "cut": int(sum(learnt) < sum(tokens.learnt)), "mismatch": None,
        }  # fmt: skip

    def is_trainable(self, example: Example) -> bool:
        return bool(example["supervised"]) and not example.get("cut")

    def findings(self, rows: Mapping[str, Sequence[Row]], examples: Mapping[str, Sequence[Example]]) -> list[Finding]:
        if not self.asks:
            return checks.long_texts(examples, self.max_length)
        if not rows["train"]:
            return checks.mismatches(examples)
        read = read_conversations(self.state["format"], rows["train"])
        chats = [(row["id"], row["messages"]) for row in read]
        marked = zip(examples["train"], read) if self.template.has_markers else ()
        return [
            *checks.mismatches(examples), *checks.end_of_answers(self.template),
            *checks.control_tokens(chats, self.template.special),
            *checks.marked_otherwise(list(marked), self.options.train_on, self.processor),
        ]  # fmt: skip

    def collate(self, examples: Sequence[Example]) -> Batch:
        """`input_ids` and `learnt` (B, T) int64, padded on the right; `questions` B lists of token ids; `row_ids`."""
        width = max(1, *(example["length"] for example in examples))
        ids = torch.full((len(examples), width), self.processor.pad_token_id or 0, dtype=torch.int64)
        learnt = torch.zeros_like(ids)
        for i, example in enumerate(examples):
            ids[i, : example["length"]] = torch.tensor(example["input_ids"], dtype=torch.int64)
            learnt[i, : example["length"]] = torch.tensor(example["learnt"], dtype=torch.int64)
        return {"input_ids": ids, "learnt": learnt, "questions": [e.get("question", []) for e in examples],
                "row_ids": [e["row_id"] for e in examples]}  # fmt: skip

    def counts(self, batch: Batch) -> dict[str, float]:
        return {"loss": float(batch["learnt"][:, 1:].sum())}

    def losses(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        assert isinstance(model, LanguageModel)
        return {"loss": model.loss_sums(batch["input_ids"], batch["learnt"]).sum()}

    # ---- answers

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """Written answers with their loss on the reference; with `quick` in the batch only the loss."""
        assert isinstance(model, LanguageModel)
        tokens = batch["learnt"][:, 1:].sum(1).tolist()
        nll = model.loss_sums(batch["input_ids"], batch["learnt"]).tolist() if any(tokens) else [0.0] * len(tokens)
        sure = [math.exp(-loss / n) if n else None for loss, n in zip(nll, tokens)]
        if self.headline == "perplexity" or batch.get("quick"):
            return [Prediction(p or 0.0, None, p, None, loss, n) for p, loss, n in zip(sure, nll, tokens)]
        written = self._write(model, batch["questions"])
        return [
            Prediction(self._read(one.ids), math.exp(one.mean_log_p), p, None, loss, n, len(one.ids))
            for one, p, loss, n in zip(written, sure, nll, tokens)
        ]

    def _write(self, model: LanguageModel, questions: list[list[int]]) -> list[Written]:
        """Answers; a question that leaves the model no room is answered with nothing."""
        places = [i for i, question in enumerate(questions) if 0 < len(question) < self.processor.model_max_length]
        found = [Written([], -math.inf)] * len(questions)
        if places:
            room = self.processor.model_max_length - max(len(questions[i]) for i in places)
            written = model.write(
                [questions[i] for i in places], max_new_tokens=max(1, min(self.options.max_new_tokens, room)),
                stop_ids=self.stop_ids, pad_id=self.processor.pad_token_id or 0,
            )  # fmt: skip
            for place, one in zip(places, written):
                found[place] = one
        return found

    def _read(self, ids: list[int]) -> str:
        return self.processor.decode(ids, skip_special_tokens=not self.state["tools"]).strip()

    def reference(self, row: Row) -> Any:
        if not self.asks:
            return str(row["text"])
        [read] = read_conversations(self.state["format"], [row])
        last = read["messages"][-1]
        if last.get("tool_calls") and self.processor is None:  # scored without a model: the calls themselves
            return json.dumps([call.get("function", call) for call in last["tool_calls"]], ensure_ascii=False)
        if last.get("tool_calls"):
            turn = self.template.mark(read["messages"], read.get("tools"))
            text = turn.text[turn.asked :].rstrip()
            return text.removesuffix(self.template.end_mark or "").strip()
        return answer_of(read)

    def score(self, prediction: Any, reference: Any) -> float | None:
        """1 or 0 where exact match decides, else the headline's own score of the row; raw text: mean probability."""
        if isinstance(prediction, float):
            return prediction
        if self.headline == "exact_match":
            given, right = proper([prediction], [reference], self.options.answer_pattern)
            return text_metrics.same_answer(given[0], right[0])
        metric = text_metrics.rouge_l if self.headline == "rouge_l" else text_metrics.chrf
        return metric([prediction], [reference])

    def estimates(self, predictions: Sequence[Any], references: Sequence[Any],
                  clusters: Sequence[Any] | None = None) -> dict[str, Estimate]:  # fmt: skip
        if any(isinstance(prediction, float) for prediction in predictions):
            return {}  # only the loss was asked for
        found = {m.name: intervals.estimate(m, predictions, references, clusters=clusters)
                 for m in (text_metrics.rouge_l, text_metrics.chrf)}  # fmt: skip
        compared = proper(predictions, references, self.options.answer_pattern)
        return {"exact_match": intervals.estimate(text_metrics.exact_match, *compared, clusters=clusters)} | found

    def plain_baselines(self, train_rows: Sequence[Row], rows: Sequence[Row]) -> dict[str, list[Any]]:
        """The most common answer of the training rows."""
        return {"majority": [self.state["majority"]] * len(rows)} if self.asks else {}
