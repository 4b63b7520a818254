"""The exit codes, and which error has which."""

from enum import IntEnum

from ledger.errors import (
    AskedAmiss,
    BookMissing,
    CommandRefused,
    ExportRefused,
    FactRefused,
    IdConflict,
    InputRefused,
    JournalDamaged,
    JournalLocked,
    JournalReadOnly,
    LawBroken,
    LedgerError,
    NewerJournal,
    NotABook,
    StorageFailed,
)


class Exit(IntEnum):
    """How a command ended."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    REFUSED = 3
    INTEGRITY = 4
    CONFLICT = 5
    UNCHECKED = 7
    INTERNAL = 70
    INTERRUPTED = 130


def exit_of(error: LedgerError) -> Exit:
    """The exit code of an error that the ledger raised."""
    match error:
        case BookMissing() | AskedAmiss():
            return Exit.USAGE
        case InputRefused() | LawBroken() | IdConflict() | FactRefused() | CommandRefused() | ExportRefused():
            return Exit.REFUSED
        case NotABook() | NewerJournal() | JournalDamaged():
            return Exit.INTEGRITY
        case JournalLocked() | JournalReadOnly() | StorageFailed():
            return Exit.CONFLICT
        case _:
            return Exit.INTERNAL
