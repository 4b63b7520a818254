"""Text that a spreadsheet would take for a formula stands as text in what is exported."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.exports.formulas import neutral

FORMULAS: Final = {
    "equals": "=1+1",
    "plus": "+1",
    "minus": "-1",
    "at": "@SUM(A1)",
    "tab": "\tname",
    "carriage return": "\rname",
    "line feed": "\nname",
    "full-width equals": "\uff1d1",
    "full-width plus": "\uff0b1",
    "full-width minus": "\uff0d1",
    "full-width at": "\uff20x",
    "after spaces": "  =1",
    "after a no-break space": "\u00a0=1",
    "after a byte order mark": "\ufeff=1",
    "after a quotation mark": '"=1',
    "after an apostrophe": "'=1",
}
"""Beginnings that OWASP warns of, by what they are."""

PLAIN: Final = (
    "",
    "north",
    "0x57e0",
    "2022-11-22T13:31:23Z",
    "a=1",
    "a-1",
    "#2",
    "'quoted'",
    '{"EUR":"-1"}',
    " spaced",
)

TEXTS: Final = st.text(st.sampled_from("=+-@'\" \ta1\uff1d"), max_size=4)


@pytest.mark.parametrize("text", FORMULAS.values(), ids=FORMULAS)
def test_what_could_be_a_formula_gets_an_apostrophe_before_it(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@given(TEXTS)
def test_what_is_neutral_begins_with_no_sign_of_a_formula(text: str) -> None:
    assert not neutral(text).lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\uff1d"))


@given(TEXTS, TEXTS)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert (neutral(one) == neutral(other)) == (one == other)
