"""A checkpoint is complete or absent, whatever happens while it is written or after."""

import hashlib
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
import torch

from kit import checkpoint, pipeline
from kit.checkpoint import Damaged
from kit.errors import RunError

FILES = ("trainable.safetensors", "optimizer.safetensors", "state.json", "manifest.json")


def state_of(step, **more):
    return {"step": step, "rng": [{"torch": "AAAA"}], "best": {"value": 0.5, "step": step}, "since_best": 0,
            "segments": [], "done": None} | more  # fmt: skip


def write(folder, step, fill=None):
    value = float(step if fill is None else fill)
    return checkpoint.write(
        folder, trainable={"w": torch.full((3, 4), value)}, optimizer={"w/exp_avg": torch.full((3, 4), -value)},
        state=state_of(step, fill=value),
    )  # fmt: skip


# ---- death while writing

DURABLE = (
    (os, "fsync"), (os, "open"), (os, "rename"), (os, "replace"), (os, "mkdir"), (os, "rmdir"), (os, "unlink"),
    (Path, "open"), (Path, "rename"), (Path, "mkdir"), (shutil, "rmtree"),
)  # fmt: skip


def die_at(call):
    """Make the `call`-th durable operation of this process its end, before it is carried out."""
    count = 0

    def counting(real):
        def operation(*args, **kwargs):
            nonlocal count
            count += 1
            if count == call:
                os._exit(9)
            return real(*args, **kwargs)

        return operation

    for owner, name in DURABLE:
        setattr(owner, name, counting(getattr(owner, name)))


