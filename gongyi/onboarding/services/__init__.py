"""Ways in of joining that are not a step of a process."""
