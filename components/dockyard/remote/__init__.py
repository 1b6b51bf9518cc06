"""Another host, by SSH: one connection, over which the agent and the operations run there.

paramiko speaks SSH in this process: a key that is a secret text never becomes a file, a host key that is not pinned is never taken, and
each step that fails (name, TCP, host key, login, sudo, Python) is an error of its own. pyinfra's own connector is not used for
this: with sudo it puts the password on the host's command line, where other users can read it.
"""
