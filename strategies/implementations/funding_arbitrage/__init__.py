"""Funding arbitrage: long where funding is low, short where it is high, equal in tokens."""
