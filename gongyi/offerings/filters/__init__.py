"""What lists of offerings can be narrowed by, by topic."""
