"""GRVT's private words."""
