"""The tables of the working papers. The database itself refuses to change or to remove what is in them."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

APPLICATION_ID: Final = 0x52637770
"""`Rcwp`, in the file's header: what tells working papers from another program's database."""

FORMAT: Final = 1
"""The form of the tables, in the file's `user_version`. A file of a higher one is a newer Recoup's."""

METADATA: Final = MetaData()


def _number() -> "Column[int]":
    """What counts the rows of a table: 1, 2, 3 …, in the order in which they came."""
    return Column("number", Integer, primary_key=True, autoincrement=False)


def _texts(*names: str) -> "list[Column[str]]":
    return [Column(name, Text, nullable=False) for name in names]


BOOK: Final = Table("book", METADATA, _number(), *_texts("name", "first_id", "first_sha256"))
"""The book that the papers are of: its name, the id of its first entry and the SHA-256 of that one's stored bytes."""

STATEMENTS: Final = Table(
    "statements",
    METADATA,
    _number(),
    Column("period", Integer, nullable=False),
    *_texts("subject", "sha256", "name", "kind", "account", "commodity", "opened_at"),
    Column("opening", Text),
    *_texts("closed_at"),
    Column("closing", Text),
    Column("block", Integer),
    Column("content", LargeBinary, nullable=False),
    *_texts("added_at", "added_by"),
)
"""What the other side said. Those that were reconciled in one run are of one `period` of the subject: 1, 2, 3 …

Amounts are decimal text, null for a snapshot, which has none of its own, but may have a block. `content` is all of it,
as compressed JSON.
"""

PAPERS: Final = Table(
    "papers",
    METADATA,
    _number(),
    Column("period", Integer, nullable=False),
    *_texts("subject", "sha256"),
    Column("position", Integer, nullable=False),
    *_texts("closed_at"),
    Column("document", LargeBinary, nullable=False),
    Column("matches", LargeBinary, nullable=False),
    *_texts("made_at", "made_by"),
)
"""Every paper of every run that found something else than the one before. Document and matches are compressed JSON."""

CONFIRMATIONS: Final = Table(
    "confirmations",
    METADATA,
    _number(),
    *_texts("subject", "ours", "theirs", "person", "at", "reason"),
    Column("undoes", Integer),
)
"""What someone confirmed for the same: ids of entries and identities of lines, as JSON. `undoes` is the number of the
one that is taken back, with nothing on either side.
"""

Index("statements_by_sha256", STATEMENTS.c.sha256)
Index("statements_by_subject", STATEMENTS.c.subject, STATEMENTS.c.number)
Index("papers_by_sha256", PAPERS.c.sha256)
Index("papers_by_subject", PAPERS.c.subject, PAPERS.c.number)

_REFUSING: Final = "CREATE TRIGGER {0}_refuse_{1} BEFORE {1} ON {0} BEGIN SELECT raise(ABORT, '{2}'); END"
_GAPLESS: Final = """CREATE TRIGGER {0}_are_gapless BEFORE INSERT ON {0}
    WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM {0})
    BEGIN SELECT raise(ABORT, 'a row takes the next number'); END"""
"""So that no row is put in the place of another either."""

APPEND_ONLY: Final = tuple(
    statement
    for table in METADATA.tables
    for statement in (
        _REFUSING.format(table, "update", "working papers are append-only"),
        _REFUSING.format(table, "delete", "working papers are append-only"),
        _GAPLESS.format(table),
    )
)
"""What makes the tables append-only."""
