"""The grid: one-sided cycles, or levels between two prices."""
