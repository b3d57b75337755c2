"""Bybit's public funding data."""
