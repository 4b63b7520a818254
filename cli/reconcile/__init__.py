"""The verb `reconcile`: its steps, and the paper in all its forms."""
