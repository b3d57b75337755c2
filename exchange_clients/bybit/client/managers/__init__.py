"""The parts of Bybit that an account speaks of."""
