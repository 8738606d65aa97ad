"""What is wrong with an installation, in words, and how to mend it.

`machine.py` looks at what this process can reach by itself, `proxy.py` comes in by the front door
as a browser would, and `probe.py` tells it what of that arrived.
"""
