"""OKX's public funding data."""
