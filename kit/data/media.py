"""Folders of texts, images or sounds, one per file; the name of a sub-folder is the label of what lies in it."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from kit.data.encoding import detect_encoding
from kit.errors import DataError

__all__ = ["has_media", "media_rows"]

KINDS = {
    ".txt": "text", ".jpg": "image", ".jpeg": "image", ".png": "image", ".gif": "image", ".bmp": "image",
    ".webp": "image", ".tif": "image", ".tiff": "image", ".wav": "audio", ".flac": "audio", ".mp3": "audio",
    ".ogg": "audio", ".opus": "audio", ".m4a": "audio",
}  # fmt: skip
# How a file of the kind starts, and where the format has one, how it ends.
STARTS: dict[str, tuple[bytes, ...]] = {
    ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",), ".png": (b"\x89PNG\r\n\x1a\n",), ".gif": (b"GIF8",),
    ".bmp": (b"BM",), ".webp": (b"RIFF",), ".tif": (b"II*\0", b"MM\0*"), ".tiff": (b"II*\0", b"MM\0*"),
    ".wav": (b"RIFF", b"RF64"), ".flac": (b"fLaC",), ".ogg": (b"OggS",), ".opus": (b"OggS",),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
}  # fmt: skip
ENDS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}
NOTES = {"readme.txt", "license.txt", "licence.txt", "notes.txt", "classes.txt", "labels.txt"}
TAIL_BYTES = 4096  # cameras add data behind the end mark
SHOWN = 5


def has_media(folder: Path) -> bool:
    """Whether a folder or its sub-folders hold such files; a bare .txt counts only in sub-folders, or among others."""
    kinds = [_kind(path) for path in _files(folder)]
    texts_here = [path for path in folder.glob("*.txt") if path.name.lower() not in NOTES]
    return any(kind in ("image", "audio") for kind in kinds) or (
        "text" in kinds and (len(texts_here) > 1 or any(path.parent != folder for path in _files(folder)))
    )


def media_rows(folder: Path) -> tuple[list[dict[str, Any]], str]:
    """(rows with `path` and `label`, for texts also `text`; fingerprint of all contents). Broken files are an error."""
    files = _files(folder)
    kinds = Counter(_kind(path) for path in files)
    if len(kinds) > 1:
        counts = ", ".join(f"{count} {kind} files" for kind, count in sorted(kinds.items()))
        raise DataError(f"{folder}: holds files of several kinds ({counts}); keep one kind in one folder")
    broken = [f"{path.relative_to(folder)} ({fault})" for path in files if (fault := _fault(path))]
    if broken:
        shown = "; ".join(broken[:SHOWN]) + ("; ..." if len(broken) > SHOWN else "")
        raise DataError(f"{folder}: {len(broken)} of {len(files)} files are broken: {shown}; mend or delete them")
    digest = hashlib.sha256()
    rows = []
    for path in files:
        raw = path.read_bytes()
        digest.update(hashlib.sha256(raw).digest())
        row: dict[str, Any] = {"path": str(path)}
        if "text" in kinds:
            row["text"] = raw.decode(detect_encoding(raw, str(path)).name)
        row["label"] = path.parent.name if path.parent != folder else None
        rows.append(row)
    if all(row["label"] is None for row in rows):
        rows = [{key: value for key, value in row.items() if key != "label"} for row in rows]
    return rows, digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Two levels: the folder and its sub-folders."""
    found = [path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.is_file()]
    return sorted(path for path in found if path.suffix.lower() in KINDS and not path.name.startswith(".")
                  and path.name.lower() not in NOTES)  # fmt: skip


def _kind(path: Path) -> str:
    return KINDS[path.suffix.lower()]


def _fault(path: Path) -> str:
    suffix, size = path.suffix.lower(), path.stat().st_size
    if size == 0:
        return "is empty"
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    if suffix in STARTS and not head.startswith(STARTS[suffix]):
        return f"is no {suffix[1:].upper()} file, whatever its name says"
    return "is cut off" if suffix in ENDS and ENDS[suffix] not in tail else ""
