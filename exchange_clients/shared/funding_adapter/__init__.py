"""Public funding data of any network venue."""
