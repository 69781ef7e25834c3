"""What a run is: eight small sections, frozen after load. Reading files and reporting faults: kit/config_load.py.

Three keys are required: `task`, `model`, `data.train`. `auto` means: picked from the model and the data when the run
starts (kit/auto.py) and written, as a number, to the run's own config.yaml.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Auto = Literal["auto"]
PositiveInt = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class ModelSection(Section):
    path: str
    """A local folder, a hub id (`ORG/NAME`, HF_ENDPOINT honoured), `modelscope:ORG/NAME`, or `embedded:minilm`."""
    revision: str | None = None
    """Branch, tag or commit of a hub model."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Number format of the frozen base; auto = bfloat16 where this device is fast at it. LoRA stays float32."""
    quantize: Literal["none", "8bit", "4bit"] = "none"
    """Load the frozen base in 8 or 4 bits (extra `gpu`, CUDA only)."""
    trust_remote_code: bool = False
    """Run Python code that ships with the model. Off unless you have read that code."""
    adapter: str | None = None
    """Folder of an earlier run of the same base: its adapter is where this training starts."""
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Dropout inside the base model while training; null keeps the model's own."""


class Source(Section):
    path: str
    """As `data.train`."""
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    """How often each of its rows is seen per epoch; a share of them, picked by their ids, where below 1."""


class DataSection(Section):
    train: str | Annotated[list[Source], Field(min_length=1)]
    """A CSV, TSV, JSONL, JSON, Parquet, Arrow or Excel file, a folder of them, or `hub:ORG/NAME[:split]`; or a
    mixture: a list of `{path, weight}`."""
    validation: str | Share = 0.1
    """A file, or the share of the training rows held out for every choice (at most 1,000 rows)."""
    test: str | Share = 0.1
    """A file, or the share of the rows held out for the proof; it is read once, at the end."""
    columns: dict[str, str] = {}
    """Which column plays which role, e.g. `{text: body, label: intent}`; detected and shown where not given."""
    group_column: str | None = None
    """Rows that share a value here stay in one split, and intervals are computed over these groups."""
    time_column: str | None = None
    """Split by time instead of at random: the newest rows are the test."""
    slice_columns: list[str] = []
    """Columns by whose values the proof is broken down."""
    licence: str | None = None
    """Licence of the data, as you know it (e.g. `CC-BY-4.0`, `own`)."""
    max_leakage: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the test rows that may stand in the training rows word for word before no run starts."""
    max_near_leakage: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The same for test rows whose words stand nearly so in a training row; short texts are often that alike."""


    @property
    def train_sources(self) -> list[Source]:
        """The parts of the training data; one of weight 1 where it is no mixture."""
        return [Source(path=self.train)] if isinstance(self.train, str) else self.train


class LoraSection(Section):
    method: Literal["lora", "dora", "rslora", "pissa", "full"] = "lora"
    """LoRA or a variant of it through PEFT; `full` trains every weight."""
    r: PositiveInt | Auto | None = "auto"
    """Rank."""
    alpha: Annotated[float, Field(gt=0)] | Auto | None = "auto"
    """Scale: the update is alpha / r times the product of the two factors (rsLoRA: alpha / sqrt(r)); auto = 2 r."""
    target_modules: str | list[str] | None = "all-linear"
    """Layers that get an adapter, by name; `all-linear` = every linear layer of the base."""
    dropout: Share | None = 0.0
    """Dropout before the adapter."""


class OptimSection(Section):
    lr: Annotated[float, Field(gt=0)] | Auto = "auto"
    """Peak learning rate of AdamW."""
    lora_plus_ratio: Annotated[float, Field(ge=1)] = 1.0
    """LoRA+: the second factor (B) learns this many times faster than the first (A)."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """Decoupled weight decay; never on biases, norms and class vectors."""
    max_grad_norm: Annotated[float, Field(gt=0)] | None = 1.0
    """Gradients are scaled down to this norm; null = never."""


class BatchSection(Section):
    size: PositiveInt | Auto | None = "auto"
    """Rows per optimizer step, over all processes."""
    max_tokens: PositiveInt | None = None
    """Instead of `size`: as many rows per step as fit this many padded tokens."""
    micro_size: PositiveInt | Auto = "auto"
    """Rows per forward pass and process; auto = all rows of the step at once (halved when memory runs out)."""


class ScheduleSection(Section):
    epochs: Annotated[float, Field(gt=0)] | Auto = "auto"
    """Passes over the training rows."""
    max_steps: PositiveInt | None = None
    """Stop after this many optimizer steps, whatever `epochs` says."""
    warmup_ratio: Share = 0.06
    """Share of the steps in which the rate rises from zero to its peak."""
    kind: Literal["cosine", "linear", "constant"] = "cosine"
    """How the rate falls after the warm-up: to zero along a cosine or a line, or not at all."""


class EvalSection(Section):
    every_steps: PositiveInt | Literal["epoch", "never"] = "epoch"
    """How often the validation rows are scored while training."""
    patience: PositiveInt | None = None
    """Stop after this many evaluations without a better headline."""
    keep_last: PositiveInt = 2
    """How many checkpoints stay on disk (the best one stays besides)."""


class CostSection(Section):
    price: str | None = None
    """An id of the price sheet, `2.9 CNY/hour`, or null = the sheet's nearest row, which is named."""


