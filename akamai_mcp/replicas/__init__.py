"""What several replicas of the server share through Redis, and what holds while Redis cannot be reached."""
