"""Sets up, checks and tests the project; standard library only, since it runs before anything is installed."""
