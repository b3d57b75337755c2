"""The command line: from words, files and variables to one run and its exit code."""
