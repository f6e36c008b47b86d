"""Ways to change what an institution offers that are not a step of its process; a module for each kind."""
