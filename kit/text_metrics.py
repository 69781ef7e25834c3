"""Metrics of texts, for any script; a reference may be one text or a list of right ones, of which the best counts.

Case, width and punctuation are ignored and CJK is counted by character (`kit.text.units`), save in chrF, which follows
its standard form (case and punctuation count, spaces do not). ROUGE is without stemming.
ROUGE: Lin (2004), ACL workshop Text Summarization Branches Out, 74-81. chrF: Popovic (2015), WMT, 392-395.
Edit distance in bit vectors: Myers (1999), J. ACM 46:395-415, as restated by Hyyro (2003); longest common subsequence
in bit vectors: Hyyro (2004), AWOCA. Both are exact, and 50 times faster than a table in Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kit.metrics import Array, Columns, Metric, divide, finite_column, mean_of_rows, paired_columns, ratio
from kit.text import normalise_answer, plain, units

__all__ = [
    "cer", "chrf", "edit_distance", "exact_match", "perplexity", "rouge1", "rouge2", "rouge_l", "text", "token_f1",
    "wer",
]  # fmt: skip

CHRF_ORDERS = 6
CHRF_BETA = 2
MAX_LOG_PERPLEXITY = 700.0  # e^709 is the end of a float

Reference = str | Sequence[str]


def best(score: Callable[[str, str], float], predictions: Columns, references: Columns) -> Array:
    """Per row, the score against the best of the row's references."""
    text_pair(predictions, references)
    return mean_of_rows([max(score(p, r) for r in choices(rs)) for p, rs in zip(predictions, references)])


def text_pair(predictions: Columns, references: Columns) -> None:
    paired_columns(predictions, references)
    bad = sum(not isinstance(prediction, str) for prediction in predictions)
    if bad:
        raise ValueError(f"{bad} of {len(predictions)} predictions are not text: give '' where there is no answer")


def choices(reference: Reference) -> Sequence[str]:
    if isinstance(reference, str):
        return (reference,)
    if not len(reference):
        raise ValueError("a row has an empty list of references: give at least one text")
    return reference


def overlap_f1(predicted: Counter[Any], actual: Counter[Any]) -> float:
    """Harmonic mean of precision and recall, 2 |both| / (|predicted| + |actual|); two empty texts agree."""
    total = predicted.total() + actual.total()
    return 2 * (predicted & actual).total() / total if total else 1.0


def same_answer(prediction: str, reference: str) -> float:
    return float(normalise_answer(prediction) == normalise_answer(reference))


def answer_f1(prediction: str, reference: str) -> float:
    return overlap_f1(*(Counter(units(normalise_answer(text))) for text in (prediction, reference)))


def rouge_n_f1(prediction: str, reference: str, n: int) -> float:
    """F1 of n-grams; where neither text is long enough to have one, whether their units are the same."""
    predicted, actual = units(prediction), units(reference)
    if max(len(predicted), len(actual)) < n:
        return float(predicted == actual)
    return overlap_f1(ngrams(predicted, n), ngrams(actual, n))


def rouge_l_f1(prediction: str, reference: str) -> float:
    predicted, actual = units(prediction), units(reference)
    total = len(predicted) + len(actual)
    return 2 * common_subsequence(predicted, actual) / total if total else 1.0


def ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[i:] for i in range(n))))


exact_match = Metric("exact_match", partial(best, same_answer), ratio, share=True)
token_f1 = Metric("token_f1", partial(best, answer_f1), ratio)
rouge1 = Metric("rouge1", partial(best, partial(rouge_n_f1, n=1)), ratio)
rouge2 = Metric("rouge2", partial(best, partial(rouge_n_f1, n=2)), ratio)
rouge_l = Metric("rouge_l", partial(best, rouge_l_f1), ratio)


# ---- chrF


def chrf_rows(predictions: Columns, references: Columns) -> Array:
    """(N, 18): matches of order 1-6 | n-grams of the prediction | n-grams of the (best) reference."""
    text_pair(predictions, references)
    return np.array([chrf_row(p, rs) for p, rs in zip(predictions, references)], dtype=float)


def chrf_row(prediction: str, reference: Reference) -> Array:
    candidates = [chrf_counts(prediction, r) for r in choices(reference)]
    return candidates[0] if len(candidates) == 1 else max(candidates, key=chrf_of)


