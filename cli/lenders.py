"""The verb that reports on lenders."""

from cli.reports import verb_of

lenders_ = verb_of("lenders")
