"""EdgeX's structs, signatures and errors."""
