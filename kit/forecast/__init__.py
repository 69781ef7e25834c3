"""What a run will take, from a few measured steps on its own rows and model; afterwards, what it took."""
