"""OKX, as a client of it speaks."""
