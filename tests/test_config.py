"""What a person sees of the configuration: three keys, every fault at once, and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from kit.config import RunConfig
from kit.config_load import dump, load, setting_names
from kit.errors import ConfigError
from kit.paths import shipped

MINIMAL = "task: text_classification\nmodel: some/folder\ndata: {train: rows.csv}\n"
SHIPPED = sorted(shipped("configs").rglob("*.yaml"))


@pytest.fixture
def config(tmp_path: Path):
    """Writes a config file and loads it: `config(text, *overrides)`."""

    def write_and_load(text: str | bytes = MINIMAL, *overrides: str) -> RunConfig:
        path = tmp_path / "config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, list(overrides))

    return write_and_load


@pytest.fixture
def faults(config):
    """The faults of a config file, one line each."""

    def collect(text: str | bytes = MINIMAL, *overrides: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            config(text, *overrides)
        assert caught.value.exit_code == 2
        assert all("\n" not in line for line in caught.value.problems)
        return caught.value.problems

    return collect


# ---- what is accepted


def test_three_keys_are_enough(config):
    cfg = config()
    assert (cfg.task, cfg.model.path, cfg.data.train) == ("text_classification", "some/folder", "rows.csv")
    assert (cfg.optim.lr, cfg.lora.method, cfg.run.seed) == ("auto", "lora", 0)


@pytest.mark.parametrize(("override", "path", "value"), [
    ("optim.lr=2e-4", "optim.lr", 2e-4),
    ("optim.lr=0.5", "optim.lr", 0.5),
    ("optim.max_grad_norm=null", "optim.max_grad_norm", None),
    ("eval.patience=", "eval.patience", None),
    ("data.slice_columns=[city, channel]", "data.slice_columns", ["city", "channel"]),
    ("lora.target_modules=[query, value]", "lora.target_modules", ["query", "value"]),
    ("data.columns.text=body", "data.columns", {"text": "body"}),
    ("options.max_length=64", "options", {"max_length": 64}),
    ("model=another/folder", "model.path", "another/folder"),
    ("model.path=another/folder", "model.path", "another/folder"),
    ("model.dtype=float32", "model.dtype", "float32"),
    ("data.test=test.csv", "data.test", "test.csv"),
    ("data.test=0", "data.test", 0.0),
    ("schedule.max_steps=1e2", "schedule.max_steps", 100),
])  # fmt: skip
def test_an_override_sets_one_setting(config, override, path, value):
    found = config(MINIMAL, override)
    for name in path.split("."):
        found = getattr(found, name)
    assert found == value


def test_overriding_the_model_keeps_its_other_settings(config):
    text = MINIMAL.replace("model: some/folder", "model: {path: some/folder, dtype: float32}")
    cfg = config(text, "model=another")
    assert (cfg.model.path, cfg.model.dtype) == ("another", "float32")


def test_a_part_of_the_model_keeps_the_path_that_was_written_short(config):
    cfg = config(MINIMAL, "model.revision=main")
    assert (cfg.model.path, cfg.model.revision) == ("some/folder", "main")


def test_the_last_override_holds(config):
    assert config(MINIMAL, "run.seed=1", "run.seed=2").run.seed == 2


def test_a_byte_order_mark_is_no_part_of_the_first_key(config):
    assert config(b"\xef\xbb\xbf" + MINIMAL.encode()).task == "text_classification"


def test_what_is_dumped_loads_as_the_same_configuration(config):
    overrides = ["optim.lr=2e-4", "data.slice_columns=[渠道]", "lora.r=8", "run.max_cost=5 USD", "options.refit=true",
                 "model.revision=main", "data.validation=v.csv", "eval.every_steps=10"]  # fmt: skip
    cfg = config(MINIMAL, *overrides)
    assert config(dump(cfg)) == cfg
    assert config(dump(config())) == config()


def test_a_loaded_configuration_cannot_be_changed(config):
    cfg = config()
    with pytest.raises(ValidationError):
        cfg.run.seed = 3
    with pytest.raises(ValidationError):
        cfg.task = "other"


# ---- what is refused


def test_every_fault_is_named_at_once_with_path_value_and_fix(faults):
    text = "model: m\ndata: {train: a.csv, validaton: 0.2}\noptim: {lr: -1}\n"
    text += "batch: {size: many}\nschedule: {kind: cubic}\n"
    found = faults(text, "run.seed=x")
    assert len(found) == 6
    for start, hint in [
        ("task:", "is required"),
        ("data.validaton = 0.2:", "did you mean data.validation?"),
        ("optim.lr = -1:", "greater than 0"),
        ("batch.size = 'many':", "'auto'"),
        ("schedule.kind = 'cubic':", "'cosine', 'linear' or 'constant'"),
        ("run.seed = 'x':", "valid integer"),
    ]:
        line = next(line for line in found if line.startswith(start))
        assert hint in line


@pytest.mark.parametrize(("wrong", "meant"), [
    ("optim.learning_rat=1", "optim.lr"),
    ("learning_rate=1", "optim.lr"),
    ("batch_size=8", "batch.size"),
    ("num_train_epochs=3", "schedule.epochs"),
    ("optim.warmup_ratio=0.1", "schedule.warmup_ratio"),
    ("lora.rank=8", "lora.r"),
    ("output_dir=x", "run.dir"),
    ("model.quantise=4bit", "model.quantize"),
    ("data.group_colum=user", "data.group_column"),
    ("max_length=128", "options.max_length"),
])  # fmt: skip
def test_a_name_from_elsewhere_or_a_slip_leads_to_the_right_setting(faults, wrong, meant):
    (line,) = faults(MINIMAL, wrong)
    assert line.startswith(wrong.partition("=")[0])
    assert line.endswith(f"is not a setting; did you mean {meant}?")


def test_a_name_like_no_other_gets_the_list_of_what_is_allowed(faults):
    (line,) = faults(MINIMAL, "optim.zzz=1")
    assert "allowed here: lr, lora_plus_ratio, weight_decay, max_grad_norm" in line


@pytest.mark.parametrize(("overrides", "start", "fix"), [
    (["lora.method=full", "model.quantize=4bit"], "model.quantize = 4bit", "lora.method=lora"),
    (["lora.method=pissa", "model.quantize=8bit"], "model.quantize = 8bit", "model.quantize=none"),
    (["lora.method=pissa", "optim.lora_plus_ratio=4"], "optim.lora_plus_ratio = 4", "remove it"),
    (["lora.method=full", "optim.lora_plus_ratio=4"], "optim.lora_plus_ratio = 4", "remove it"),
    (["batch.size=8", "batch.max_tokens=512"], "batch.max_tokens = 512", "keep one"),
    (["eval.patience=2", "eval.every_steps=never"], "eval.patience = 2", "eval.every_steps=epoch"),
    (["eval.patience=2", "data.validation=0"], "eval.patience = 2", "data.validation=0.1"),
    (["data.time_column=day", "data.test=a.csv", "data.validation=b.csv"], "data.time_column = day", "remove it"),
    (["model=./here", "model.revision=main"], "model.revision = main", "remove it"),
    (["model=embedded:minilm", "model.revision=main"], "model.revision = main", "remove it"),
    (["lora.method=full", "lora.r=8"], "lora.r = 8", "remove it"),
    (["lora.method=full", "lora.alpha=8"], "lora.alpha = 8", "remove it"),
    (["lora.method=full", "lora.dropout=0.1"], "lora.dropout = 0.1", "remove it"),
    (["lora.method=full", "lora.target_modules=[query]"], "lora.target_modules = ", "remove it"),
])  # fmt: skip
def test_a_contradiction_or_an_ignored_setting_is_refused_with_the_way_out(faults, overrides, start, fix):
    (line,) = faults(MINIMAL, *overrides)
    assert line.startswith(start)
    assert fix in line


def test_all_contradictions_come_at_once(faults):
    found = faults(MINIMAL, "lora.method=full", "lora.r=8", "model.quantize=4bit", "optim.lora_plus_ratio=2")
    assert len(found) == 3


@pytest.mark.parametrize(("text", "words"), [
    ("task: t\n  model: m\n", ["config.yaml", "line 2", "not valid YAML"]),
    ("task: t\nmodel: [m\n", ["config.yaml", "not valid YAML"]),
    ("task: t\ntask: u\n", ["task: stands twice", "line 2"]),
    (MINIMAL + "optim: {lr: 1, lr: 2}\n", ["lr: stands twice", "line 4"]),
    ("[a]: 1\n", ["line 1", "plain text"]),
    ("? {a: b}\n: 1\n", ["line 1", "plain text"]),
    ("- task\n", ["holds no settings", "task, model and data.train"]),
    ("", ["holds no settings"]),
    (b"task: \xc8\xce\xce\xf1\n", ["not UTF-8", "byte 6", "save it as UTF-8"]),
    (b"task: t\x00\n", ["not valid YAML"]),
    ("data: rows.csv\ntask: t\nmodel: m\n", ["data = 'rows.csv'", "is not a group of settings"]),
    (MINIMAL + "optim: 3\n", ["optim = 3", "is not a group of settings"]),
])  # fmt: skip
def test_a_broken_file_is_named_with_the_place(faults, text, words):
    (line,) = faults(text)
    for word in words:
        assert word in line


@pytest.mark.parametrize("override", ["optim.lr", "=1", "optim.lr=[1", "task.name=x", "run.seed=!!python/name:os.x 1"])
def test_a_broken_override_is_quoted(faults, override):
    (line,) = faults(MINIMAL, override)
    assert override.partition("=")[0] in line


@pytest.mark.parametrize("override", ["optim.lr=.inf", "optim.lr=.nan", "run.max_minutes=.inf", "schedule.epochs=.inf"])
def test_a_number_must_be_finite(faults, override):
    assert "finite" in faults(MINIMAL, override)[0]


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "minilm-lora.yaml").write_text(MINIMAL)
    with pytest.raises(ConfigError, match=r"no such file; did you mean .*minilm-lora\.yaml"):
        load(tmp_path / "minilm-lora.yml")


# ---- what ships


def test_configs_ship():
    assert SHIPPED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_config_loads_and_says_first_what_it_trains(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith("# ") and len(lines[0]) > 30
    if "task:" in path.read_text(encoding="utf-8"):  # Accelerate's own files lie beside ours
        assert load(path).task


def test_every_setting_is_documented():
    fields = RunConfig.model_json_schema()["$defs"]
    undocumented = [f"{section}.{name}" for section, schema in fields.items()
                    for name, field in schema["properties"].items()
                    if name != "path" and not field.get("description")]  # fmt: skip
    assert undocumented == []
    assert "optim.lr" in setting_names(RunConfig)
