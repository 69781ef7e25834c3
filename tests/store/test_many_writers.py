"""Many processes on one store: no lost update, nothing half written, one migration."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from store_writers import (
    ANA,
    DOCUMENTS,
    NAME,
    anything,
    count_for_pipe,
    count_up,
    die_inside_a_save,
    open_at_once,
    save_forever,
)

from kit import store
from kit.errors import StoreError
from kit.store.migrations import NEWEST

WRITERS, SAVES = 20, 3


@pytest.fixture
def counted(url):
    opened = store.open_store(anything, url)
    store.create(opened, ANA, DOCUMENTS)
    yield opened
    opened.close()


def test_twenty_writers_lose_no_update(url, counted, processes):
    gate, results = processes.Barrier(WRITERS), processes.Queue()
    writers = [processes.Process(target=count_for_pipe, args=(url, f"writer{i}", SAVES, gate, results))
               for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    refused = sum(results.get(timeout=100) for _ in writers)
    for writer in writers:
        writer.join(timeout=20)
    revisions = store.history(counted, NAME)[::-1]
    assert store.load(counted, NAME).documents["count"] == WRITERS * SAVES and refused > 0
    assert [one.number for one in revisions] == list(range(1, WRITERS * SAVES + 2))
    assert [one.parent for one in revisions[1:]] == list(range(1, WRITERS * SAVES + 1))
    for one in revisions[1:]:  # each revision is whole, and is its parent and one more, by who wrote it
        documents = store.load(counted, NAME, number=one.number).documents
        assert (documents["count"], documents["last"]) == (one.number - 1, one.author)
    by_writer = [sum(one.author == f"writer{i}" for one in revisions) for i in range(WRITERS)]
    assert by_writer == [SAVES] * WRITERS


def test_a_writer_killed_inside_a_save_leaves_nothing_of_it(url, counted, processes):
    writer = processes.Process(target=die_inside_a_save, args=(url,))
    writer.start()
    writer.join(timeout=30)
    assert writer.exitcode == -signal.SIGKILL
    assert [one.number for one in store.history(counted, NAME)] == [1]
    assert store.load(counted, NAME).documents == DOCUMENTS
    assert count_up(url, "next", 2) == 0  # and nobody waits for the dead
    assert store.load(counted, NAME).documents["count"] == 2


def test_writers_killed_at_any_moment_leave_whole_revisions(url, counted, processes):
    for wait_s in (0.01, 0.03, 0.05):
        started = processes.Event()
        writer = processes.Process(target=save_forever, args=(url, started))
        writer.start()
        assert started.wait(timeout=30)
        time.sleep(wait_s)
        writer.kill()
        writer.join(timeout=30)
    numbers = [one.number for one in store.history(counted, NAME)]
    assert numbers == list(range(len(numbers), 0, -1)) and len(numbers) > 1
    for number in numbers:
        assert store.load(counted, NAME, number=number).documents["count"] == number - 1
    if url.startswith("sqlite"):
        with counted.engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_programs_that_start_together_migrate_once(url, processes):
    gate, results = processes.Barrier(6), processes.Queue()
    starters = [processes.Process(target=open_at_once, args=(url, gate, results)) for _ in range(6)]
    for starter in starters:
        starter.start()
    assert [results.get(timeout=60) for _ in starters] == [""] * 6
    for starter in starters:
        starter.join(timeout=20)
    engine = create_engine(url)
    with engine.connect() as connection:
        done = connection.execute(text("SELECT version FROM schema_version ORDER BY version")).scalars().all()
    engine.dispose()
    assert done == list(range(1, NEWEST + 1))


def test_readers_do_not_wait_for_a_writer(url, counted):
    other = store.open_store(anything, url)
    seen = []

    def read_meanwhile(_):
        seen.append(store.load(other, NAME).number)

    store.save(counted, ANA, NAME, store.State({**DOCUMENTS, "count": 1}), base=1, also=read_meanwhile)
    assert seen == [1] and store.load(other, NAME).number == 2
    other.close()


def test_a_store_that_somebody_keeps_locked_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("kit.store.database.BUSY_S", 0.05)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    opened, other = store.open_store(anything, url), store.open_store(anything, url)
    store.create(opened, ANA, DOCUMENTS)
    with pytest.raises(StoreError, match="another program has been writing"):
        store.save(opened, ANA, NAME, store.State({**DOCUMENTS, "count": 1}), base=1,
                   also=lambda _: store.comment(other, ANA, NAME, "meanwhile"))
    assert store.load(opened, NAME).number == 1 and store.comments(opened, NAME) == []


def test_threads_share_one_open_store(url, counted):
    with ThreadPoolExecutor(8) as pool:  # as the sessions of a dashboard do
        heads = list(pool.map(lambda _: store.load(counted, NAME).number, range(40)))
        list(pool.map(lambda i: store.comment(counted, ANA, NAME, f"comment {i}"), range(16)))
    assert set(heads) == {1}
    assert [one.number for one in store.comments(counted, NAME)] == list(range(1, 17))
