"""How GRVT's requests are signed and its answers are read."""
