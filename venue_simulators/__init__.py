"""Stand-ins that speak each venue's real wire protocol over the paper exchange's engine."""
