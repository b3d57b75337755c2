"""How Lighter's requests are signed and its answers are read."""
