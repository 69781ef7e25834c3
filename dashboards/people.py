"""Who is in front of the pages, and what that person may do."""

from __future__ import annotations

import getpass

from kit import store
from kit.errors import StoreError


def person() -> store.Actor:
    """Who sits at this machine; a recorded membership can lower the role."""
    try:
        return store.Actor(getpass.getuser(), store.Role.OWNER)
    except (KeyError, OSError) as error:
        raise StoreError("this machine does not tell who you are: set the variable LOGNAME to your name") from error


def may(role: store.Role) -> bool:
    """Whether this person's role reaches so far; the store has the last word on every write."""
    return person().role >= role
