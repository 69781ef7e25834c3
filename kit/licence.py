"""What the licences of model and data allow; a verdict for reading, not legal advice.

Names are SPDX ids and the ids that model hubs use beside them (`llama3.1`, `gemma`, `openrail`); a reason sums up the
licence's own published text, and a name that is not known here is unclear, never allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

STRICTNESS = {"yes": 0, "unclear": 1, "no": 2}

# First match wins, so what forbids stands before what allows. Patterns meet a name in lower case with single dashes.
RULES: tuple[tuple[str, str, str], ...] = (
    (r"(^|-)nc(-|$)|non-?commercial", "no", "is for non-commercial use"),
    (r"research(-|$)|(^|-)academic(-|$)|apple-amlr|evaluation-only|(^|-)mnpl|(^|-)mrl(-|$)", "no",
     "is for research or evaluation only"),
    (r"cc-by-nd|(^|-)nd(-|$)", "unclear", "forbids derived works, which a tuned model may be"),
    (r"^(llama|meta-llama)-?[234]?", "yes",
     "allows it on its terms: name Llama, follow the use policy, ask Meta above 700 million monthly users"),
    (r"^gemma|codegemma", "yes", "allows it on its terms: pass on the terms and the use policy"),
    (r"^(tongyi-qianwen|qwen)", "yes", "allows it on its terms: ask Alibaba above 100 million monthly users"),
    (r"rail(-|$|\+)|^deepseek", "yes", "allows it within its list of forbidden uses, which is passed on"),
    (r"^agpl", "yes", "allows it; who uses the work over a network may ask for its source"),
    (r"^l?gpl|^gfdl|^osl|^eupl|^mpl|^epl|^lppl|^cecill|^ms-pl", "yes",
     "allows it; what is passed on of the work keeps this licence"),
    (r"^cc-by-sa|^odbl|^cdla-sharing", "yes", "allows it; adapted data that is passed on keeps this licence"),
    (r"^(apache|mit|bsd|0bsd|isc|zlib|unlicense|wtfpl|cc0|cc-by|cc-by-[1-4]\.[0-9]|pddl|odc-by|cdla-permissive|c-uda|afl|"
     r"artistic|bsl|boost|ncsa|ofl|postgresql|ecl|python|psf|public-domain|pd|own|mulanpsl)(-|$)", "yes", "allows it"),
)  # fmt: skip

# Sentences by which a LICENSE file gives itself away, the narrower first.
TEXTS: tuple[tuple[str, str], ...] = (
    (r"attribution-noncommercial(-(?P<more>sharealike|noderivatives|noderivs))?", "cc-by-nc-4.0"),
    (r"non-?commercial (research )?(use|purposes) only|solely for (non-?commercial|research)", "research-only"),
    (r"research license agreement", "research-only"),
    (r"llama \d?(\.\d)? ?community license", "llama"),
    (r"gemma terms of use", "gemma"),
    (r"tongyi qianwen license", "tongyi-qianwen"),
    (r"(open)?rail[- +]?[ms]?\b.{0,40}licen[sc]e", "openrail"),
    (r"gnu affero general public license", "agpl-3.0"),
    (r"gnu lesser general public license", "lgpl-3.0"),
    (r"gnu general public license", "gpl-3.0"),
    (r"apache license.{0,40}version 2\.0", "apache-2.0"),
    (r"permission is hereby granted, free of charge", "mit"),
    (r"redistribution and use in source and binary forms", "bsd-3-clause"),
    (r"attribution-sharealike 4\.0", "cc-by-sa-4.0"),
    (r"attribution 4\.0 international", "cc-by-4.0"),
    (r"mozilla public license", "mpl-2.0"),
    (r"cc0 1\.0 universal", "cc0-1.0"),
)
LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "COPYING")
READ_CHARACTERS = 20_000


@dataclass(frozen=True)
class Verdict:
    """Whether commercial use is allowed: `yes`, `no` or `unclear`, and the reason as the end of a sentence."""

    use: str
    reason: str


def licence_block(model_folder: Path, data_licence: str | None) -> dict[str, Any]:
    """The `licence` block of a summary: the stricter verdict of model and data counts, and its reason."""
    model = model_licence(model_folder)
    stricter = combined({"the model": model, "the data": data_licence})
    return {"model": model, "data": data_licence, "commercial_use": stricter.use, "reason": stricter.reason}


def combined(licences: dict[str, str | None]) -> Verdict:
    """The strictest verdict over parts by name, with the reasons of every part that is as strict."""
    verdicts = {part: verdict(name) for part, name in licences.items()}
    use = max((found.use for found in verdicts.values()), key=STRICTNESS.__getitem__)
    reasons = [f"{part}: {found.reason}" for part, found in verdicts.items() if found.use == use]
    return Verdict(use, "; ".join(reasons))


def verdict(licence: str | None) -> Verdict:
    """The verdict on one licence by name; `A OR B` allows what either does, `A AND B` what both do.

    >>> [verdict(name).use for name in ("Apache-2.0", "CC-BY-NC-4.0", "MIT OR CC-BY-NC-4.0", "llama3.1", "other", None)]
    ['yes', 'no', 'yes', 'yes', 'unclear', 'unclear']
    """
    if licence is None or not licence.strip():
        return Verdict("unclear", "no licence is stated")
    either = re.split(r"\s+or\s+", licence.strip().strip("()"), flags=re.IGNORECASE)
    if len(either) > 1:
        return _pick(map(verdict, either), strictest=False)
    both = re.split(r"\s+(?:and|with)\s+|\s*[,;]\s*", licence.strip().strip("()"), flags=re.IGNORECASE)
    return _pick(map(_one, both), strictest=True)


def _pick(verdicts: Iterable[Verdict], *, strictest: bool) -> Verdict:
    ranked = sorted(verdicts, key=lambda found: STRICTNESS[found.use])
    return ranked[-1] if strictest else ranked[0]


def _one(licence: str) -> Verdict:
    name = re.sub(r"[\s_-]+", "-", licence.strip().lower())
    for pattern, use, reason in RULES:
        if re.search(pattern, name):
            return Verdict(use, f"{licence} {reason}")
    return Verdict("unclear", f"{licence} is not a licence whose terms are known here")


def model_licence(folder: Path) -> str | None:
    """The licence that the model card's header names, else what its LICENSE file is recognised as."""
    return _from_card(folder / "README.md") or _from_text(folder)


def _from_card(card: Path) -> str | None:
    if not card.is_file():
        return None
    parts = card.read_text(encoding="utf-8", errors="replace").split("---")
    try:
        header = yaml.safe_load(parts[1]) if len(parts) > 2 and not parts[0].strip() else None
    except yaml.YAMLError:
        return None
    if not isinstance(header, dict):
        return None
    named = header.get("license") or header.get("licence")
    if isinstance(named, list):
        named = " AND ".join(map(str, named)) or None
    if named in (None, "other", "unknown"):
        named = header.get("license_name") or named
    return str(named) if named else None


def _from_text(folder: Path) -> str | None:
    for name in LICENCE_FILES:
        path = folder / name
        if path.is_file():
            text = " ".join(path.read_text(encoding="utf-8", errors="replace")[:READ_CHARACTERS].lower().split())
            return next((found for pattern, found in TEXTS if re.search(pattern, text)), f"see {name}")
    return None
