"""The dialect of Binance's USD-margined futures, which Aster speaks as well."""
