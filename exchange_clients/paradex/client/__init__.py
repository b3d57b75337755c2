"""Paradex, as a client of it speaks."""
