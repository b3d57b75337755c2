"""How OKX spells, signs and refuses."""
