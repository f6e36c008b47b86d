"""Reading what people send as lists of instruments: columns, cleaning with every doubt said, classes guessed from names."""