def write_until_death(call, folder, step, fill):
    """Write in a fork that dies at its `call`-th durable operation; True where the write was completed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            die_at(call)
            write(folder, step, fill)
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), "the write itself failed"
    return code == 0


@pytest.mark.parametrize("step", [2, 1], ids=["a new step", "a step that is replaced"])
def test_death_at_any_operation_leaves_the_old_or_the_new_checkpoint(step, tmp_path):
    calls, outcomes = 0, []
    is_complete = False
    while not is_complete:
        calls += 1
        assert calls < 100
        folder = tmp_path / f"death-{calls}"
        write(folder, 0)
        write(folder, 1)
        is_complete = write_until_death(calls, folder, step, fill=7.0)
        found, messages = checkpoint.newest(folder)
        assert found is not None and messages == [], f"operation {calls}"
        is_new = bool((found.trainable["w"] == 7.0).all())
        if is_new:
            assert found.step == step and (found.optimizer["w/exp_avg"] == -7.0).all() and found.state["fill"] == 7.0
        else:
            assert found.step == 1, f"after death at operation {calls} the newest whole checkpoint is {found.step}"
            assert (found.trainable["w"] == 1.0).all() and found.state["fill"] == 1.0
        outcomes.append(is_new)
        write(folder, step, fill=8.0)
        after, _ = checkpoint.newest(folder)
        assert after.state["fill"] == 8.0 and not list(folder.glob(".*"))
    assert calls > 8 and outcomes == sorted(outcomes) and not outcomes[0] and outcomes[-1]


def test_a_file_cut_short_while_it_is_written_is_never_read(tmp_path):
    folder = tmp_path / "checkpoints"
    write(folder, 1)
    whole = write(folder, 2)
    aside = folder / f"{checkpoint.ASIDE}step-2"
    whole.rename(aside)
    assert checkpoint.newest(folder)[0].step == 1
    shutil.copytree(aside, folder / "step-3-copy")
    assert checkpoint.newest(folder)[0].step == 1


# ---- damage afterwards


def rewritten_state(path, change):
    """Change state.json and make the manifest agree with it: only its content is wrong."""
    state = json.loads((path / "state.json").read_text())
    change(state)
    data = json.dumps(state).encode()
    (path / "state.json").write_bytes(data)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["files"]["state.json"] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (path / "manifest.json").write_text(json.dumps(manifest))


def changed_manifest(path, **changes):
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | changes))


def truncate(name, keep):
    def damage(path):
        data = (path / name).read_bytes()
        (path / name).write_bytes(data[: int(len(data) * keep)])

    return damage


def flip(name):
    def damage(path):
        data = bytearray((path / name).read_bytes())
        data[len(data) // 2] ^= 0x10
        (path / name).write_bytes(data)

    return damage


def listed_garbage(name):
    """Garbage whose checksum the manifest confirms."""

    def damage(path):
        data = b"\x80\x04garbage" * 20
        (path / name).write_bytes(data)
        manifest = json.loads((path / "manifest.json").read_text())
        manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        (path / "manifest.json").write_text(json.dumps(manifest))

    return damage


def swap(path):
    first, second = path / FILES[0], path / FILES[1]
    first.rename(path / "x")
    second.rename(first)
    (path / "x").rename(second)


def empty(path):
    shutil.rmtree(path)
    path.mkdir()


def dangling(path):
    shutil.rmtree(path)
    path.symlink_to(path.parent / "nowhere")


def dangling_file(path):
    (path / "state.json").unlink()
    (path / "state.json").symlink_to(path / "nowhere")


def folder_for_file(path):
    (path / FILES[0]).unlink()
    (path / FILES[0]).mkdir()


DAMAGE = {
    **{f"truncated {name}": truncate(name, 0.6) for name in FILES},
    **{f"emptied {name}": truncate(name, 0) for name in FILES},
    **{f"a bit flipped in {name}": flip(name) for name in FILES[:3]},
    **{f"{name} missing": lambda path, name=name: (path / name).unlink() for name in FILES},
    **{f"state without {key}": lambda path, key=key: rewritten_state(path, lambda s: s.pop(key))
       for key in sorted(checkpoint.STATE_KEYS)},
    "state of another step": lambda path: rewritten_state(path, lambda s: s.update(step=1)),
    "step that is no number": lambda path: rewritten_state(path, lambda s: s.update(step=None)),
    "garbage that the manifest lists": listed_garbage("trainable.safetensors"),
    "garbage state that the manifest lists": listed_garbage("state.json"),
    "state that is a list": lambda path: (path / "manifest.json").write_text("[]"),
    "manifest of null": lambda path: (path / "manifest.json").write_text("null"),
    "manifest of binary garbage": lambda path: (path / "manifest.json").write_bytes(bytes(range(256))),
    "manifest without files": lambda path: changed_manifest(path, files={}),
    "manifest with files as text": lambda path: changed_manifest(path, files="all"),
    "manifest with entries as numbers": lambda path: changed_manifest(path, files=dict.fromkeys(FILES[:3], 3)),
    "unknown schema": lambda path: changed_manifest(path, schema=99),
    "swapped files": swap,
    "empty folder": empty,
    "link to nowhere": dangling,
    "file that links to nowhere": dangling_file,
    "folder in place of a file": folder_for_file,
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_checkpoint_is_passed_over_by_name(name, tmp_path):
    write(tmp_path, 1)
    DAMAGE[name](write(tmp_path, 2))
    found, messages = checkpoint.newest(tmp_path)
    assert found.step == 1 and (found.trainable["w"] == 1.0).all()
    assert len(messages) == 1 and "step-2 is damaged" in messages[0], messages
    with pytest.raises(Damaged):
        checkpoint.read(tmp_path / "step-2")


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_checkpoint_can_be_written_again_and_pruned(name, tmp_path):
    write(tmp_path, 1)
    DAMAGE[name](write(tmp_path, 2))
    write(tmp_path, 2, fill=5.0)
    assert checkpoint.newest(tmp_path)[0].state["fill"] == 5.0
    DAMAGE[name](tmp_path / "step-2")
    write(tmp_path, 3)
    checkpoint.prune(tmp_path, keep_last=1, best_step=None)
    assert checkpoint.newest(tmp_path)[0].step == 3 and not (tmp_path / "step-1").exists()


def test_where_all_are_damaged_there_is_none_and_each_is_named(tmp_path):
    for step in (1, 2, 3):
        flip("state.json")(write(tmp_path, step))
    found, messages = checkpoint.newest(tmp_path)
    assert found is None
    assert [f"step-{step}" in message for step, message in zip((3, 2, 1), messages)] == [True] * 3
    assert checkpoint.newest(tmp_path / "nothing") == (None, [])


def test_steps_are_ordered_as_numbers(tmp_path):
    for step in (9, 10, 100, 99):
        write(tmp_path, step)
    assert checkpoint.newest(tmp_path)[0].step == 100
    checkpoint.prune(tmp_path, keep_last=2, best_step=9)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-100", "step-9", "step-99"]


# ---- pickles


class Payload:
    """Unpickling this creates a file."""

    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return Path.touch, (Path(self.target),)


def plant(folder, target):
    for name in ("trainable.bin", "optimizer.pt", "pytorch_model.bin", "training_args.bin", "adapter_model.bin",
                 "random_states_0.pkl", "scheduler.bin", "trainable.safetensors.pkl"):  # fmt: skip
        (folder / name).write_bytes(pickle.dumps(Payload(target)))


def test_the_planted_payload_is_armed(tmp_path):
    plant(tmp_path, tmp_path / "hit")
    with (tmp_path / "optimizer.pt").open("rb") as file:
        pickle.load(file)
    assert (tmp_path / "hit").exists()


def test_a_pickle_in_the_checkpoint_or_model_folder_is_never_loaded(tiny_config, tiny_model_dir, tmp_path):
    hit, model = tmp_path / "hit", tmp_path / "model"
    shutil.copytree(tiny_model_dir, model)
    plant(model, hit)
    settings = {"model.path": str(model), "run.save_steps": 1, "schedule.max_steps": 3}
    pipeline.train(tiny_config(**settings))
    folder = tmp_path / "run"
    (folder / "summary.json").unlink()
    for path in (folder, folder / "adapter", folder / "checkpoints", *(folder / "checkpoints").glob("step-*")):
        plant(path, hit)
    assert pipeline.train(tiny_config(**settings), resume=True).status == "done"
    from kit.reload import reopen

    reopen(folder).answer([{"id": "1", "text": "my parcel is late"}])
    assert not hit.exists()


def test_a_checkpoint_of_pickles_alone_is_damaged(tmp_path):
    write(tmp_path, 1)
    path = write(tmp_path, 2)
    for name in FILES[:2]:
        (path / name).unlink()
    plant(path, tmp_path / "hit")
    assert checkpoint.newest(tmp_path)[0].step == 1
    assert not (tmp_path / "hit").exists()


def test_a_model_folder_with_pickled_weights_alone_is_refused(tiny_config, tiny_model_dir, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model_dir, model)
    (model / "model.safetensors").unlink()
    plant(model, tmp_path / "hit")
    refusal = r"holds no \*\.safetensors weights; it holds .*which is never loaded"
    with pytest.raises(RunError, match=refusal) as refused:
        pipeline.train(tiny_config(**{"model.path": str(model)}))
    assert refused.value.exit_code == 2
    assert not (tmp_path / "hit").exists() and not (tmp_path / "run").exists()
