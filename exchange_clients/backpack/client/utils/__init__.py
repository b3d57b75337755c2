"""How Backpack signs, refuses and writes values."""
