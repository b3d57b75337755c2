"""edgeX's structs, signatures and errors."""
