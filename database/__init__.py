"""What is kept on disk: the journal of a run and the lease on what it trades."""
