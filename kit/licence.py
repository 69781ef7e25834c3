"""What the licences of model and data allow; a verdict for reading, not legal advice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

COMMERCIAL = {"apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-3.0", "isc",
              "cc-by-sa-4.0", "cc-by-sa-3.0", "openrail", "unlicense", "own"}  # fmt: skip
NOT_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|research-only", re.IGNORECASE)


def licence_block(model_folder: Path, data_licence: str | None) -> dict[str, Any]:
    """The `licence` block of a summary: yes only where both are known to allow commercial use."""
    model = model_licence(model_folder)
    verdicts = {verdict(model), verdict(data_licence)}
    use = "no" if "no" in verdicts else "yes" if verdicts == {"yes"} else "unclear"
    return {"model": model, "data": data_licence, "commercial_use": use}


def verdict(licence: str | None) -> str:
    """`yes`, `no` or `unclear` for one licence name."""
    if licence is None:
        return "unclear"
    name = licence.strip().lower().replace(" ", "-")
    if NOT_COMMERCIAL.search(name.replace("-", " ")) or "-nc" in name:
        return "no"
    return "yes" if name in COMMERCIAL else "unclear"


def model_licence(folder: Path) -> str | None:
    """The licence that the model card's header names."""
    card = folder / "README.md"
    if not card.is_file():
        return None
    header = card.read_text(encoding="utf-8", errors="replace").split("---")
    found = re.search(r"^licen[sc]e:\s*[\"']?([\w.\-]+)", header[1], re.MULTILINE) if len(header) > 2 else None
    return found.group(1) if found else None
