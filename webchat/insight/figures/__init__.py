"""Reading the figures of a period from the database."""
