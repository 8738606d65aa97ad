"""Webchat: a self-hosted web chat for language models."""