class RunSection(Section):
    dir: str | None = None
    """The run's folder; null = runs/<name of the config file>."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Of the data order, the initialisation and dropout."""
    save_steps: PositiveInt | Literal["epoch", "never"] = "epoch"
    """How often a checkpoint is written, besides the one of every evaluation that is the best so far."""
    max_minutes: Annotated[float, Field(gt=0)] | None = None
    """Budget: stop training, keep the best, evaluate."""
    max_cost: str | None = None
    """Budget in money, e.g. `50 CNY`: stop training, keep the best, evaluate."""
    use: Literal["commercial", "research"] = "commercial"
    """What the tuned model is for: a licence of model or data that forbids it stops the run."""
    accept: list[str] = []
    """Checks that stop a run, by name, which may pass this time; `--accept NAME` adds to it."""
    forecast: bool = True
    """Measure a few steps first and say what the run will take; the training itself stays the same to the bit."""
    trackers: list[str] = []
    """Accelerate trackers by name, e.g. `[tensorboard, wandb, mlflow]`."""


class RunConfig(Section):
    task: str
    """The kind of task: a row of TASKS in kit/tasks."""
    model: ModelSection
    options: dict[str, Any] = {}
    """The kind's own settings; checked by the kind."""
    data: DataSection
    lora: LoraSection = LoraSection()
    optim: OptimSection = OptimSection()
    batch: BatchSection = BatchSection()
    schedule: ScheduleSection = ScheduleSection()
    eval: EvalSection = EvalSection()
    cost: CostSection = CostSection()
    run: RunSection = RunSection()

    @model_validator(mode="before")
    @classmethod
    def _model_may_be_a_path(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and isinstance(raw.get("model"), str):
            return raw | {"model": {"path": raw["model"]}}
        return raw

    @property
    def is_full_finetuning(self) -> bool:
        return self.lora.method == "full"


def contradictions(cfg: RunConfig) -> list[str]:
    """Settings that exclude each other or would be ignored: one line each with path, value and fix."""
    checks = [
        (
            cfg.is_full_finetuning and cfg.model.quantize != "none",
            f"model.quantize = {cfg.model.quantize}: quantized weights cannot be trained with lora.method = full; "
            "use lora.method=lora or model.quantize=none",
        ),
        (
            cfg.lora.method == "pissa" and cfg.model.quantize != "none",
            f"model.quantize = {cfg.model.quantize}: PiSSA starts from the base's own weights and needs them "
            "unquantized; use lora.method=lora or model.quantize=none",
        ),
        (
            cfg.lora.method in {"pissa", "full"} and cfg.optim.lora_plus_ratio > 1,
            f"optim.lora_plus_ratio = {cfg.optim.lora_plus_ratio:g}: would be ignored with lora.method = "
            f"{cfg.lora.method} (LoRA+ relies on factor B starting at zero); remove it or use lora.method=lora",
        ),
        (
            cfg.batch.max_tokens is not None and isinstance(cfg.batch.size, int),
            f"batch.max_tokens = {cfg.batch.max_tokens}: batch.size = {cfg.batch.size} is set too; keep one of them",
        ),
        (
            cfg.eval.patience is not None and cfg.eval.every_steps == "never",
            f"eval.patience = {cfg.eval.patience}: would be ignored with eval.every_steps = never; "
            "set eval.every_steps=epoch or remove eval.patience",
        ),
        (
            cfg.eval.patience is not None and cfg.data.validation == 0,
            f"eval.patience = {cfg.eval.patience}: needs validation rows, but data.validation = 0; "
            "set data.validation=0.1 or remove eval.patience",
        ),
        (
            cfg.model.adapter is not None and cfg.is_full_finetuning,
            f"model.adapter = {cfg.model.adapter}: would be ignored with lora.method = full; use lora.method=lora",
        ),
        (
            cfg.model.adapter is not None and cfg.lora.method == "pissa",
            f"model.adapter = {cfg.model.adapter}: PiSSA starts from the base's own weights; use lora.method=lora",
        ),
        (
            cfg.data.time_column is not None and {type(cfg.data.test), type(cfg.data.validation)} == {str},
            f"data.time_column = {cfg.data.time_column}: would be ignored, validation and test are files; remove it",
        ),
        (
            cfg.model.path.startswith(("embedded:", "/", "./", "../")) and cfg.model.revision is not None,
            f"model.revision = {cfg.model.revision}: would be ignored for a local model folder; remove it",
        ),
    ]
    problems = [message for is_wrong, message in checks if is_wrong]
    return problems + _lora_settings_ignored(cfg) + _settings_of_the_adapter(cfg)


def _lora_settings_ignored(cfg: RunConfig) -> list[str]:
    if not cfg.is_full_finetuning:
        return []
    given = cfg.lora.model_fields_set - {"method"}
    neutral: dict[str, Any] = {"r": ("auto", None), "alpha": ("auto", None), "dropout": (0.0, None),
                               "target_modules": ("all-linear", None)}
    return [
        f"lora.{name} = {getattr(cfg.lora, name)}: would be ignored with lora.method = full; remove it"
        for name in sorted(given)
        if getattr(cfg.lora, name) not in neutral[name]
    ]


def _settings_of_the_adapter(cfg: RunConfig) -> list[str]:
    """An adapter that is continued brings its shape along."""
    if cfg.model.adapter is None:
        return []
    neutral: dict[str, Any] = {"r": ("auto", None), "alpha": ("auto", None), "target_modules": ("all-linear", None)}
    return [
        f"lora.{name} = {getattr(cfg.lora, name)}: would be ignored, model.adapter brings its own; remove it"
        for name, allowed in neutral.items()
        if getattr(cfg.lora, name) not in allowed
    ]
