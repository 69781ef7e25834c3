"""Everything a run needs before its first step: device, data, task, model, folder. Nothing is written until all of it
is known to be good."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.tracking import get_available_trackers
from accelerate.utils import DistributedDataParallelKwargs, LoggerType, set_seed
from pydantic import ValidationError

from kit import runs, tasks
from kit.auto import resolve
from kit.config import RunConfig
from kit.config_load import dump, options_problems
from kit.cost.prices import Choice, parse_money, to_usd
from kit.cost.prices import resolve as resolve_price
from kit.data.plan import prediction_batches
from kit.data.prepare import Prepared, prepare, weighted
from kit.device import describe_device, process_state, usable_cores
from kit.errors import ConfigError, DataError, PriceError, RunError
from kit.model import Source, attach_adapters, fast_dtype, open_source
from kit.tasks.base import Batch, Example, Task, TaskModel, role_specs, to_device

SCORING_BATCH = 64
PACKAGES = ("torch", "transformers", "peft", "accelerate", "datasets", "numpy", "moatkit")


@dataclass
class Session:
    """What the loop and the proof work on. `examples` are preprocessed rows by split; `train` may hold extra items."""

    cfg: RunConfig
    folder: Path
    accelerator: Accelerator
    source: Source
    task: Task
    data: Prepared
    examples: dict[str, list[Example]]
    price: Choice
    max_usd: float | None

    @property
    def usd_per_s(self) -> float:
        """Price of all devices of this run for one second; one machine's processor counts once."""
        devices = 1 if self.accelerator.device.type == "cpu" else self.accelerator.num_processes
        return to_usd(self.price.price.amount, self.price.price.currency) / 3600 * devices

    @property
    def num_devices(self) -> int:
        return 1 if self.accelerator.device.type == "cpu" else self.accelerator.num_processes

    def training_items(self, splits: tuple[str, ...]) -> list[Example]:
        """Examples to train on: the splits' rows and what the kind adds to them."""
        rows = [row for split in splits for row in weighted(getattr(self.data, split))]
        items = [e for e in self.task.preprocess(self.task.group(rows)) if self.task.is_trainable(e)]
        if not items:
            raise DataError(f"none of the {len(rows)} training rows can be learnt from; `moatkit check` says why")
        return items

    def scoring_batches(self, examples: list[Example]) -> Iterator[Batch]:
        """All examples in batches on this rank's device, longest first."""
        for rows in prediction_batches([e["length"] for e in examples], size=SCORING_BATCH):
            yield to_device(self.task.collate([examples[i] for i in rows]), self.accelerator.device)

    def build_model(self, items: list[Example]) -> TaskModel:
        """The base with its adapters, new parts started from the training items; the same on every rank."""
        set_seed(self.cfg.run.seed)
        model = attach_adapters(self.task.load_model(self.source), self.cfg, self.task)
        if self.cfg.model.quantize == "none":
            model.to(self.accelerator.device)
        model.eval()
        with self.accelerator.autocast():
            self.task.initialise(model, self.scoring_batches(items))
        return model


def open_session(cfg: RunConfig, *, resume: bool = False) -> Session:
    """Check and load everything. Raises ConfigError, DataError, PriceError or RunError; on error nothing is written."""
    kind = tasks.get(cfg.task)
    options = parse_options(kind, cfg)
    folder = Path(cfg.run.dir or f"runs/{cfg.task}")
    _check_folder(folder, resume)
    device = process_state().device
    max_usd, price = _money_budget(cfg), choose_price(cfg, device)
    data = prepare(cfg.data, role_specs(kind))
    state = kind.fit(data.train, options)
    source = open_source(cfg, device)
    task = kind(options, source.processor(kind.processor_class), state)
    examples = {name: task.preprocess(getattr(data, name)) for name in ("train", "validation", "test")}
    accelerator = _accelerator(cfg, source, device, folder)
    cfg = resolve(cfg, num_train_rows=len(data.train), settings=kind.auto_settings)
    cfg = cfg.model_copy(update={"run": cfg.run.model_copy(update={"dir": str(folder)})})
    return Session(cfg, folder, accelerator, source, task, data, examples, price, max_usd)


def parse_options(kind: type[Task], cfg: RunConfig) -> Any:
    """The kind's own settings. Raises ConfigError with every fault."""
    try:
        return kind.options_class.model_validate(cfg.options)
    except ValidationError as err:
        raise ConfigError(options_problems(err, kind.options_class)) from None


