"""Strategies: pure decisions behind one contract."""
