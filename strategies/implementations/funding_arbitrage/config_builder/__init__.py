"""Writes configurations of funding arbitrage: every key explained, the venues as registered."""
