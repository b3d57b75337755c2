"""Backpack, as a client of it speaks."""
