"""How fast the store reads and writes when a venture has a thousand revisions."""

import statistics
import time
from dataclasses import replace

import pytest

from kit import playbooks, store
from kit.store.places import with_value
from kit.store.yaml_text import read_yaml
from kit.ventures import check

pytestmark = pytest.mark.slow


def test_a_venture_of_a_thousand_revisions_loads_in_a_few_milliseconds(tmp_path):
    ana, name = store.Actor("ana", store.Role.OWNER), "support-routing"
    db = store.open_store(check, f"sqlite:///{tmp_path / 'store.db'}")
    documents, _ = read_yaml(playbooks.path_of(name))
    store.create(db, ana, documents)
    state, start = store.with_overrides(store.load(db, name).state, "low", {"pricing.price.value": 0.2}), time.time()
    for number in range(1, 1000):
        state = replace(state, documents=with_value(state.documents, "customers.accounts.value", number))
        store.save(db, ana, name, state, base=number)
    save_ms = (time.time() - start) / 999 * 1e3
    found = {what: ms_of(call) for what, call in {
        "load": lambda: store.load(db, name), "load a scenario": lambda: store.load(db, name, "low"),
        "list_ventures": lambda: store.list_ventures(db), "history": lambda: store.history(db, name),
        "history of 20": lambda: store.history(db, name, limit=20), "diff": lambda: store.diff(db, name, 1),
        "blame": lambda: store.blame(db, name, "customers.accounts.value"),
    }.items()}  # fmt: skip
    size_mb = (tmp_path / "store.db").stat().st_size / 1e6
    print(f"\n1,000 revisions, {size_mb:.0f} MB; save {save_ms:.1f} ms; "
          + ", ".join(f"{what} {ms:.1f} ms" for what, ms in found.items()))
    assert found["load a scenario"] < 20
    db.close()


def ms_of(call):
    times = []
    for _ in range(7):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)
