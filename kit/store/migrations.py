"""The steps from an empty database to the newest tables, in SQL that SQLite and PostgreSQL both read.

A released step is never edited: what changes is a new step at the end. All that a store still lacks is done in one
transaction under a lock, so that of two programs starting together one migrates and the other finds it done. A list of
statements is enough for that; Alembic would add a folder of scripts, an environment file and two packages.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text

from kit.errors import StoreError
from kit.store.records import now

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ventures and their revisions", (
        "CREATE TABLE ventures (id TEXT PRIMARY KEY, head INTEGER NOT NULL)",
        "CREATE TABLE revisions (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL,"
        " parent INTEGER, restores INTEGER, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,"
        " message TEXT NOT NULL, state TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (venture, number))",
    )),
    ("comments and decisions", (
        "CREATE TABLE comments (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL,"
        " place TEXT NOT NULL, body TEXT NOT NULL, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,"
        " resolved_by TEXT, resolved_at TEXT, PRIMARY KEY (venture, number))",
        "CREATE TABLE decisions (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL,"
        " version INTEGER NOT NULL, body TEXT NOT NULL, owner TEXT NOT NULL, due TEXT, status TEXT NOT NULL,"
        " reason TEXT NOT NULL, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,"
        " PRIMARY KEY (venture, number, version))",
    )),
    ("members, the first author of a venture as its owner; ventures can be deleted and restored", (
        "CREATE TABLE members (venture TEXT NOT NULL REFERENCES ventures (id), name TEXT NOT NULL,"
        " role TEXT NOT NULL, added_by TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (venture, name))",
        "INSERT INTO members (venture, name, role, added_by, at)"
        " SELECT venture, author, 'owner', author, at FROM revisions WHERE number = 1",
        "ALTER TABLE ventures ADD COLUMN deleted_at TEXT",
        "ALTER TABLE ventures ADD COLUMN deleted_by TEXT",
    )),
)
NEWEST = len(MIGRATIONS)
_LOCK = 0x6D6F6174  # any number that nobody else in the database takes


def migrate(engine: Engine, *, to: int = NEWEST) -> None:
    """Bring the tables up to date; nothing happens where they are."""
    with engine.connect() as connection:
        found = version_of(connection)
    if found > NEWEST:
        raise StoreError(f"the store has schema {found}, this moatkit knows {NEWEST}: update moatkit to open it")
    if found >= to:
        return
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite has taken its lock with the transaction
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = version_of(connection)
        if not found:
            connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY,"
                                    " at TEXT NOT NULL)"))
        for number in range(found + 1, to + 1):
            for statement in MIGRATIONS[number - 1][1]:
                connection.execute(text(statement))
            connection.execute(text("INSERT INTO schema_version (version, at) VALUES (:version, :at)"),
                               {"version": number, "at": now()})


def version_of(connection: Connection) -> int:
    """The number of the last step done; 0 for an empty database."""
    if not inspect(connection).has_table("schema_version"):
        return 0
    return connection.execute(text("SELECT max(version) FROM schema_version")).scalar() or 0
