"""Aster, as a client of it speaks."""
