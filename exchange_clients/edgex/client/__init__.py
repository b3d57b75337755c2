"""EdgeX, as a client of it speaks."""
