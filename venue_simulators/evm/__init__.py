"""What venues share whose orders are signed as on Ethereum: typed data and its curve."""
