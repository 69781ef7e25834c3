"""What the processes of the store's tests do; apart from the tests, so that a child imports no more than this."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import replace

from kit import store

ANA = store.Actor("ana", store.Role.OWNER)
NAME = "counted"
DOCUMENTS = {"id": NAME, "title": "计数", "count": 0, "filler": ["x" * 40] * 200}


def anything(documents, name):
    """The store's check where the test is not about worksheets."""
    return documents


def counted_up(state, who):
    return replace(state, documents={**state.documents, "count": state.documents["count"] + 1, "last": who})


def count_up(url, who, times, gate=None):
    """Add one `times` times, as a careful writer does: load, change, save, and start again where the save is stale."""
    db = store.open_store(anything, url)
    if gate is not None:
        gate.wait()
    refused = 0
    for _ in range(times):
        while True:
            found = store.load(db, NAME)
            try:
                store.save(db, store.Actor(who, store.Role.EDITOR), NAME, counted_up(found.state, who),
                           base=found.number)
                break
            except store.StaleSave:
                refused += 1
                time.sleep(random.random() * 0.3)  # as people do; twenty that hurry back meet again
    db.close()
    return refused


def count_for_pipe(url, who, times, gate, results):
    results.put(count_up(url, who, times, gate))


def die_inside_a_save(url):
    """Be killed after the revision is written and before it is committed."""
    db = store.open_store(anything, url)
    found = store.load(db, NAME)

    def die(connection):
        os.kill(os.getpid(), signal.SIGKILL)

    store.save(db, ANA, NAME, counted_up(found.state, "dead"), base=found.number, also=die)


def save_forever(url, started):
    db = store.open_store(anything, url)
    while True:
        found = store.load(db, NAME)
        store.save(db, ANA, NAME, counted_up(found.state, "forever"), base=found.number)
        started.set()


def open_at_once(url, gate, results):
    gate.wait()
    try:
        store.open_store(anything, url).close()
        results.put("")
    except BaseException as error:
        results.put(repr(error))
        raise
