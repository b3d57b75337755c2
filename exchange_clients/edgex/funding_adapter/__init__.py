"""EdgeX's public funding data."""