def chrf_counts(prediction: str, reference: str) -> Array:
    counts = np.zeros((3, CHRF_ORDERS))
    predicted_text, actual_text = ("".join(text.split()) for text in (prediction, reference))
    for i in range(CHRF_ORDERS):
        predicted, actual = grams(predicted_text, i + 1), grams(actual_text, i + 1)
        counts[:, i] = (predicted & actual).total(), predicted.total(), actual.total()
    return counts.ravel()


def grams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def chrf_of(columns: Array) -> Array:
    """(1 + b^2) P R / (b^2 P + R), P and R averaged over the orders that both sides have, b = 2; from 0 to 1."""
    matches, predicted, actual = np.split(columns, 3, axis=-1)
    usable = (predicted > 0) & (actual > 0)
    orders = usable.sum(-1)
    precision = divide((divide(matches, predicted) * usable).sum(-1), orders)
    recall = divide((divide(matches, actual) * usable).sum(-1), orders)
    return divide((1 + CHRF_BETA**2) * precision * recall, CHRF_BETA**2 * precision + recall)


chrf = Metric("chrf", chrf_rows, chrf_of)


# ---- errors per word or character, and per token


def error_rows(predictions: Columns, references: Columns, split: Callable[[str], Sequence[str]]) -> Array:
    """(N, 2): edits | reference length, against the reference with the lowest rate; the rate can pass 1."""
    text_pair(predictions, references)
    rows = []
    for prediction, reference in zip(predictions, references):
        told, wanted = split(prediction), [split(r) for r in choices(reference)]
        rows.append(min(((edit_distance(told, w), len(w)) for w in wanted), key=lambda row: row[0] / max(row[1], 0.5)))
    counts = np.array(rows, dtype=float)
    if not counts[:, 1].any():
        raise ValueError("every reference is empty: an error rate needs at least one word to get wrong")
    return counts


def perplexity_rows(loss_sums: Columns, token_counts: Columns) -> Array:
    paired_columns(loss_sums, token_counts)
    losses, tokens = finite_column(loss_sums, "loss sums"), finite_column(token_counts, "token counts")
    if tokens.min() < 0 or not tokens.any():
        raise ValueError("perplexity needs a positive number of tokens")
    return np.column_stack([losses, tokens])


def perplexity_of(columns: Array) -> Array:
    """exp(sum of losses in nats / tokens)."""
    return np.exp(np.minimum(ratio(columns), MAX_LOG_PERPLEXITY))


wer = Metric("wer", partial(error_rows, split=units), ratio, bounds=None, higher_is_better=False)
cer = Metric("cer", partial(error_rows, split=plain), ratio, bounds=None, higher_is_better=False)
perplexity = Metric("perplexity", perplexity_rows, perplexity_of, bounds=None, higher_is_better=False)
text = (chrf, rouge_l, rouge1, rouge2, token_f1, exact_match)


# ---- exact sequence comparison in bit vectors: one arbitrarily long integer is a column of the table


def positions(tokens: Iterable[Hashable]) -> dict[Hashable, int]:
    """Per token, the bits at which it occurs."""
    bits: dict[Hashable, int] = {}
    for i, token in enumerate(tokens):
        bits[token] = bits.get(token, 0) | 1 << i
    return bits


def common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence.

    >>> common_subsequence("ABCBDAB", "BDCABA")
    4
    """
    bits, full = positions(a), (1 << len(a)) - 1
    column = full
    for token in b:
        hit = column & bits.get(token, 0)
        column = (column + hit) | (column - hit)
    return len(a) - (column & full).bit_count()


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Fewest insertions, deletions and substitutions from one sequence to the other.

    >>> edit_distance("kitten", "sitting")
    3
    """
    if not a:
        return len(b)
    bits, full, last = positions(a), (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, distance = full, 0, len(a)  # cells that are one more, or one less, than the cell above them
    for token in b:
        hit = bits.get(token, 0)
        diagonal = hit | down
        right = (((hit & up) + up) ^ up) | hit
        more, less = down | (full & ~(right | up)), up & right
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1) | 1, less << 1
        up, down = full & (less | ~(diagonal | more)), full & more & diagonal
    return distance
