"""A store of every older schema opens with all that it held; the SQL here is what those versions wrote."""

import pytest
from sqlalchemy import create_engine, inspect, text

from kit import store
from kit.errors import StoreError
from kit.store import tables
from kit.store.migrations import MIGRATIONS, NEWEST, migrate

STATE = '{"documents":{"id":"old","title":"旧","price":0.10},"scenarios":{"low":{"overrides":{"price":0.05}}},' \
        '"runs":{"live":null,"candidate":null,"rivals":[]}}'

SCHEMA_1 = (
    "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, at TEXT NOT NULL)",
    "CREATE TABLE ventures (id TEXT PRIMARY KEY, head INTEGER NOT NULL)",
    "CREATE TABLE revisions (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL, parent INTEGER,"
    " restores INTEGER, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL, message TEXT NOT NULL,"
    " state TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (venture, number))",
    "INSERT INTO schema_version VALUES (1, '2026-11-01T00:00:00+00:00')",
    "INSERT INTO ventures VALUES ('old', 2)",
    "INSERT INTO revisions VALUES ('old', 1, NULL, NULL, 'ana', 'owner', '2026-11-01T09:00:00+00:00', 'created',"
    f" '{STATE}', 'SHA')",
    "INSERT INTO revisions VALUES ('old', 2, 1, NULL, 'bo', 'editor', '2026-11-02T09:00:00+00:00', 'dearer',"
    f" '{STATE}', 'SHA')",
)
SCHEMA_2 = (
    *SCHEMA_1,
    "CREATE TABLE comments (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL,"
    " place TEXT NOT NULL, body TEXT NOT NULL, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,"
    " resolved_by TEXT, resolved_at TEXT, PRIMARY KEY (venture, number))",
    "CREATE TABLE decisions (venture TEXT NOT NULL REFERENCES ventures (id), number INTEGER NOT NULL,"
    " version INTEGER NOT NULL, body TEXT NOT NULL, owner TEXT NOT NULL, due TEXT, status TEXT NOT NULL,"
    " reason TEXT NOT NULL, author TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,"
    " PRIMARY KEY (venture, number, version))",
    "INSERT INTO schema_version VALUES (2, '2026-11-02T00:00:00+00:00')",
    "INSERT INTO comments VALUES ('old', 1, 'price', 'says who?', 'bo', 'editor', '2026-11-03T09:00:00+00:00',"
    " NULL, NULL)",
    "INSERT INTO decisions VALUES ('old', 1, 1, 'raise it', 'bo', '2026-12-24', 'open', '', 'ana', 'owner',"
    " '2026-11-03T10:00:00+00:00')",
)
OLD = {1: SCHEMA_1, 2: SCHEMA_2}


def build(url, statements):
    import hashlib

    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("SHA", hashlib.sha256(STATE.encode()).hexdigest()))
    engine.dispose()


def anything(documents, name):
    return documents


@pytest.mark.parametrize("schema", OLD)
def test_an_old_store_opens_with_all_it_held(url, schema):
    build(url, OLD[schema])
    db = store.open_store(anything, url)
    found = store.load(db, "old", "low")
    assert found.documents == {"id": "old", "title": "旧", "price": 0.05} and found.number == 2
    assert [(one.author, one.message) for one in store.history(db, "old")] == [("bo", "dearer"), ("ana", "created")]
    assert [(one.name, one.role) for one in store.members(db, "old")] == [("ana", "owner")]
    assert [one.text for one in store.comments(db, "old")] == (["says who?"] if schema > 1 else [])
    assert [(one.text, one.due) for one in store.decisions(db, "old")] == (
        [("raise it", "2026-12-24")] if schema > 1 else [])
    ana = store.Actor("ana", store.Role.OWNER)
    store.comment(db, ana, "old", "still here")
    assert store.save(db, ana, "old", store.State({"id": "old", "price": 1}), base=2).number == 3
    store.delete(db, ana, "old")
    db.close()


def test_every_schema_but_the_newest_has_its_old_store_here():
    assert set(OLD) == set(range(1, NEWEST)) and len(MIGRATIONS) == NEWEST


def test_the_tables_are_what_the_migrations_make(url):
    store.open_store(anything, url).close()
    engine = create_engine(url)
    found = inspect(engine)
    assert set(found.get_table_names()) == set(tables.metadata.tables)
    for name, table in tables.metadata.tables.items():
        columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        keys = set(found.get_pk_constraint(name)["constrained_columns"])
        assert set(columns) == {column.name for column in table.columns}
        assert keys == {column.name for column in table.primary_key}
        for column in table.columns:
            if column.name not in keys:
                assert columns[column.name] == column.nullable, f"{name}.{column.name}"
    engine.dispose()


def test_a_migration_that_fails_leaves_the_old_store(url, monkeypatch):
    build(url, SCHEMA_1)
    broken = (*MIGRATIONS[:2], ("broken", ("CREATE TABLE half (a INTEGER)", "INSERT INTO nowhere VALUES (1)")))
    monkeypatch.setattr("kit.store.migrations.MIGRATIONS", broken)
    with pytest.raises(StoreError):
        store.open_store(anything, url)
    engine = create_engine(url)
    assert set(inspect(engine).get_table_names()) == {"schema_version", "ventures", "revisions"}
    engine.dispose()
    monkeypatch.undo()
    db = store.open_store(anything, url)
    assert store.load(db, "old").number == 2
    db.close()


def test_a_store_of_a_newer_moatkit_is_refused(url):
    db = store.open_store(anything, url)
    with db.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO schema_version VALUES ({NEWEST + 1}, '2027-01-01')"))
    db.close()
    with pytest.raises(StoreError, match=f"schema {NEWEST + 1}, this moatkit knows {NEWEST}: update moatkit"):
        store.open_store(anything, url)


def test_migrate_goes_as_far_as_it_is_asked(url):
    engine = create_engine(url)
    migrate(engine, to=1)
    assert set(inspect(engine).get_table_names()) == {"schema_version", "ventures", "revisions"}
    engine.dispose()
