"""What is known of funding, for programs and for people: routes, a stream and one page."""
