"""Rivals on the same rows: answers of an API, of another trainer, of rules or people, scored like any run."""
