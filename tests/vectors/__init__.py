"""Scenarios of real lending protocols, told as facts, and what the books must make of them."""

import pytest

pytest.register_assert_rewrite("tests.vectors.scenario")
