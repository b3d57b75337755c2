"""Orders, positions, accounts and markets, each kept by one manager."""
