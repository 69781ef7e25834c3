"""What a tokenizer makes of the rows, and what goes wrong there before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kit.findings import Finding
from kit.text import language

UNKNOWN_LIMIT = 0.05
FITS = {"zh": "Chinese or multilingual", "ja": "Japanese or multilingual", "ko": "Korean or multilingual"}
LANGUAGE_SAMPLE = 500
MANY_TRUNCATED = 0.1
SURPLUS_CHARACTERS, SURPLUS_SHARE = 12, 0.1  # what a template may add around an answer: role marks, line ends


def unknown_share(token_lists: Sequence[Sequence[int]], tokenizer: Any) -> float:
    """Share of tokens, markers like [CLS] aside, that the tokenizer knows only as `unknown`."""
    unknown = tokenizer.unk_token_id
    if unknown is None:
        return 0.0
    markers = set(tokenizer.all_special_ids) - {unknown}
    counted = Counter(token for tokens in token_lists for token in tokens)
    total = sum(n for token, n in counted.items() if token not in markers)
    return counted[unknown] / total if total else 0.0


def unreadable(token_lists: Sequence[Sequence[int]], texts: Sequence[str], tokenizer: Any) -> list[Finding]:
    """A stop where too many tokens are unknown: the share, and which kind of model would fit."""
    share = unknown_share(token_lists, tokenizer)
    if share <= UNKNOWN_LIMIT:
        return []
    kind = FITS.get(language(list(texts[:LANGUAGE_SAMPLE])), "multilingual")
    num_rows = sum(tokenizer.unk_token_id in tokens for tokens in token_lists)
    return [Finding(
        "unknown_tokens", True,
        f"{share:.0%} of the tokens of these texts are unknown to the model's tokenizer (limit {UNKNOWN_LIMIT:.0%}): "
        "it cannot read them, and training would be in vain",
        num_rows,
        f"use a {kind} encoder instead, such as a Chinese BERT or RoBERTa, BGE, multilingual E5 or XLM-R: "
        "model.path = its folder or hub id",
    )]  # fmt: skip


def truncated(examples: Mapping[str, Sequence[Mapping[str, Any]]], max_length: int) -> list[Finding]:
    """A warning where many texts fill `max_length`: their ends were cut off and nobody reads them."""
    found = []
    for split, rows in examples.items():
        full = sum(example["length"] >= max_length for example in rows)
        if full > MANY_TRUNCATED * len(rows):
            found.append(Finding(
                "truncated_texts", False,
                f"{split}: {full} of {len(rows)} texts are cut off at {max_length} tokens", full,
                "raise options.max_length, or put what matters first",
            ))  # fmt: skip
    return found


def mask_mismatch(supervised: Sequence[Sequence[int]], answers: Sequence[str], is_cut: Sequence[bool],
                  tokenizer: Any) -> list[Finding]:  # fmt: skip
    """A stop where the supervised tokens, read back, are not the answer: part of it missing, or much beside it.

    `answers` holds the texts a row should teach, joined where there are several; rows cut off say nothing here.
    """
    missing, surplus, first = 0, 0, None
    for tokens, answer, cut in zip(supervised, answers, is_cut):
        if cut or not len(tokens):
            continue
        learned, wanted = _read_back(tokens, tokenizer), _read_back(_tokens(answer, tokenizer), tokenizer)
        lacks = wanted not in learned
        more = len(learned) - len(wanted) > max(SURPLUS_CHARACTERS, SURPLUS_SHARE * len(wanted))
        missing, surplus = missing + lacks, surplus + (more and not lacks)
        first = first or ((learned, wanted) if lacks or more else None)
    if first is None:
        return []
    learned, wanted = (text if len(text) <= 60 else text[:57] + "..." for text in first)
    return [Finding(
        "template_mismatch", True,
        f"the chat template marks something else than the answer in {missing + surplus} of {len(answers)} training "
        f"rows ({missing} lack part of it, {surplus} also train on what is not the answer): {learned!r} is learned "
        f"where {wanted!r} is the answer",
        missing + surplus, "use the template that belongs to this model, or check how the turns are marked",
    )]  # fmt: skip


def _tokens(text: str, tokenizer: Any) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def _read_back(tokens: Sequence[int], tokenizer: Any) -> str:
    """Text of tokens without blanks, which tokenizers and templates add and take as they like."""
    return "".join(tokenizer.decode(list(tokens), skip_special_tokens=True).split())
