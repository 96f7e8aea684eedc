"""One module for each client, imported in its own environment: `connect(target)` yields what the scenario talks to."""
