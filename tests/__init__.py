"""How we know that the books are right."""
