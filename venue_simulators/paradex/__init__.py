"""Paradex, simulated: Stark signatures, short-lived tokens, binary market data."""
