"""The dialect of Binance's USD-M futures, which other venues speak too; no venue by itself.

A venue of the dialect is a ``venue.FapiVenue`` with four things of its own: a ``Dialect`` (markets,
limits, rules, words that differ), a ``Gate`` that knows its keys, a table of routes over the desks'
methods, and the services by which it is reached.
"""
