"""What is known of funding: values, the store, the latest rates, and what pairs would earn."""
