"""Several orders at several venues that are carried out as one: all of it, or none of it."""
