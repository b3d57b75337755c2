"""OKX's streams."""
