"""The Lighter exchange as its clients see it: transactions, streams and the checks behind them."""
