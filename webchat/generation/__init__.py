"""Runs: answers in the making, and everything that begins, follows, stops and keeps them."""
