"""How the store's schema came about, step by step, in the form of Alembic."""
