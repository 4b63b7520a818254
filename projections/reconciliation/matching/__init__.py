"""How movements of both sides are found to be the same: exactly, in phases, in any order of input."""
