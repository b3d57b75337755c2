"""Lighter's private words."""
