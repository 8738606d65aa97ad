"""Text into safe HTML, whole (`markdown`) or while it grows (`stream`); nothing else does this.

Order of the work on one block: comrak's HTML (`commonmark`), code colours (`code`), MathML
(`maths`), allow-list (`sanitise`), citation marks (`citations`).
"""
