"""Bad input of every kind: exit code 2, one clear message on stderr, no traceback, nothing half-written."""

from __future__ import annotations

import errno
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kit import hub, runs
from tests.conftest import tiny_rows, write_rows
from tests.fixtures_cli import Outcome, moatkit, run_process

__all__ = ["moatkit"]

GOOD = "".join(f"text number {i} about {'ab'[i % 2]},{'ab'[i % 2]}\n" for i in range(60))
LATIN = b"text,label\n" + "".join(f"caf\u00e9 {i} d\u00e9j\u00e0 vu,a\n" for i in range(9)).encode("latin-1")
JSONL = [json.dumps({"text": f"text number {i}", "label": "ab"[i % 2]}) for i in range(40)]


def check_refused(outcome: Outcome, *words: str, left_over: Path | None = None) -> None:
    """Exit code 2, a message with these words, nothing else on stderr and no folder left over."""
    assert outcome.code == 2, outcome
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err
    assert left_over is None or not left_over.exists()


# ---- the data file

FILES: list[tuple[str, str, str | bytes | None, list[str]]] = [
    ("missing file", "tran.csv", None, ["no such file", "did you mean train.csv?"]),
    ("missing folder", "nowhere/rows.csv", None, ['there is no folder "', "nowhere"]),
    ("empty file", "rows.csv", "", ["rows.csv: is empty"]),
    ("header only", "rows.csv", "text,label\n", ["holds a header (text, label) but no rows"]),
    ("no label column", "rows.csv", "text,note\n" + "".join(f"some text {i},n{i}\n" for i in range(30)),
     ["no column for the label", "the columns are: text, note", "data.columns.label=COLUMN"]),
    ("empty texts", "rows.csv", "text,label\n" + GOOD + ",a\n  ,b\n",
     ['column "text" (text) is empty in 2 of 62 rows (rows 61, 62)']),
    ("missing labels", "rows.csv", "text,label\n" + GOOD + "no label here,\n",
     ['column "label" (label) has no label in 1 of 61 rows (row 61)']),
    ("single class", "rows.csv", "text,label\n" + "".join(f"text {i} of one class,a\n" for i in range(60)),
     ["single class ('a')", "at least two"]),
    ("duplicate ids", "rows.csv", "id,text,label\n" + "".join(f"{i % 50},{line}\n" for i, line in
                                                             enumerate(GOOD.splitlines())),
     ['column "id" (id) repeats 10 ids: "0", "1"', "own id"]),
    ("broken JSONL line", "rows.jsonl", "\n".join([*JSONL[:16], '{"text": "cut off', *JSONL[16:]]),
     ["1 line is not a JSON object: line 17", "one whole object"]),
    ("neither UTF-8 nor GB18030", "rows.csv", LATIN, ["byte 0xe9 at offset 14 (line 2) is not UTF-8", "iconv"]),
    ("ragged row", "rows.csv", "text,label\n" + GOOD + "one, two, three\n", ["line 62 (3)", "header's 2"]),
    ("a workbook", "rows.xlsx", b"PK\x03\x04rest", ["save the sheet as CSV"]),
    ("a cut-off table", "rows.parquet", b"PAR1 and no more", ["cannot be read as Parquet"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_data_file_that_cannot_be_used_is_refused(
    moatkit: Callable[..., Outcome], tiny_config_file: Callable[..., Path], tmp_path: Path, name: str,
    content: str | bytes | None, words: list[str],
) -> None:  # fmt: skip
    write_rows(tmp_path / "train.csv", tiny_rows(8, 0))
    if content is not None:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    data = {"train": str(tmp_path / name), "validation": 0.1, "test": 0.1, "columns": {}}
    check_refused(moatkit("train", tiny_config_file(data=data)), *words, left_over=tmp_path / "run")


def test_texts_longer_than_the_model_has_places_for_lead_to_the_setting(moatkit, tiny_config_file, tmp_path):
    rows = [row | {"text": " ".join([row["text"]] * 50)} for row in tiny_rows(40, 3)]
    data = str(write_rows(tmp_path / "long.csv", rows))
    config = tiny_config_file(**{"data.train": data, "options.max_length": 100, "run.accept": ["leakage"]})
    check_refused(moatkit("train", config), "a text has 100 tokens", "set options.max_length=64",
                  left_over=tmp_path / "run")  # fmt: skip


def test_every_fault_of_the_rows_comes_in_one_message(moatkit, tiny_config_file, tmp_path):
    (tmp_path / "rows.csv").write_text("id,text,label\n" + "7,good text,a\n7,,b\n8,other text,\n")
    outcome = moatkit("train", tiny_config_file(**{"data.train": str(tmp_path / "rows.csv")}))
    check_refused(outcome, "(text) is empty", "(label) has no label", "(id) repeats", left_over=tmp_path / "run")


def test_a_label_that_training_lacks_is_named_with_its_rows(moatkit, tiny_config_file, tmp_path):
    rows = [row | {"label": "refund"} if i < 3 else row for i, row in enumerate(tiny_rows(12, 5))]
    test = write_rows(tmp_path / "test.csv", rows)
    outcome = moatkit("train", tiny_config_file(**{"data.test": str(test)}))
    check_refused(outcome, "data.test: 1 labels", "'refund' (3 rows)", left_over=tmp_path / "run")


# ---- settings that only the machine, the data or the model can refuse

SETTINGS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("wrong column", {"data.columns": {"text": "txt", "label": "label"}},
     ['data.columns.text="txt"', 'did you mean "text"?']),
    ("unknown group column", {"data.group_column": "customer"}, ['"customer"', "the columns are: id, text, label"]),
    ("unknown slice column", {"data.slice_columns": ["city"]}, ['"city"', "no such column"]),
    ("one column for two roles", {"data.columns": {"text": "text", "label": "text"}}, ["more than one role"]),
    ("unknown task", {"task": "text_clasification"}, ["'text_clasification'", "did you mean text_classification?"]),
    ("unknown option", {"options.max_len": 3, "options.scale": -1},
     ["options.max_len = 3", "did you mean options.max_length?", "options.scale = -1"]),
    ("unknown abstain class", {"options.abstain_class": "none"}, ["options.abstain_class = 'none'", "labels are"]),
    ("a threshold without its class", {"options.abstain_below": 0.5}, ["abstain_below = 0.5", "abstain_class"]),
    ("unknown weighted class", {"options.class_weights": {"fraud": 2.0}}, ["options.class_weights = 'fraud'"]),
    ("class vectors for many labels", {"options.problem": "multi_label", "options.head": "cosine"}, ["use own"]),
    ("numbers that are none", {"options.problem": "regression"}, ["labels are not numbers, e.g. '"]),
    ("unknown tracker", {"run.trackers": ["tensorbord"]}, ["'tensorbord' is no tracker", "tensorboard"]),
    ("a tracker without its package", {"run.trackers": ["dvclive"]}, ["dvclive is not installed", "pip install"]),
    ("unknown price", {"cost.price": "no-such-row"}, ["cost.price = 'no-such-row'"]),
    ("unknown currency", {"run.max_cost": "5 parrots"}, ["run.max_cost = '5 parrots'", "'parrots'", "USD, CNY"]),
    ("a quantized base on a CPU", {"model.quantize": "4bit"}, ["model.quantize = 4bit: needs a CUDA device"]),
    ("a layer that is not there", {"lora.target_modules": ["q_proj"]},
     ["lora.target_modules = ['q_proj']", "linear layers here: dense, key, query, value"]),
    ("unknown model folder", {"model.path": "/no/such/model"}, ["model.path = '/no/such/model': no such folder"]),
    ("unknown embedded model", {"model.path": "embedded:maxilm"}, ["there is embedded:minilm"]),
    ("modelscope without the extra", {"model.path": "modelscope:org/name"}, ["pip install 'moatkit[modelscope]'"]),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), [case[1:] for case in SETTINGS], ids=[case[0] for case in SETTINGS])
def test_a_setting_that_cannot_be_met_is_refused(moatkit, tiny_config_file, tmp_path, settings, words):
    if {"modelscope", "dvclive"} & {str(v).split(":")[0].strip("[]'") for v in settings.values()}:
        _needs_absent(str(next(iter(settings.values()))).split(":")[0].strip("[]'"))
    check_refused(moatkit("train", tiny_config_file(**settings)), *words, left_over=tmp_path / "run")


def _needs_absent(module: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is not None:
        pytest.skip(f"{module} is installed here")


# ---- the model folder


@pytest.fixture(scope="module")
def image_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import ViTConfig, ViTModel

    folder = tmp_path_factory.mktemp("models") / "vit"
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    ViTModel(ViTConfig(**sizes, image_size=32, patch_size=16)).save_pretrained(folder)
    return folder


def test_a_model_without_a_tokenizer_is_refused(moatkit, tiny_config_file, tmp_path, image_model):
    outcome = moatkit("train", tiny_config_file(**{"model.path": str(image_model)}))
    check_refused(outcome, "has no AutoTokenizer", "tokenizer files", left_over=tmp_path / "run")


@pytest.mark.parametrize(("head", "word"), [("cosine", "reads pixel_values, not text"), ("own", "cannot be loaded")])
def test_an_image_model_is_refused_even_with_a_tokenizer_beside_it(
    moatkit, tiny_config_file, tmp_path, image_model, tiny_model_dir, head, word
):
    folder = tmp_path / "vit"
    shutil.copytree(image_model, folder)
    for path in tiny_model_dir.glob("tokenizer*"):
        shutil.copy(path, folder)
    outcome = moatkit("train", tiny_config_file(**{"model.path": str(folder), "options.head": head}))
    check_refused(outcome, "model.path", word, left_over=tmp_path / "run")


def test_a_folder_that_is_no_model_is_refused_with_what_it_holds(moatkit, tiny_config_file, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    outcome = moatkit("train", tiny_config_file(**{"model.path": str(folder)}))
    check_refused(outcome, "holds no config.json", left_over=tmp_path / "run")
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    outcome = moatkit("train", tiny_config_file(**{"model.path": str(folder)}))
    check_refused(outcome, "no *.safetensors weights", "pytorch_model.bin, which is never loaded",
                  left_over=tmp_path / "run")  # fmt: skip


def test_code_that_ships_with_a_model_is_announced_before_it_runs(tiny_config):
    import torch

    from kit.model import open_source

    with pytest.warns(UserWarning, match=r"model.trust_remote_code: Python code shipped with .* will run here"):
        open_source(tiny_config(**{"model.trust_remote_code": True}), torch.device("cpu"))


# ---- the hub


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and never says a word."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []
    stop = threading.Event()

    def accept() -> None:
        server.settimeout(0.1)
        while not stop.is_set():
            try:
                kept.append(server.accept()[0])
            except TimeoutError:
                continue

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    stop.set()
    thread.join()
    for connection in [*kept, server]:
        connection.close()


@pytest.fixture
def fresh_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Points the hub client of this process at an address, with an empty cache."""
    from huggingface_hub import constants

    def point(endpoint: str) -> None:
        for name in ("HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"):
            monkeypatch.setenv(name, "1")
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    return point


WAYS_OUT = ["model.path = 'org/name'", "local folder", "HF_ENDPOINT", "modelscope:", "embedded:minilm"]


def test_a_silent_hub_ends_with_the_ways_out(
    moatkit, tiny_config_file, tmp_path, silent_server, fresh_hub, monkeypatch
):
    fresh_hub(silent_server)
    monkeypatch.setattr(hub, "SILENCE_S", 0.5)
    started = time.monotonic()
    outcome = moatkit("train", tiny_config_file(**{"model.path": "org/name"}))
    check_refused(outcome, *WAYS_OUT, silent_server, left_over=tmp_path / "run")
    assert time.monotonic() - started < 4


def test_a_silent_hub_ends_a_data_set_too(moatkit, tiny_config_file, tmp_path, silent_server, fresh_hub, monkeypatch):
    fresh_hub(silent_server)
    monkeypatch.setattr("kit.data.hub.SILENCE_S", 0.5)
    started = time.monotonic()
    outcome = moatkit("train", tiny_config_file(**{"data.train": "hub:org/name"}))
    check_refused(outcome, "hub:org/name", f"{silent_server} did not answer", left_over=tmp_path / "run")
    assert time.monotonic() - started < 15  # the first import of `datasets` included


def test_a_hub_that_refuses_ends_with_the_ways_out(moatkit, tiny_config_file, tmp_path, fresh_hub):
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    fresh_hub(endpoint)
    outcome = moatkit("train", tiny_config_file(**{"model.path": "org/name"}))
    check_refused(outcome, *WAYS_OUT, endpoint, left_over=tmp_path / "run")


@pytest.mark.slow
def test_the_command_itself_ends_soon_on_a_silent_hub(tiny_config_file, tmp_path, silent_server):
    config = tiny_config_file(**{"model.path": "org/name"})
    started = time.monotonic()
    outcome = run_process("train", config, cwd=tmp_path, HF_ENDPOINT=silent_server, HF_HOME=str(tmp_path / "cache"))
    check_refused(outcome, *WAYS_OUT, left_over=tmp_path / "run")
    assert time.monotonic() - started < hub.SILENCE_S + 40  # imports included


# ---- the disk and the run folder


def test_a_disk_without_room_is_noticed_before_anything_is_written(moatkit, tiny_config_file, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * 2**20))
    outcome = moatkit("train", tiny_config_file())
    check_refused(outcome, "run.dir", "the disk has 3 MiB free", "free some", left_over=tmp_path / "run")


def test_a_disk_that_fills_up_while_the_folder_is_made_leaves_none(moatkit, tiny_config_file, tmp_path, monkeypatch):
    write = runs.write_json

    def full(path: Path, value: Any) -> None:
        if path.name == runs.TASK:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, value)

    monkeypatch.setattr(runs, "write_json", full)
    outcome = moatkit("train", tiny_config_file())
    check_refused(outcome, "the disk is full", "task.json", "free some space", left_over=tmp_path / "run")


def test_a_disk_that_fills_up_while_training_keeps_the_run_and_says_so(moatkit, tiny_config_file, monkeypatch):
    from kit import checkpoint

    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "write", full)
    config = tiny_config_file()
    check_refused(moatkit("train", config), "the disk is full")
    (shown,) = json.loads(moatkit("runs", "list", "--runs", config.parent, "--json").out)
    assert shown["status"] == "failed" and "No space left" in shown["error"]


def test_a_run_folder_that_exists_is_never_touched(moatkit, tiny_config_file, tmp_path):
    kept = tmp_path / "run" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    check_refused(moatkit("train", tiny_config_file()), "exists already", "--resume", "run.dir=")
    assert [path.name for path in kept.parent.iterdir()] == ["notes.txt"]


# ---- the command line


@pytest.mark.parametrize(("arguments", "words"), [
    (["check", "."], [".: is a folder; name the config in it, e.g. config.yaml"]),
    (["train", "no-such.yaml"], ["no-such.yaml: no such file"]),
    (["predict", "no-such-run", "--text", "a"], ["no-such-run: no such run folder"]),
    (["predict", ".", "--text", "a"], ["is not a run folder"]),
    (["predict", "."], ["--text", "--data FILE and --out FILE"]),
    (["predict", ".", "--data", "a.csv"], ["--out FILE"]),
    (["predict", ".", "--text", " "], ["--text is empty"]),
    (["evaluate", "no-such-run"], ["no such run folder"]),
    (["runs", "show", "no-such-run"], ["no such run folder"]),
    (["runs", "compare", "a", "b"], ["a: no such run folder"]),
    (["init", "project", "--data", "no-such.csv"], ["no-such.csv"]),
    (["init", ".", "--data", "rows.csv"], ["exists already and is not empty"]),
])  # fmt: skip
def test_a_command_without_what_it_needs_says_what(moatkit, tmp_path, arguments, words):
    (tmp_path / "rows.csv").write_text("text,label\n" + GOOD)
    check_refused(moatkit(*arguments), *words, left_over=tmp_path / "project")


def test_a_wrong_option_is_a_usage_error(moatkit):
    outcome = moatkit("train", "--no-such-option", "x.yaml")
    assert outcome.code == 2 and "No such option" in outcome.err


def test_init_writes_nothing_where_the_rows_cannot_be_used(moatkit, tmp_path):
    (tmp_path / "rows.csv").write_text("text,note\n" + "".join(f"some text {i},n{i}\n" for i in range(30)))
    outcome = moatkit("init", "project", "--data", "rows.csv")
    check_refused(outcome, "no label column", "--label COLUMN", left_over=tmp_path / "project")


def test_the_installed_command_answers_bad_input_without_a_traceback(tmp_path):
    (tmp_path / "c.yaml").write_text("task: text_classification\nmodel: m\ndata: {train: a.csv}\noptim: {lr: -1}\n")
    outcome = run_process("train", "c.yaml", "batch.size=0", cwd=tmp_path)
    check_refused(outcome, "optim.lr = -1", "batch.size = 0")
    assert outcome.err.count("\n") == 2
    assert outcome.out == ""
