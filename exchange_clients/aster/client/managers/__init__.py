"""What an account asks of Aster."""
