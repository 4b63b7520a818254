"""The working papers of a book's reconciliations: what the other side said, every paper, what people confirmed.

They are one SQLite file beside the book, append-only, and hold nothing that could be made again from elsewhere.
"""

from projections.reconciliation.workpapers.papers import WorkingPapers, path_beside

__all__ = ["WorkingPapers", "path_beside"]
