"""The store of ventures: append-only revisions under an optimistic lock, scenarios, comments, decisions, run links.

A SQLite file by default, PostgreSQL by `MOATKIT_DATABASE_URL`. It knows no worksheet: what a venture must satisfy is
the function given to `open_store` (`kit.ventures` gives the one of the worksheets).
"""

from kit.store.database import Store, exists, open_store
from kit.store.links import folders, link_to, looked_at, with_link, without_link
from kit.store.members import is_target, members, set_member
from kit.store.notes import change_decision, comment, comments, decide, decisions, resolve, versions_of
from kit.store.places import ABSENT, Difference, differences
from kit.store.portable import Portable, export_text, import_venture, is_export, read_file, read_text
from kit.store.records import (
    Actor,
    Comment,
    Decision,
    Link,
    Listed,
    Loaded,
    Member,
    Revision,
    Role,
    RunLinks,
    Scenario,
    State,
)
from kit.store.revisions import (
    StaleSave,
    blame,
    create,
    delete,
    diff,
    history,
    list_ventures,
    load,
    restore,
    save,
    undo,
    update_state,
)
from kit.store.scenarios import documents_under, reset, with_overrides, without

__all__ = [
    "ABSENT", "Actor", "Comment", "Decision", "Difference", "Link", "Listed", "Loaded", "Member", "Portable",
    "Revision", "Role", "RunLinks", "Scenario", "StaleSave", "State", "Store", "blame", "change_decision",
    "comment", "comments", "create", "decide", "decisions", "delete", "diff", "differences",
    "documents_under", "exists", "export_text", "folders", "history", "import_venture", "is_export",
    "is_target", "link_to", "list_ventures", "load", "looked_at", "members", "open_store", "read_file",
    "read_text", "reset", "resolve", "restore", "save", "set_member", "undo", "update_state", "versions_of",
    "with_link", "with_overrides", "without", "without_link",
]  # fmt: skip
