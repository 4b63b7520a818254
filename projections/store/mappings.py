"""Amounts by name, such as a pool's claims by tranche: one column, as the text of a JSON object of decimal text."""

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class Amounts(TypeDecorator[dict[str, Any]]):
    """A mapping of names to exact integers, or to nothing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, int | None] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Its text."""
        return None if value is None else encoded(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002
        """The mapping."""
        return None if value is None else decoded(value)


def encoded(amounts: dict[str, int | None]) -> str:
    """A mapping as JSON text."""
    texts = {name: None if amount is None else str(amount) for name, amount in amounts.items()}
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


def decoded(text: str) -> dict[str, int | None]:
    """The mapping of a JSON text."""
    texts: dict[str, str | None] = json.loads(text)
    return {name: None if amount is None else int(amount) for name, amount in texts.items()}
