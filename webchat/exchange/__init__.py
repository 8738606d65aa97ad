"""Conversations as files, out of the installation and into it. docs/export.md has the formats."""
