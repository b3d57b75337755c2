"""What brings runs to flat from outside: the kill switch, the watchdog, and the pulse they read."""
