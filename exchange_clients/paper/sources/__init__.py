"""Where the paper venue's market comes from: made from a seed, or replayed from a recording."""
