"""The list of all matches of a paper, which is kept beside it: a line each, the same bytes for the same matches."""

from collections.abc import Iterable
from json.encoder import encode_basestring as quoted

from projections.reconciliation.breaks import Match


def matches_document(matches: Iterable[Match]) -> bytes:
    """The canonical list of matches: JSON Lines in the order of their bytes, nothing where nothing is matched.

    A line has the key, our movements and theirs: of ours the position, the entry's id and the account, of theirs the
    file, counted from 0, and the line there; or the identity where the line was open in the paper before.
    """
    return b"".join(sorted(_line(one) for one in matches))


def _line(one: Match) -> bytes:
    """Written by hand: of a million matches the library takes several times as long."""
    ours = ",".join([f"[{item.place},{quoted(item.id)},{quoted(item.account)}]" for item in one.ours])
    theirs = ",".join([quoted(item.id) if item.id else f"[{item.file},{item.place}]" for item in one.theirs])
    return f"[{quoted(one.key)},[{ours}],[{theirs}]]\n".encode()
