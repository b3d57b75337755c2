"""Binance's streams."""
