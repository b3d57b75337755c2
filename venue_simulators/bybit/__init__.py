"""Bybit V5, simulated: linear perpetuals of one unified account."""
