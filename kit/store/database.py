"""Opening the database: a SQLite file by default, PostgreSQL by `MOATKIT_DATABASE_URL`.

`MOATKIT_STORE` names the SQLite file (default `moatkit.db` in the working directory); the URL wins where both are set.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from kit.errors import StoreError
from kit.store.migrations import migrate
from kit.store.records import Content

URL_VARIABLE, FILE_VARIABLE, DEFAULT_FILE = "MOATKIT_DATABASE_URL", "MOATKIT_STORE", "moatkit.db"
BUSY_S = 30  # a writer waits so long for the others

Check = Callable[[Content, str], object]
"""Refuses documents that are no venture, with a KitError; the text says which documents they are."""


@dataclass(frozen=True)
class Store:
    """An open store: where it lies, and what a venture must satisfy to be written."""

    engine: Engine
    check: Check

    @property
    def name(self) -> str:
        """The address without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        self.engine.dispose()


def address() -> URL:
    """Where the store lies by the environment."""
    given = os.environ.get(URL_VARIABLE, "").strip()
    if not given:
        return URL.create("sqlite", database=os.environ.get(FILE_VARIABLE, "").strip() or DEFAULT_FILE)
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise StoreError(f"{URL_VARIABLE} is no database address: write postgresql://USER:PASSWORD@HOST/DATABASE "
                         "or sqlite:///FILE") from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreError(f"{URL_VARIABLE} asks for {url.drivername!r}: the store runs on postgresql or sqlite")
    return url


def exists(url: URL | None = None) -> bool:
    """Whether there is a store already; a server is taken to have one."""
    url = url or address()
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def open_store(check: Check, url: URL | str | None = None, *, create: bool = True) -> Store:
    """Open the store and bring its tables up to date. Without `create`, a SQLite file that is not there is refused."""
    url = address() if url is None else make_url(url)
    if not create and not exists(url):
        raise StoreError(f"there is no store at {url.database}: begin one by `moatkit venture new NAME`, or name "
                         f"yours by {FILE_VARIABLE} or {URL_VARIABLE}")
    try:
        engine = _engine(url)
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError("PostgreSQL needs the driver psycopg: pip install 'moatkit[team]'") from error
    try:
        migrate(engine)
    except (DBAPIError, sqlite3.Error) as error:
        raise _unusable(engine.url, error) from error
    return Store(engine, check)


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A connection that sees one moment of the store."""
    with _named_errors(store), store.engine.connect() as connection:
        yield connection


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """A transaction that is written whole or not at all."""
    with _named_errors(store), store.engine.connect().execution_options(write=True) as connection, connection.begin():
        yield connection


@contextmanager
def _named_errors(store: Store) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _unusable(store.engine.url, error) from error
    except OverflowError as error:
        raise StoreError("a number is larger than the store can hold: look at what was typed") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    folder = Path(url.database or "").parent
    if not folder.is_dir():
        raise StoreError(f"{url.database}: the folder {folder} does not exist; make it, or name another file by "
                         f"{FILE_VARIABLE}")
    engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves; the driver would begin them too late
    connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")  # kept in the file: readers never wait for a writer


def _begin(connection: Connection) -> None:
    # a reader that turns writer late is refused at once, busy timeout or not; so a writer says so when it begins
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _unusable(url: URL, error: Exception) -> StoreError:
    found = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    text, place = (found[0] if found else type(error).__name__), url.render_as_string(hide_password=True)
    for sign, advice in (
        ("file is not a database", f"it is not a SQLite file; name another by {FILE_VARIABLE}"),
        ("malformed", "the file is damaged; restore a copy of it, or import the exported ventures into a new one"),
        ("locked", f"another program has been writing for {BUSY_S} s; try again, or end it"),
        ("readonly", "the file or its folder may not be written; change its permissions"),
        ("unable to open", "the file cannot be opened; look at its name and permissions"),
        ("connection", f"look at {URL_VARIABLE}, and whether the server runs"),
    ):
        if sign in text:
            return StoreError(f"store {place}: {text}; {advice}")
    return StoreError(f"store {place}: {text}")
