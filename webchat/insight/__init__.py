"""Figures of what the installation is used for: read from the outcomes, drawn as charts."""
