"""What is added to the working papers, in the transaction of who adds it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from ledger.errors import AskedAmiss, BooksBroken, CommandRefused, JournalLocked
from projections.reconciliation.breaks import Match
from projections.reconciliation.document import document_of
from projections.reconciliation.movements.matches import matches_document
from projections.reconciliation.paper import Confirmed, Paper
from projections.reconciliation.standing import moment_key
from projections.reconciliation.workpapers.checks import period_of, require_addable
from projections.reconciliation.workpapers.continuity import span_of
from projections.reconciliation.workpapers.rows import Said, compressed, confirmation_row, statement_row
from projections.reconciliation.workpapers.tables import CONFIRMATIONS, PAPERS, STATEMENTS


class Writing:
    """A transaction on the working papers: what is added in it is committed together, or not at all."""

    def __init__(self, connection: Connection, *, at: str, by: str) -> None:
        self._connection = connection
        self._at = at
        self._by = by

    def add(self, said: Sequence[Said], subject: str) -> int:
        """Add what the other side says of the next period of a subject. Gives the number of the period.

        Raises `InputRefused`, with every reason, where a file is known already, an account of it under another subject
        too, or where it does not continue what it said before, in time or in amount: then with both numbers.
        """
        require_addable(self._connection, said, subject)
        period = period_of(self._connection, subject) + 1
        for one in sorted(said, key=lambda one: span_of(one).order()):
            row = {"period": period, "subject": subject, **statement_row(one)}
            self._insert(STATEMENTS, {**row, "added_at": self._at, "added_by": self._by})
        return period

    def keep(self, paper: Paper, matches: Sequence[Match]) -> str:
        """Keep a paper on the last period of its subject, with the movements that were matched. Gives its SHA-256.

        The same document as the last one of the subject is kept already. Raises `JournalLocked` where meanwhile someone
        else added to what the paper builds on, and `BooksBroken` for matches that are not the paper's.
        """
        document, matched = document_of(paper), matches_document(matches)
        digest = sha256(document).hexdigest()
        if paper.level == "transactions" and sha256(matched).hexdigest() != paper.matched_sha256:
            raise BooksBroken(f"the matches kept with the paper of {paper.subject} are not those that it was made with")
        period = period_of(self._connection, paper.subject)
        self._require_built_on(paper, period)
        last = self._paper(PAPERS.c.subject == paper.subject)
        if last is None or last.sha256 != digest or last.period != period:
            row = {"subject": paper.subject, "period": period, "sha256": digest, "closed_at": paper.closed_at}
            content = {"document": compressed(document), "matches": compressed(matched)}
            made = {"position": paper.standing.position, "made_at": self._at, "made_by": self._by}
            self._insert(PAPERS, {**row, **content, **made})
        return digest

    def confirm(self, subject: str, confirmed: Confirmed) -> int:
        """Keep what someone confirmed. Gives its number."""
        return self._insert(CONFIRMATIONS, confirmation_row(subject, confirmed))

    def undo(self, subject: str, number: int, *, reason: str) -> None:
        """Take a confirmation back.

        Raises `AskedAmiss` where it is none of the subject's, or taken back already, and `CommandRefused` where a paper
        of an earlier period was made with it: what that paper has settled is not compared again.
        """
        of = CONFIRMATIONS.c
        found = self._connection.execute(select(CONFIRMATIONS).where(of.number == number, of.undoes.is_(None))).first()
        if found is None or found.subject != subject:
            raise AskedAmiss(f"no confirmation {number} of {subject}")
        if self._connection.execute(select(CONFIRMATIONS).where(of.undoes == number)).first() is not None:
            raise AskedAmiss(f"confirmation {number} of {subject} is undone already")
        self._require_of_last_period(subject, number, found.at)
        row = confirmation_row(subject, Confirmed((), (), self._by, self._at, reason))
        self._insert(CONFIRMATIONS, {**row, "undoes": number})

    def _require_of_last_period(self, subject: str, number: int, at: str) -> None:
        """What was confirmed counts in the papers that are made after it."""
        of = PAPERS.c
        before = (of.subject == subject) & (of.period < period_of(self._connection, subject))
        asked = select(of.closed_at, of.made_at).where(before).order_by(of.number.desc()).limit(1)
        paper = self._connection.execute(asked).first()
        if paper is not None and moment_key(at) <= moment_key(paper.made_at):
            raise CommandRefused(
                f"confirmation {number} of {subject} is settled in the paper of {paper.closed_at}, which later ones go "
                "on from: what was wrong in it is corrected by an entry that reverses or adjusts it, in this period"
            )

    def _require_built_on(self, paper: Paper, period: int) -> None:
        """A paper is of the files of the period, and goes on from the last paper of the period before."""
        of = STATEMENTS.c
        rows = self._connection.execute(select(of.sha256).where(of.subject == paper.subject, of.period == period))
        if {row.sha256 for row in rows} != {mark.sha256 for mark in paper.files}:
            raise JournalLocked(f"{paper.subject}: its statements are others by now; run it again")
        before = self._paper((PAPERS.c.subject == paper.subject) & (PAPERS.c.period < period))
        if paper.previous != ("" if before is None else before.sha256):
            raise JournalLocked(f"{paper.subject}: its paper on the period before is another by now; run it again")

    def _paper(self, where: Any) -> Row[*tuple[Any, ...]] | None:  # noqa: ANN401  (a condition in SQL)
        of = PAPERS.c
        asked = select(of.sha256, of.period).where(where).order_by(of.number.desc()).limit(1)
        return self._connection.execute(asked).first()

    def _insert(self, table: Table, row: dict[str, Any]) -> int:
        """Add a row at the next number."""
        number = int(self._connection.execute(select(func.coalesce(func.max(table.c.number), 0) + 1)).scalar_one())
        self._connection.execute(table.insert().values(number=number, **row))
        return number
