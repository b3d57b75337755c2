"""Binance, as a client of it speaks."""
