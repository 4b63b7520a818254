"""Reconciliation: the book against what someone else says of it, exactly, ending in a proof of balance."""
