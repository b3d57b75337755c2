"""Deeds: everything that waits, retries, remembers or reads a clock, once for all venues."""
