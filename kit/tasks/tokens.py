"""What a tokenizer makes of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kit.text import language

UNKNOWN_LIMIT = 0.05
FITS = {"zh": "Chinese or multilingual", "ja": "Japanese or multilingual", "ko": "Korean or multilingual"}


def unknown_share(token_lists: Sequence[Sequence[int]], tokenizer: Any) -> float:
    """Share of tokens, markers like [CLS] aside, that the tokenizer knows only as `unknown`."""
    unknown = tokenizer.unk_token_id
    if unknown is None:
        return 0.0
    markers = set(tokenizer.all_special_ids) - {unknown}
    counted = Counter(token for tokens in token_lists for token in tokens)
    total = sum(n for token, n in counted.items() if token not in markers)
    return counted[unknown] / total if total else 0.0


def unreadable(token_lists: Sequence[Sequence[int]], texts: Sequence[str], tokenizer: Any) -> list[str]:
    """A reason not to train where too many tokens are unknown: the share, and which kind of model would fit."""
    share = unknown_share(token_lists, tokenizer)
    if share <= UNKNOWN_LIMIT:
        return []
    kind = FITS.get(language(list(texts[:500])), "multilingual")
    return [
        f"{share:.0%} of the tokens of these texts are unknown to the model's tokenizer (limit {UNKNOWN_LIMIT:.0%}): "
        f"it cannot read them. Use a {kind} encoder instead, such as a Chinese BERT or RoBERTa, BGE, multilingual E5 "
        "or XLM-R: model.path = its folder or hub id"
    ]
