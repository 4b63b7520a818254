"""The page on which the paper of a reconciliation stands, to be read, printed, signed and sent."""
