"""OKX's perpetual swaps, simulated."""
