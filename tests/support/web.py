"""Small bundles to apply: a web server in Python, kept running by supervisord, that says what it has loaded."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from dockyard.self_hosted.bundle import Bundle, Check, Directory, File, Requirement, Runtime, Service

SERVER = """
import http.server, os, signal, socketserver, sys
state = {}
def load(*_):
    state["text"] = open(sys.argv[2]).read()
load()
signal.signal(signal.SIGHUP, load)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{os.getpid()} {state['text']} {sorted(k for k in os.environ if 'PASS' in k)}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    allow_reuse_address = True
print("serving", flush=True)
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SUPERVISOR = """[supervisord]
logfile = {base}/log/supervisord.log
pidfile = {base}/run/supervisord.pid
childlogdir = {base}/log
[unix_http_server]
file = {base}/run/s.sock
chmod = 0700
[supervisorctl]
serverurl = unix://{base}/run/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:web]
command = {python} {base}/etc/server.py {port} {base}/etc/text
startsecs = 0
autorestart = false
redirect_stderr = true
stdout_logfile = {base}/log/web.log
"""


@dataclass(frozen=True)
class Web:
    """Where one test's server stands."""

    base: Path
    port: int

    def bundle(self, text: str = "one", server: str = SERVER, **changes: object) -> Bundle:
        """The bundle; `text` needs a reload only."""
        base = str(self.base)
        supervisor = SUPERVISOR.format(base=base, python=sys.executable, port=self.port)
        bundle = Bundle(
            runtime=Runtime.SUPERVISOR,
            directories={
                f"{base}/etc": Directory(0o750),
                f"{base}/data": Directory(0o700, keep=True),
                f"{base}/log": Directory(0o755),
                f"{base}/run": Directory(0o700),
            },
            files={
                f"{base}/etc/server.py": File(server, 0o644),
                f"{base}/etc/text": File(text, 0o600, secret=True),
                f"{base}/etc/supervisord.conf": File(supervisor, 0o644),
            },
            services=(Service("web", (f"{base}/etc/server.py",), (f"{base}/etc/text",)),),
            checks=(
                Check("syntax", (sys.executable, "-m", "py_compile", "{stage}/server.py"), f"{base}/etc"),
            ),
            requires=Requirement(ports=(f"127.0.0.1:{self.port}",), writable=(f"{base}/data",)),
            supervisor=f"{base}/etc/supervisord.conf",
        )
        return replace(bundle, **changes)  # type: ignore[arg-type]
