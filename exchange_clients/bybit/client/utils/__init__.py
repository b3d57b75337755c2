"""How Bybit spells, signs and refuses."""
