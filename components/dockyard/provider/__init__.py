"""The provider plugin: serves the custom resources of `dockyard.resources` over Pulumi's gRPC protocol.

`server` starts the process, `servicer` speaks the protocol, one module per resource decides (`credential`, `certificate`,
`host`), `agent/` and `worker/` work on hosts. Nothing here imports the Pulumi SDK: that costs more time than all the rest.
"""
