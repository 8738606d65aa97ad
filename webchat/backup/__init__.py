"""Everything in one file, and everything from one file.

An archive is a zip: `manifest.json`, one file of JSON lines for each table, and the pictures. It
holds rows, not a database, so it moves between SQLite and PostgreSQL, and it names the migrations
its rows fit, so that a later release restores it too.
"""
