"""The ways onto the network, and who decides when a request may take one."""
