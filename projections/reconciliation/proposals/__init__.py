"""Entries that would settle the breaks that are ours, each tried before it is proposed."""
