"""Figures of this process for Prometheus.

Nothing here is counted for each token: answers are counted when they end, the rest once a request,
a query or a look at the clock. Every process tells its own figures; Prometheus adds them up.
"""
