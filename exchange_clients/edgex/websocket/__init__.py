"""edgeX's streams."""
