"""edgeX, as a client of it speaks."""
