"""Aster's public funding data."""
