"""What can go wrong because of the user's input or machine, as one small tree.

    KitError            base: printed as one message, never with a traceback
      ConfigError       the configuration (exit code 2)
      DataError         the rows, their files or columns (exit code 2)
      PriceError        a price, a currency or an exchange rate (exit code 2)
      CheckError        checks before the first step that stop a run (exit code 2)
      VentureError      a worksheet's inputs: field, value and fix (exit code 2)
      StoreError        what a store of ventures holds, or was asked for (exit code 2)
      RunError          a run that could not start or go on (exit code 1 unless it says 2)

A message says what is wrong, where, and what to do. Bad arguments inside the library raise ValueError;
`assert` is for invariants only.
"""

from __future__ import annotations

__all__ = [
    "CheckError", "ConfigError", "DataError", "KitError", "PriceError", "RunError", "StoreError", "VentureError",
]  # fmt: skip


class KitError(Exception):
    """Base of every error that a user can mend; `exit_code` is what the command line answers with."""

    exit_code = 1


class ConfigError(KitError):
    """One or several faults of a configuration; `problems` holds one line each."""

    exit_code = 2

    def __init__(self, problems: str | list[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class DataError(KitError):
    """Rows, files or columns that cannot be used as they are."""

    exit_code = 2


class PriceError(KitError):
    """A price, currency or exchange rate that cannot be used as it is."""

    exit_code = 2


class CheckError(KitError):
    """Checks before the first step found what would make the run worthless or unlawful, and nobody accepted it."""

    exit_code = 2


class VentureError(KitError):
    """An input of a worksheet that cannot be used as it is: the field, the value and the fix."""

    exit_code = 2


class StoreError(KitError):
    """A store that cannot be opened, something it does not hold, or a write that it refuses."""

    exit_code = 2


class RunError(KitError):
    """A run that could not start or go on; `exit_code` 2 where the input, not the run, was at fault."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        self.exit_code = exit_code
        super().__init__(message)
