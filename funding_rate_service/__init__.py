"""One place that knows every venue's funding, its age, and what a pair would earn."""
