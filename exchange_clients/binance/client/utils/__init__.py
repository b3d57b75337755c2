"""How Binance is signed for, and what it writes otherwise than the dialect."""
