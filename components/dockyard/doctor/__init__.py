"""What is wrong with a registry, as its clients see it. Nothing here imports Pulumi, an engine or the command.

Probes ask the network and this machine; `judge` functions say what plain readings mean. The ten steps by which people look for such a
fault are checks: network (host name, dns, connect, proxy variables), logs (the host's), names (image name), login and rights
(challenge, login, catalog, image, upload), certificates (dates, name, chain, trust), storage, configuration and ports (the host's,
and debug ports from here), clock (own clock, clock skew), and a trace of the failing request.
"""
