"""From a YAML file and dotted overrides to a RunConfig, or to one ConfigError that lists every fault."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kit.config import RunConfig, contradictions
from kit.errors import ConfigError

# What users of other trainers type; each leads to the name used here.
OTHER_NAMES = {
    "learning_rate": "optim.lr", "lr": "optim.lr", "batch_size": "batch.size", "max_length": "options.max_length",
    "per_device_train_batch_size": "batch.micro_size", "num_train_epochs": "schedule.epochs",
    "num_epochs": "schedule.epochs", "epochs": "schedule.epochs", "max_steps": "schedule.max_steps",
    "warmup": "schedule.warmup_ratio", "warmup_ratio": "schedule.warmup_ratio",
    "lr_scheduler_type": "schedule.kind", "lora_r": "lora.r", "rank": "lora.r", "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout", "weight_decay": "optim.weight_decay", "seed": "run.seed",
    "output_dir": "run.dir", "save_steps": "run.save_steps", "eval_steps": "eval.every_steps",
    "report_to": "run.trackers", "model_name_or_path": "model.path", "train_file": "data.train",
    "validation_file": "data.validation", "test_file": "data.test", "text_column": "data.columns.text",
    "label_column": "data.columns.label", "max_grad_norm": "optim.max_grad_norm", "patience": "eval.patience",
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `2e-4` as text and repeats of a key silently; this one does neither."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a setting's name must be plain text", key_node.start_mark
                )
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise ConfigError(f"{key}: stands twice (again in line {key_node.start_mark.line + 1}); keep one")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _float_or_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float | str:
    text = loader.construct_scalar(node)
    try:
        return float(text)
    except ValueError:
        return str(text)


_Loader.add_constructor("!number", _float_or_text)
_Loader.add_implicit_resolver("!number", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
                              list("-+0123456789"))


def load(path: str | Path, overrides: list[str] | None = None) -> RunConfig:
    """Read `path`, apply overrides such as `optim.lr=2e-4`, check everything.

    Raises ConfigError with one line per fault: the setting's path, its value, and what to write instead.
    """
    raw = read_yaml(path)
    for override in overrides or []:
        _apply(raw, override)
    return parse(raw)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping in a YAML file, with the line named where it is broken."""
    path = Path(path)
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder; name the config in it, e.g. {path / 'config.yaml'}")
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.y*ml")], n=1, cutoff=0.5)
        hint = f"; did you mean {path.parent / near[0]}?" if near else ""
        raise ConfigError(f"{path}: no such file{hint}")
    try:
        raw = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {err.start}); save it as UTF-8") from err
    except yaml.YAMLError as err:
        line = err.problem_mark.line + 1 if isinstance(err, yaml.MarkedYAMLError) and err.problem_mark else "?"
        problem = getattr(err, "problem", None) or str(err).splitlines()[0]
        raise ConfigError(f"{path}: line {line}: not valid YAML ({problem})") from err
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: holds no settings; it needs at least task, model and data.train")
    return raw


def parse(raw: dict[str, Any]) -> RunConfig:
    """A RunConfig from plain data; ConfigError with every fault at once."""
    try:
        cfg = RunConfig.model_validate(raw)
    except ValidationError as err:
        raise ConfigError(_sentences(err, RunConfig)) from None
    problems_left = contradictions(cfg)
    if problems_left:
        raise ConfigError(problems_left)
    return cfg


def options_problems(err: ValidationError, options: type[BaseModel]) -> list[str]:
    """The faults of a kind's own settings, in the same words."""
    return _sentences(err, options, "options.")


def dump(cfg: RunConfig) -> str:
    """The YAML of a fully resolved configuration; `load` reads it back to an equal one."""
    return yaml.safe_dump(cfg.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _apply(raw: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    if not equals or not path.strip():
        raise ConfigError(f"{override}: an override is written KEY=VALUE, e.g. optim.lr=2e-4")
    try:
        value = yaml.load(text, Loader=_Loader) if text else None
    except yaml.YAMLError as err:
        raise ConfigError(f"{path} = {text}: the value is not valid YAML; quote it") from err
    keys = path.strip().split(".")
    node = raw
    for key in keys[:-1]:
        child = node.get(key)
        if isinstance(child, str) and key == "model":  # `model: NAME` is short for {path: NAME}
            child = node[key] = {"path": child}
        if child is None:
            child = node[key] = {}
        if not isinstance(child, dict):
            raise ConfigError(f"{path} = {text}: {key} holds the value {child!r}, not settings")
        node = child
    if keys == ["model"] and isinstance(raw.get("model"), dict) and isinstance(value, str):
        raw["model"]["path"] = value
    else:
        node[keys[-1]] = value


def _sentences(err: ValidationError, root: type[BaseModel], prefix: str = "") -> list[str]:
    """One line per setting: pydantic reports each arm of a union by itself, a reader wants them joined."""
    by_setting: dict[str, list[str]] = {}
    for detail in err.errors():
        head, fault = _fault(detail, root, prefix)
        if fault not in by_setting.setdefault(head, []):
            by_setting[head].append(fault)
    return [f"{head}: {' or '.join(faults)}" for head, faults in by_setting.items()]


def _fault(detail: ErrorDetails, root: type[BaseModel], prefix: str) -> tuple[str, str]:
    path = _real_path([str(part) for part in detail["loc"]], root)
    dotted, value = prefix + ".".join(path), detail.get("input")
    if detail["type"] == "missing":
        return dotted, "is required"
    head = f"{dotted} = {_short(value)}"
    if detail["type"] == "extra_forbidden":
        return head, f"is not a setting{_did_you_mean(prefix, path, root)}"
    if detail["type"] == "model_type":
        return head, "is not a group of settings; write its settings indented below it"
    return head, detail["msg"][0].lower() + detail["msg"][1:]


def _real_path(location: list[str], root: type[BaseModel]) -> list[str]:
    """Drop the names of union branches that pydantic appends to a location."""
    path: list[str] = []
    model: type[BaseModel] | None = root
    for part in location:
        if model is None:
            break
        path.append(part)
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return path


def _did_you_mean(prefix: str, path: list[str], root: type[BaseModel]) -> str:
    known = {prefix + name: prefix + name for name in setting_names(root)}
    if not prefix:
        known |= OTHER_NAMES
    wanted, last = prefix + ".".join(path), path[-1]
    by_path = difflib.get_close_matches(wanted, known, n=1, cutoff=0.75)
    by_name = difflib.get_close_matches(last, {name.rsplit(".", 1)[-1]: name for name in known}, n=1, cutoff=0.7)
    if by_path:
        return f"; did you mean {known[by_path[0]]}?"
    if by_name:
        target = next(to for name, to in known.items() if name.rsplit(".", 1)[-1] == by_name[0])
        return f"; did you mean {target}?"
    depth = len(path) - 1
    here = [name.split(".")[depth] for name in setting_names(root) if name.split(".")[:depth] == path[:-1]]
    here = list(dict.fromkeys(here))
    near = difflib.get_close_matches(last, here, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else f"; allowed here: {', '.join(here)}"


def setting_names(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every dotted name of a configuration, in order."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += setting_names(kind, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
