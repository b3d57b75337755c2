"""EdgeX's streams."""
