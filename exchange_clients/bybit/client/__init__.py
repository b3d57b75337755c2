"""Bybit, as a client of it speaks."""
