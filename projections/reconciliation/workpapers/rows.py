"""What stands in a row of the working papers, and how: values as compressed canonical JSON, and back."""

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

from ledger.errors import JournalDamaged
from projections.reconciliation.document import made, paper_of, plain
from projections.reconciliation.items import Snapshot, Statement
from projections.reconciliation.paper import Confirmed, Paper
from projections.reconciliation.workpapers.continuity import Span, span_of

Said = Statement | Snapshot
"""What the other side said: of one account over a time, or of balances at a moment."""


class KeptPaper(NamedTuple):
    """A paper in the file: by its SHA-256; of which period of its subject; when it was made, and by whom."""

    sha256: str
    period: int
    paper: Paper
    made_at: str
    made_by: str


def compressed(content: bytes) -> bytes:
    """Bytes as they are kept."""
    return zlib.compress(content)


def canonical(content: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def statement_row(said: Said) -> dict[str, Any]:
    """The columns that what the other side said fills."""
    span = span_of(said)
    amounts = {
        name: None if (amount := getattr(span, name)) is None else str(amount) for name in ("opening", "closing")
    }
    return {
        "sha256": said.file.sha256,
        "name": said.file.name,
        "kind": said.file.kind,
        "account": span.account,
        "commodity": span.commodity,
        "opened_at": span.opened_at,
        "closed_at": span.closed_at,
        "block": span.block,
        **amounts,
        "content": compressed(canonical(plain(type(said), said))),
    }


def span_of_row(row: Row[Any]) -> Span:
    """The span that a row says. Raises `JournalDamaged` where it cannot be read."""
    with _readable(f"{row.name} cannot be read in the working papers"):
        opening, closing = (None if amount is None else int(amount) for amount in (row.opening, row.closing))
    return Span(row.name, row.account, row.commodity, row.opened_at, opening, row.closed_at, closing, row.block)


def said_of(row: Row[Any]) -> Said:
    """What the other side said, of its row. Raises `JournalDamaged` where it cannot be read."""
    with _readable(f"{row.name} cannot be read in the working papers"):
        content = json.loads(zlib.decompress(row.content))
        said: Said = made(Snapshot if "held" in content else Statement, content)
    return said


def kept_paper(row: Row[Any]) -> KeptPaper:
    """The paper of a row. Raises `JournalDamaged` where it cannot be read."""
    with _readable(f"paper {row.sha256} cannot be read"):
        document = zlib.decompress(row.document)
        paper = paper_of(document)
    if (digest := sha256(document).hexdigest()) != row.sha256:
        raise JournalDamaged(f"paper {row.sha256} is not what it was: it has the hash {digest}")
    return KeptPaper(row.sha256, row.period, paper, row.made_at, row.made_by)


def matches_of(row: Row[Any]) -> bytes:
    """The list of matches of a paper's row, as it was hashed for the paper. Raises `JournalDamaged`, likewise."""
    with _readable(f"the matches of paper {row.sha256} cannot be read"):
        matches: bytes = zlib.decompress(row.matches)
    return matches


def confirmed_of(row: Row[Any]) -> Confirmed:
    """The confirmation of a row. Raises `JournalDamaged`, likewise."""
    with _readable(f"confirmation {row.number} cannot be read"):
        ours, theirs = (tuple(json.loads(side)) for side in (row.ours, row.theirs))
    return Confirmed(ours, theirs, row.person, row.at, row.reason)


def confirmation_row(subject: str, confirmed: Confirmed) -> dict[str, Any]:
    """The columns that a confirmation fills."""
    sides = {"ours": _text(confirmed.ours), "theirs": _text(confirmed.theirs)}
    return {"subject": subject, **sides, **{name: getattr(confirmed, name) for name in ("person", "at", "reason")}}


def _text(ids: Sequence[str]) -> str:
    return canonical(list(ids)).decode()


@contextmanager
def _readable(told: str) -> Iterator[None]:
    """Tell what is damaged, whatever stands there in its place: a column of SQLite holds values of any type."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error) as error:
        raise JournalDamaged(f"{told}: {error}") from error
