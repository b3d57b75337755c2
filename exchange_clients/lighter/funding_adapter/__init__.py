"""Lighter's public funding data."""
