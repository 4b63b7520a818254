"""The bytes of a fold's state: a pickle of plain values, which reads a million of them as quickly as Python can.

A pickle from elsewhere could run any code. This reader finds nothing by name, so that nothing but plain values comes
out of one; and what was not written here is told by its digest before it is read.
"""

import pickle
from hashlib import sha256
from io import BytesIO
from typing import Any

from projections.kept import Plain


def packed(state: Plain) -> bytes:
    """The bytes of plain values."""
    return pickle.dumps(state, pickle.HIGHEST_PROTOCOL)


def unpacked(content: bytes) -> Plain:
    """What was packed. Raises one of `ledger.snapshot.form.UNREADABLE` where the bytes are others."""
    return _Unpickler(BytesIO(content)).load()


def digest(content: bytes) -> str:
    """The SHA-256 of bytes."""
    return sha256(content).hexdigest()


class _Unpickler(pickle.Unpickler):
    """Finds nothing by name."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401  (pickle's signature)
        raise pickle.UnpicklingError(f"a state holds no {module}.{name}")
