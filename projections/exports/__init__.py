"""Exports of a journal: to the files of other programs, each read back by them."""
