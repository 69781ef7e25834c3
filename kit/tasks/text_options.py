"""The settings of text classification."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kit.tasks.base import Options


class TextClassificationOptions(Options):
    problem: Literal["auto", "single_label", "multi_label", "regression"] = "auto"
    """One label per row, several (split at `label_separator`), or a number; auto decides by the training labels."""
    head: Literal["auto", "cosine", "own"] = "auto"
    """Class vectors compared by cosine with the mean-pooled text (auto for one label), or the model's own head."""
    scale: Annotated[float, Field(gt=0)] = 20.0
    """Sharpness of the cosine head: logits run from -scale to scale."""
    max_length: Annotated[int, Field(gt=2)] | Literal["auto"] = "auto"
    """Tokens kept per text; auto = what the model was made for, at most 512."""
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    """`balanced` weighs each class by 1 / its share, so that rare classes count as much as common ones."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the target spread evenly over all classes."""
    label_separator: str = "|"
    """Between the labels of one row, where there are several."""
    label_names: bool = True
    """Also read each class's name as an example of it while training (helps when rows are few)."""
    abstain_class: str | None = None
    """A label that means `none of these`: answering it is counted as an abstention, not as coverage."""
    abstain_below: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Answer `abstain_class` wherever the calibrated confidence is lower than this."""
