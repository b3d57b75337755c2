"""Backpack as its clients meet it: REST and streams over a simulated world."""