def start_folder(session: Session, command: list[str] | None = None) -> None:
    """Create the run folder with what is known before the first step."""
    cfg, folder = session.cfg, session.folder
    needed = disk_needed(session)
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise RunError(
            f"run.dir = {str(folder)!r}: the run needs about {needed / 2**20:,.0f} MiB and the disk has "
            f"{free / 2**20:,.0f} MiB free; free some, or name another disk with run.dir=...",
            exit_code=2,
        )
    runs.create(folder)
    options = session.task.options.model_dump(mode="json")
    try:
        runs.write_text(folder / runs.CONFIG, dump(cfg))
        runs.write_json(folder / runs.ENV, environment(session, command or sys.argv))
        runs.write_json(folder / runs.DATA, session.data.report)
        runs.write_json(folder / runs.TASK, {"task": cfg.task, "state": session.task.state, "options": options})
        session.task.processor.save_pretrained(folder / runs.PROCESSOR)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # half a folder would bar its own name to the next try
        raise


def disk_needed(session: Session) -> int:
    """Bytes for the checkpoints kept at once, the one being written, the adapter and the predictions."""
    weights = sum(p.stat().st_size for p in session.source.folder.glob("*.safetensors"))
    share = 1.0 if session.cfg.is_full_finetuning else 0.06
    per_checkpoint = int(3 * 4 / 2 * weights * share)
    return per_checkpoint * (session.cfg.eval.keep_last + 2) + 20 * 2**20


def environment(session: Session, command: list[str]) -> dict[str, Any]:
    """env.json: commit, versions, device, threads, command."""
    return {
        "command": command,
        "commit": _commit(),
        "python": sys.version.split()[0],
        "versions": {name: _version(name) for name in PACKAGES},
        "device": describe_device(session.accelerator.device),
        "num_processes": session.accelerator.num_processes,
        "num_threads": torch.get_num_threads(),
        "dtype": str(session.source.dtype).removeprefix("torch."),
        "mixed_precision": session.accelerator.mixed_precision,
    }


def _check_folder(folder: Path, resume: bool) -> None:
    if resume or process_state().process_index > 0:
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(
            f"run.dir = {str(folder)!r}: exists already; go on with it by --resume, or name another with run.dir=...", 2
        )


def choose_price(cfg: RunConfig, device: torch.device) -> Choice:
    """What an hour of this device costs. Raises PriceError that names the setting."""
    try:
        return resolve_price(cfg.cost.price, describe_device(device), cores=usable_cores())
    except PriceError as err:
        raise PriceError(f"cost.price = {cfg.cost.price!r}: {err}") from err


def _money_budget(cfg: RunConfig) -> float | None:
    if cfg.run.max_cost is None:
        return None
    try:
        money = parse_money(cfg.run.max_cost)
    except PriceError as err:
        raise PriceError(f"run.max_cost = {cfg.run.max_cost!r}: {err}") from err
    return to_usd(money.amount, money.currency)


def _accelerator(cfg: RunConfig, source: Source, device: torch.device, folder: Path) -> Accelerator:
    _check_trackers(cfg.run.trackers)
    precision = {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(source.dtype, "no")
    if cfg.is_full_finetuning and cfg.model.dtype == "auto" and fast_dtype(device) == torch.bfloat16:
        precision = "bf16"
    try:
        return Accelerator(
            mixed_precision=precision, log_with=cfg.run.trackers or None, project_dir=str(folder / "trackers"),
            # a head may pass by parts of the base that have adapters, as mean pooling does by BERT's pooler
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )  # fmt: skip
    except (ValueError, ImportError) as err:
        raise ConfigError(f"run.trackers = {cfg.run.trackers}: {err}") from err


def _check_trackers(names: list[str]) -> None:
    """Accelerate leaves out a tracker whose package is missing without a word; curves would be missed days later."""
    known, there = [t.value for t in LoggerType], {t.value for t in get_available_trackers()}
    for name in names:
        if name not in known:
            raise ConfigError(f"run.trackers = {names}: {name!r} is no tracker; there is {', '.join(known)}")
        if name != "all" and name not in there:
            raise ConfigError(f"run.trackers = {names}: {name} is not installed; pip install {name}, or take it out")


def _commit() -> str | None:
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return None
    try:
        out = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return out.stdout.strip() or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
