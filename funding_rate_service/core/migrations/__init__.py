"""How the store's tables came to be, step by step; the same steps on SQLite and PostgreSQL."""
