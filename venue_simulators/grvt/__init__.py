"""A stand-in for GRVT: its paths, cookies, signatures, streams and codes over the paper engine."""
