"""The pretrained network: load it, attach adapters, save and reload what was trained."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from kit.config import RunConfig
from kit.errors import RunError
from kit.hub import locate_model
from kit.tasks.base import Task, TaskModel

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
COUNTS_AFTER_PADDING = {"roberta", "xlm-roberta", "camembert", "longformer", "mpnet", "data2vec-text", "esm"}
EXTRA_WEIGHTS = "extra.safetensors"  # what was trained outside the backbone: class vectors and the like


@dataclass(frozen=True)
class Source:
    """Where the base lies and how it is loaded; calling it loads a network of the given Auto class."""

    folder: Path
    dtype: torch.dtype
    device: torch.device
    quantize: str = "none"
    trust_remote_code: bool = False
    dropout: float | None = None

    def __call__(self, auto_class: str, **config: Any) -> nn.Module:
        import transformers

        self._quiet()
        settings = self._dropout_settings() | config
        if self.quantize != "none":
            settings |= {"quantization_config": self._quantization(), "device_map": {"": self.device}}
        try:
            return getattr(transformers, auto_class).from_pretrained(
                self.folder, dtype=self.dtype, use_safetensors=True, trust_remote_code=self.trust_remote_code,
                ignore_mismatched_sizes=True, **settings,
            )  # fmt: skip
        except (ValueError, KeyError, OSError) as err:
            raise RunError(
                f"model.path = {str(self.folder)!r}: cannot be loaded as {auto_class}: {_first_line(err)}", exit_code=2
            ) from err

    def processor(self, auto_class: str) -> Any:
        """The tokenizer or processor that belongs to the base."""
        import transformers

        self._quiet()
        try:
            processor = getattr(transformers, auto_class).from_pretrained(
                self.folder, trust_remote_code=self.trust_remote_code
            )
        except (ValueError, KeyError, OSError) as err:
            raise RunError(
                f"model.path = {str(self.folder)!r}: has no {auto_class} ({_first_line(err)}); "
                "its folder must hold the tokenizer files too",
                exit_code=2,
            ) from err
        positions = num_positions(self.config())
        if positions is not None and auto_class == "AutoTokenizer":
            processor.model_max_length = min(processor.model_max_length, positions)
        return processor

    def config(self) -> Any:
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(self.folder, trust_remote_code=self.trust_remote_code)
        except (ValueError, KeyError, OSError) as err:
            raise RunError(f"model.path = {str(self.folder)!r}: {_first_line(err)}", exit_code=2) from err

    def _quiet(self) -> None:
        from transformers.utils import logging

        warnings.filterwarnings("ignore", category=FutureWarning, message=".*is_gradient_checkpointing.*")
        logging.set_verbosity_error()
        logging.disable_progress_bar()

    def _dropout_settings(self) -> dict[str, float]:
        if self.dropout is None:
            return {}
        names = [n for n in vars(self.config()) if n.endswith(("dropout", "dropout_prob")) and "classifier" not in n]
        return dict.fromkeys(names, self.dropout)

    def _quantization(self) -> Any:
        from importlib.util import find_spec

        from transformers import BitsAndBytesConfig

        if self.device.type != "cuda":
            raise RunError(
                f"model.quantize = {self.quantize}: needs a CUDA device, this one is {self.device.type}; use none", 2
            )
        if find_spec("bitsandbytes") is None:
            raise RunError(f"model.quantize = {self.quantize}: needs bitsandbytes; pip install 'moatkit[gpu]'", 2)
        if self.quantize == "8bit":
            return BitsAndBytesConfig(load_in_8bit=True)
        return BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_use_double_quant=True,
        )  # fmt: skip


def open_source(cfg: RunConfig, device: torch.device) -> Source:
    """Locate the base model and decide its number format on this device."""
    section = cfg.model
    if section.trust_remote_code:
        warnings.warn(f"model.trust_remote_code: Python code shipped with {section.path} will run here", stacklevel=2)
    folder = locate_model(section.path, revision=section.revision, trust_remote_code=section.trust_remote_code)
    dtype = DTYPES[section.dtype] if section.dtype != "auto" else fast_dtype(device)
    if cfg.is_full_finetuning and section.dtype == "auto":
        dtype = torch.float32  # the weights themselves are trained: bfloat16 would swallow small updates
    return Source(folder, dtype, device, section.quantize, section.trust_remote_code, section.dropout)


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it faster than float32, else float32."""
    if device.type == "cpu":
        from kit.device import cpu_has_fast_bf16

        return torch.bfloat16 if cpu_has_fast_bf16() else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if device.type in {"xpu", "npu"} else torch.float32


