"""The dialect of Binance's USD-M futures, which other venues speak too; no venue by itself."""
