"""The level of movements: an account's entries against the lines of a statement."""
