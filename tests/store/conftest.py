"""A store on SQLite and one on a PostgreSQL server of our own, started once for the tests that want it."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from multiprocessing.forkserver import ensure_running
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from kit import playbooks, store
from kit.store.yaml_text import read_yaml
from kit.ventures import check

SHOP = "support-routing"


def postgres_folder() -> Path | None:
    """Where initdb and pg_ctl lie."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)), None)


@pytest.fixture(scope="session")
def postgres():
    """The address of a private server without a port, in a folder of its own."""
    programs = postgres_folder()
    if programs is None:
        pytest.skip("pg_ctl (PostgreSQL) is not installed")
    # the server refuses to run as root; the folder of pytest is closed to others, so it gets one beside
    somebody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    as_user = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []} if somebody else {}
    root = Path(tempfile.mkdtemp(prefix="moatkit-pg-"))
    if somebody:
        os.chown(root, somebody.pw_uid, somebody.pw_gid)

    def run(program, *words):
        log = (root.parent / f"{root.name}.log")
        with log.open("ab") as out:
            done = subprocess.run([programs / program, *words], cwd=root, stdout=out, stderr=out, timeout=60, **as_user)
        assert done.returncode == 0, log.read_text(errors="replace")

    run("initdb", "-D", root / "data", "-U", "moatkit", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    run("pg_ctl", "-D", root / "data", "-w", "-l", root / "server.log", "-o",
        f"-F -k {root} -c listen_addresses='' -c max_connections=60", "start")
    try:
        yield f"postgresql+psycopg://moatkit@/postgres?host={root}"
    finally:
        run("pg_ctl", "-D", root / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(root)
        (root.parent / f"{root.name}.log").unlink()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    address, name = request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))  # a database of its own would be 300 files
    engine.dispose()
    return f"{address}&options=-csearch_path%3D{name}"


@pytest.fixture(scope="session")
def documents():
    """A worked venture as its file holds it."""
    return read_yaml(playbooks.path_of(SHOP))[0]


@pytest.fixture
def ana():
    return store.Actor("ana", store.Role.OWNER)


@pytest.fixture
def db(url, documents, ana):
    """An open store that holds the worked venture."""
    opened = store.open_store(check, url)
    store.create(opened, ana, documents)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def processes():
    """Children that fork from a server which has loaded the store once; alone, each would take its second for that."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["store_writers", "sqlalchemy.dialects.postgresql.psycopg", "psycopg"])
    with pytest.MonkeyPatch.context() as patch:  # the server looks for its preload in the environment's path alone
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        ensure_running()
    return context
