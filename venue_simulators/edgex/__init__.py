"""edgeX V2, simulated from its documents and from what others captured of it."""
