"""Backpack's public funding data."""
