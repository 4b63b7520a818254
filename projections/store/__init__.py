"""The projections as tables of a database: how they are laid out, kept up with the journal, and read.

They can be deleted at any time: all of it is folded from the journal, and folded again.
"""
