"""All that the ledger refuses. A caller catches `LedgerError`; each law of the books has an error of its own."""

from dataclasses import dataclass
from typing import ClassVar


class LedgerError(Exception):
    """The root of all errors a user can meet."""


class BooksBroken(LedgerError):
    """Our own mistake: the books contradict themselves. Stop and report it."""


class LawBroken(LedgerError):
    """A fact that breaks a law of the books. Nothing of it is recorded.

    `law` is the law's number and `title` its name in the specification of the books (`ledger/README.md`).
    """

    law: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.entry = ""

    def __str__(self) -> str:
        where = f"{self.entry}: " if self.entry else ""
        return f"{where}law {self.law}, {self.title}: {super().__str__()}"


class UnbalancedEntry(LawBroken):
    """Parts that do not add up to their whole."""

    law, title = 1, "entries balance"


class UnknownName(LawBroken):
    """A pool, fund, asset, tranche, loan or case that no earlier entry opened."""

    law, title = 2, "what is named exists"


class NameTaken(LawBroken):
    """A name that an earlier entry gave to something else."""

    law, title = 2, "names are given once"


class WrongState(LawBroken):
    """A loan or case that is not in the state the fact needs."""

    law, title = 2, "state"


class WrongSide(LawBroken):
    """An account that would leave its normal side: more is taken than is there."""

    law, title = 3, "no account leaves its normal side"


class SaleUnbalanced(LawBroken):
    """A collateral sale whose parts do not add up to its net proceeds, or that sells more than is held."""

    law, title = 4, "a sale adds up"


class ShortfallExceeded(LawBroken):
    """More recognized than is in default, or more borne than was recognized."""

    law, title = 5, "no more than is in default is recognized, no more than that is borne"


class RecoveryExceeded(LawBroken):
    """More given back than was borne and has not come back, or more paid to someone than is due."""

    law, title = 5, "no more is given back than was borne"


class WaterfallOrder(LawBroken):
    """A layer that bears before its turn or above its limit."""

    law, title = 6, "the waterfall's order"


class DrawUnpriced(LawBroken):
    """A fund draw that pays less than it covers, or that does not say what it pays in another asset."""

    law, title = 7, "a draw pays what it covers"


class NobodyToCredit(LawBroken):
    """A recovery for a tranche in which nobody has a share, or for a fund that cannot hold its asset."""

    law, title = 7, "a recovery reaches someone"


class CaseUnsettled(LawBroken):
    """A case closed while something is left in default or its deficit is open."""

    law, title = 8, "a case closes settled"


class ClosedPeriod(LawBroken):
    """A fact whose effective time is in a closed period, or a period that cannot be closed as asked."""

    law, title = 9, "a closed period stays closed"


class ReversalRefused(LawBroken):
    """A reversal of what cannot be reversed, or not any more, or not in this way."""

    law, title = 9, "an entry is reversed once, and while nothing depends on it"


class AssertionFailed(LawBroken):
    """An asserted balance that is not the account's."""

    law, title = 10, "an asserted balance is true"


class IdConflict(LedgerError):
    """An id that was given to a fact with other content."""


class FactRefused(LedgerError):
    """What a source tells, and what cannot follow what the book holds of that source already."""


class CommandRefused(LedgerError):
    """A command whose facts cannot be worked out beside these books. Nothing of it is recorded."""


class AskedAmiss(LedgerError):
    """A question that names what the book does not have: a what-if under such terms, a number that is not there."""


class ExportRefused(LedgerError):
    """What another program could not read, or not exactly. Nothing is written in its place."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """One flaw of one line of input: what is wrong, where, and with which value.

    `within` is what a line says of its own place, such as a block and the index of a log.
    """

    line: int
    field: str
    message: str
    value: str
    within: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}, {self.within}" if self.within else f"line {self.line}"
        return f"{place}: {self.told()}"

    def told(self) -> str:
        """The flaw without its place, for what stands on no line."""
        field = f"{self.field}: " if self.field else ""
        value = f", not {self.value}" if self.value else ""
        return f"{field}{self.message}{value}"


class InputRefused(LedgerError):
    """A file, or one command's facts, refused: every malformed line, the first breach of law, or both.

    `recorded` counts the entries that earlier chunks of the same file had already committed.
    """

    def __init__(self, source: str, problems: tuple[str, ...], recorded: int = 0) -> None:
        kept = (f"{recorded} facts of the chunks before are recorded",) if recorded else ()
        super().__init__("\n".join(f"{source}: {line}" for line in (*problems, *kept)))
        self.source = source
        self.problems = problems
        self.recorded = recorded


class BookMissing(LedgerError):
    """No book is at this place."""


class NotABook(LedgerError):
    """The file is not a Recoup book, or its journal is damaged."""


class NewerJournal(LedgerError):
    """The book was written by a newer Recoup, in a form this one does not know."""


class JournalDamaged(LedgerError):
    """The stored entries contradict the rules they were written by."""


class JournalLocked(LedgerError):
    """Another writer holds the book for longer than we wait."""


class JournalReadOnly(LedgerError):
    """The book cannot be written: its file or folder is read-only."""


class StorageFailed(LedgerError):
    """The disk is full or failing; what was being written was not recorded."""