def num_positions(config: Any) -> int | None:
    """How many tokens the network has places for; RoBERTa and its kin start counting after the padding id."""
    settings = config.get_text_config().to_dict()
    positions = settings.get("max_position_embeddings")
    if not isinstance(positions, int) or positions <= 0:
        return None
    is_offset = settings.get("model_type") in COUNTS_AFTER_PADDING
    return positions - (settings.get("pad_token_id") or 0) - 1 if is_offset else positions


def attach_adapters(model: TaskModel, cfg: RunConfig, task: Task) -> TaskModel:
    """Freeze the backbone and add the adapters the config asks for; `full` leaves every weight trainable."""
    if cfg.is_full_finetuning:
        return model
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    lora = cfg.lora
    if cfg.model.quantize != "none":
        model.backbone = prepare_model_for_kbit_training(model.backbone, use_gradient_checkpointing=False)
    if cfg.model.adapter is not None:
        return _continued(model, Path(cfg.model.adapter), cfg)
    assert isinstance(lora.r, int) and isinstance(lora.alpha, float | int), "auto is resolved before"
    targets = task.lora_targets if lora.target_modules == "all-linear" else lora.target_modules
    config = LoraConfig(
        r=lora.r, lora_alpha=lora.alpha,  # type: ignore[arg-type]
         lora_dropout=lora.dropout or 0.0, target_modules=targets,
        modules_to_save=model.modules_to_save, use_dora=lora.method == "dora",
        use_rslora=lora.method == "rslora", init_lora_weights="pissa" if lora.method == "pissa" else True,
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model.backbone = get_peft_model(model.backbone, config)
    except ValueError as err:
        linear = (name for name, module in model.backbone.named_modules() if isinstance(module, nn.Linear))
        names = ", ".join(sorted({name.rsplit(".", 1)[-1] for name in linear}))
        raise RunError(f"lora.target_modules = {targets}: {_first_line(err)}; linear layers here: {names}", 2) from err
    return model


def _continued(model: TaskModel, run_dir: Path, cfg: RunConfig) -> TaskModel:
    """The adapter of an earlier run of the same base, to be trained on."""
    from peft import PeftModel

    folder = run_dir / "adapter"
    where = f"model.adapter = {str(run_dir)!r}"
    if not (folder / "adapter_config.json").is_file():
        raise RunError(f"{where}: holds no adapter/; name the folder of a finished LoRA run", exit_code=2)
    base = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"]
    if base != cfg.model.path:
        raise RunError(f"{where}: was trained on the base {base!r}, this run is on {cfg.model.path!r}", exit_code=2)
    try:
        model.backbone = PeftModel.from_pretrained(model.backbone, str(folder), is_trainable=True)
    except (RuntimeError, ValueError) as err:
        raise RunError(f"{where}: does not fit this model: {_first_line(err)}", exit_code=2) from err
    return model


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """Trainable parameters by name, in a fixed order."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def load_trainable(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy saved weights into the trainable parameters; the names must agree exactly."""
    parameters = trainable(model)
    if parameters.keys() != tensors.keys():
        raise RunError("these weights belong to another model: the names of the trained parameters differ")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(tensors[name])


def save_trained(model: TaskModel, run_dir: Path, cfg: RunConfig, pissa_start: Path | None = None) -> None:
    """Write `adapter/` (or `model/` after full fine-tuning), and what was trained beside the backbone."""
    folder = run_dir / ("model" if cfg.is_full_finetuning else "adapter")
    settings = {} if pissa_start is None else {"path_initial_model_for_weight_conversion": str(pissa_start)}
    model.backbone.save_pretrained(folder, **settings)
    if pissa_start is not None:
        _add_parts_trained_whole(model.backbone, folder / "adapter_model.safetensors")
    _forget_machine_paths(folder, cfg)
    extra = {n: p.detach().cpu().contiguous() for n, p in trainable(model).items() if not n.startswith("backbone.")}
    if extra:
        save_file(extra, folder / EXTRA_WEIGHTS)


def load_trained(task: Task, source: Callable[..., Any], run_dir: Path) -> TaskModel:
    """The tuned model of a run folder, ready to answer."""
    from dataclasses import replace

    full = run_dir / "model"
    if full.is_dir():
        assert isinstance(source, Source)
        model = task.load_model(replace(source, folder=full))
        folder = full
    else:
        from peft import PeftModel

        folder = run_dir / "adapter"
        if not folder.is_dir():
            raise RunError(f"{run_dir}: holds neither adapter/ nor model/; the run has not finished", exit_code=2)
        model = task.load_model(source)
        model.backbone = PeftModel.from_pretrained(model.backbone, str(folder))
    extra = folder / EXTRA_WEIGHTS
    if extra.is_file():
        model.load_state_dict(load_file(extra), strict=False)
    return model.to(getattr(source, "device", "cpu")).eval()


def parameter_counts(model: nn.Module) -> tuple[int, int]:
    """(trainable, all) parameters."""
    return sum(p.numel() for p in trainable(model).values()), sum(p.numel() for p in model.parameters())


def optimizer_groups(model: nn.Module, cfg: RunConfig) -> list[dict[str, Any]]:
    """AdamW groups: no decay on vectors (biases, norms) and class vectors; LoRA+ speeds up factor B."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in trainable(model).items():
        decays = parameter.ndim > 1 and name.startswith("backbone.")
        ratio = cfg.optim.lora_plus_ratio if "lora_B" in name else 1.0
        groups.setdefault((cfg.optim.weight_decay if decays else 0.0, ratio), []).append(parameter)
    return [{"params": p, "weight_decay": decay, "lr_ratio": ratio} for (decay, ratio), p in groups.items()]


def lr_factor(step: int, total_steps: int, *, warmup_ratio: float, kind: str) -> float:
    """The rate of a step as a share of its peak: a straight rise over the warm-up, then cosine, linear or constant.

    >>> [round(lr_factor(s, 10, warmup_ratio=0.2, kind="linear"), 2) for s in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.12]
    """
    warmup = round(warmup_ratio * total_steps)
    if step < warmup:
        return (step + 1) / warmup
    if kind == "constant":
        return 1.0
    done = (step - warmup) / max(1, total_steps - warmup)
    return 1.0 - done if kind == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))


def _add_parts_trained_whole(backbone: Any, path: Path) -> None:
    """PEFT's conversion of PiSSA writes the factors alone; a head that was trained beside them would be lost."""
    from peft import get_peft_model_state_dict

    tensors = get_peft_model_state_dict(backbone).items()
    parts = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors if "lora_" not in name}
    save_file(load_file(path) | parts, path, metadata={"format": "pt"})


def _forget_machine_paths(folder: Path, cfg: RunConfig) -> None:
    """An adapter names its base; a path of this machine would mean nothing elsewhere."""
    path = folder / "adapter_config.json"
    if path.is_file():
        config = json.loads(path.read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = cfg.model.path
        path.write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")


def _first_line(err: Exception) -> str:
    return (str(err) or type(err).__name__).strip().splitlines()[0]
