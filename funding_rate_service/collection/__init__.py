"""Asking venues on a schedule, each by itself, and keeping what is nonsense out."""
