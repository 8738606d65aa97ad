"""What every line of the log carries: which request, which person, which run it is about."""
