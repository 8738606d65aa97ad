"""Full-text search over titles and messages: one engine for everybody.

`finding.for_user` and `finding.for_staff` search, `indexing.index_new` is the chore that brings what
was written into the index.
"""
