"""The layers of the house: who may import whom, and what a light import must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KIT = ROOT / "kit"

# layer of each module (longest prefix wins) -> layers it may import besides itself
LAYER_OF = {
    "kit": "facts", "kit.errors": "errors", "kit.paths": "errors", "kit.network": "errors",
    "kit.records": "facts", "kit.paired": "facts", "kit.intervals": "facts", "kit.calibration": "facts",
    "kit.baselines": "facts", "kit.findings": "facts",
    "kit.text_metrics": "facts", "kit.regression_metrics": "facts", "kit.config": "facts", "kit.config_load": "facts",
    "kit.metrics": "facts", "kit.text": "facts", "kit.stats": "facts",
    "kit.runs": "runs", "kit.store": "runs",
    "kit.cost": "money", "kit.strategy": "money", "kit.playbooks": "money",
    "kit.ventures": "service", "kit.venture_values": "service", "kit.venture_runs": "service",
    "kit.data": "data", "kit.annotate": "data", "kit.tasks": "tasks",
    "kit.hf_metrics": "engine", "kit.model": "engine", "kit.hub": "engine", "kit.optim": "engine",
    "kit.train": "engine", "kit.evaluate": "engine", "kit.rivals": "engine",
    "kit.compare_runs": "service", "kit.pairing": "service",
    "dashboards": "pages",
    "kit.cli": "cli", "kit.commands": "cli", "kit.__main__": "cli",
}
MAY_IMPORT = {
    "errors": set(),
    "facts": {"errors"},
    "runs": {"facts", "errors"},
    "money": {"facts", "errors"},
    "service": {"runs", "money", "facts", "errors"},
    "data": {"facts", "errors"},
    "tasks": {"facts", "errors"},
    "pages": {"service", "data", "runs", "money", "facts", "errors"},  # training is a process of its own
    "engine": {"service", "tasks", "data", "runs", "money", "facts", "errors"},
    "cli": {"engine", "service", "tasks", "data", "runs", "money", "facts", "errors"},
}


def layer(module: str) -> str:
    while module not in LAYER_OF:
        if "." not in module:
            raise AssertionError(module)
        parent = module.rsplit(".", 1)[0]
        if parent == "kit":  # a module of the top level that the table does not name is part of the engine
            return "engine"
        module = parent
    return LAYER_OF[module]


def imported_modules(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: write imports in full"
            yield node.module
            if node.module == "kit" or node.module.startswith("kit."):
                yield from (f"{node.module}.{a.name}" for a in node.names if is_module(f"{node.module}.{a.name}"))


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


FILES = sorted([*KIT.rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")])


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_layers(path):
    me = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    mine = layer(me)
    for name in imported_modules(path):
        if name in {"kit", "dashboards"} or not name.startswith(("kit.", "dashboards.")):
            continue
        theirs = layer(name)
        assert theirs == mine or theirs in MAY_IMPORT[mine], f"{me} ({mine}) may not import {name} ({theirs})"
        if mine == "tasks" and name.startswith("kit.tasks."):
            shared = {"answers", "base", "heads", "labels", "lm", "text_options", "tokens"}
            assert name.split(".")[2] in shared, f"{me}: task kinds never import each other ({name})"


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name.split(".")[0] for name in out.split()}


def test_the_pages_read_without_loading_torch():
    statement = "import dashboards.data, dashboards.intake, dashboards.queue, dashboards.reports, dashboards.run_table"
    assert not loaded_by(statement) & {"torch", "transformers", "peft", "accelerate"}
