"""Backpack's streams."""
