"""Chat requests to language models as asynchronous streams. Nothing here knows of Django."""
