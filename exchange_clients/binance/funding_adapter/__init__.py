"""Binance's public funding data."""
