"""Draws that random histories make by the thousand."""

from functools import cache

from hypothesis import strategies as st


@cache
def between(least: int, most: int) -> st.SearchStrategy[int]:
    """Numbers of a range. Each strategy is made once, which takes longer than to draw from it."""
    return st.integers(least, most)
