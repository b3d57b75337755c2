"""What people see of a run: the live panel, the summary, and the report as JSON and as a page."""
