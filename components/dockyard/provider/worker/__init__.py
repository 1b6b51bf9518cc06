"""Applies and removes bundles through pyinfra: a process of its own, because pyinfra patches the standard library (gevent) and
takes a second to import, which only a real change pays.

The request comes as JSON on stdin; log lines, then the result, go as JSON lines to the file descriptor named in argv.
"""
