"""How Paradex signs, spells and refuses."""
