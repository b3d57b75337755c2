"""GRVT's public funding data."""
