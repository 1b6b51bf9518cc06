"""What runs on the host itself: one request as JSON on stdin, one answer as JSON on stdout.

Standard library only, started as `python -I -S <this folder>/__main__.py VERB`: 40 ms, where an import of pyinfra takes a
second. So an inspection costs one short process on this machine, and one round trip on another.
"""
