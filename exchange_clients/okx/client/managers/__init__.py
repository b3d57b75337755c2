"""The parts of OKX that an account speaks of."""
