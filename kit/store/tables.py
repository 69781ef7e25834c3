"""The tables as SQLAlchemy reads and writes them; the migrations make them, and a test keeps the two equal.

Times and JSON are text: the same bytes come back from SQLite and PostgreSQL, keys in their order, numbers as written.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()

schema_version = Table(
    "schema_version", metadata,
    Column("version", Integer, primary_key=True),
    Column("at", Text, nullable=False),
)

ventures = Table(
    "ventures", metadata,
    Column("id", Text, primary_key=True),
    Column("head", Integer, nullable=False),
    Column("deleted_at", Text),
    Column("deleted_by", Text),
)

revisions = Table(  # append-only
    "revisions", metadata,
    Column("venture", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("parent", Integer),
    Column("restores", Integer),
    Column("author", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sha256", Text, nullable=False),
)

comments = Table(  # append-only but for who resolved it
    "comments", metadata,
    Column("venture", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("place", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("resolved_by", Text),
    Column("resolved_at", Text),
)

decisions = Table(  # append-only: a change is a new version
    "decisions", metadata,
    Column("venture", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Text, nullable=False),
)

members = Table(
    "members", metadata,
    Column("venture", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("at", Text, nullable=False),
)
