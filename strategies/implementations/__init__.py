"""The strategies that come with the project."""
