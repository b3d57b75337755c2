"""Lighter's streams."""
