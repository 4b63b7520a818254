"""A number opened: a tree from what a report says down to the entries that made it, in which the parts sum exactly."""
