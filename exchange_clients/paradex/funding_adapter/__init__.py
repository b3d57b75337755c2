"""Paradex's public funding data."""
