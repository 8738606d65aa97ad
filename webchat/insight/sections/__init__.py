"""What the page shows of the figures: parts with charts, each with its tables."""
