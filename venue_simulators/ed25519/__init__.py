"""Ed25519 as the venues verify it that sign with it."""
