"""GRVT's streams."""
