"""Aster's streams."""
