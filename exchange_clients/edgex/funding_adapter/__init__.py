"""edgeX's public funding data."""
