"""Functions under AWS's runtime interface emulator, one call at a time."""

import http.client
import json
import platform
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass

from . import process
from .database import IDENTITY, ROOT, free_port, wait_for

LOGS = ROOT / ".local" / "peers" / "logs"
EMPTY = ROOT / ".local" / "peers" / "home"
INVOKE = "/2015-03-31/functions/function/invocations"


def binary():
    """The emulator: it is part of the SAM CLI that `make lint` installs."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    pattern = f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture}"
    found = sorted((ROOT / ".local" / "tools" / "lint").glob(pattern))
    if not found:
        raise SystemExit("ERROR: aws-lambda-rie is not in the SAM CLI of .local/tools/lint")
    return str(found[0])


@dataclass(frozen=True)
class Function:
    """A function and how it is started."""

    name: str
    command: tuple
    extra: dict

    def environment(self, endpoint, table):
        """What its process finds in its environment: nothing of this machine's but the PATH."""
        EMPTY.mkdir(parents=True, exist_ok=True)
        return {
            **IDENTITY,
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "15",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "TABLE_NAME": table,
            "CONSOLE_URL": "https://console.example.com",
            "DEFAULT_TIME_ZONE": "Asia/Tokyo",
            "HOME": str(EMPTY),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            **self.extra,
        }


class Emulator:
    """One environment of a function. The emulator starts its process with the first call."""

    def __init__(self, function, endpoint, table):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"{function.name}.log"
        port, api = free_port(), free_port()
        options = [
            "--log-level",
            "error",
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{port}",
            "--runtime-api-address",
            f"127.0.0.1:{api}",
        ]
        with self.log.open("w") as log:
            self.emulator = subprocess.Popen(
                [binary(), *options, *function.command],
                env=function.environment(endpoint, table),
                stdout=log,
                stderr=log,
            )
        wait_for(port, self.emulator)
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        started = process.children(self.emulator.pid)
        self.connection.close()
        self.emulator.terminate()
        for pid in started:
            process.kill(pid)
        self.emulator.wait()

    @property
    def pid(self):
        """The function's process."""
        [pid] = process.children(self.emulator.pid)
        return pid

    def call(self, event):
        """Calls the function; gives its answer and how long that took, in ms."""
        body = json.dumps(event)
        begun = time.perf_counter()
        self.connection.request("POST", INVOKE, body, {"content-type": "application/json"})
        text = self.connection.getresponse().read()
        took = (time.perf_counter() - begun) * 1000
        answer = json.loads(text or "{}")
        if "statusCode" not in answer:
            raise SystemExit(f"ERROR: {text.decode()}; see {self.log.relative_to(ROOT)}")
        return answer, took

    def latencies(self):
        """What the function's own log says of its requests, in ms, in their order."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            # The emulator writes into the same file.
            start = line.find('{"')
            if start >= 0 and '"latencyMs"' in line:
                found.append(json.JSONDecoder().raw_decode(line[start:])[0]["latencyMs"])
        return found


def until_ready(function, endpoint, table):
    """CPU and time, in ms, until a process asks for its first event, which it never gets."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(30)
        api = f"127.0.0.1:{server.getsockname()[1]}"
        environment = function.environment(endpoint, table) | {"AWS_LAMBDA_RUNTIME_API": api}
        begun = time.perf_counter()
        started = subprocess.Popen(
            list(function.command),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            asking, _ = server.accept()
            with closing(asking):
                asking.settimeout(30)
                request = asking.recv(4096)
                took = (time.perf_counter() - begun) * 1000
                if b"/invocation/next" not in request.split(b"\r\n")[0]:
                    raise SystemExit(f"ERROR: {function.name} does not ask for an event")
                return process.cpu(started.pid), took
        finally:
            started.kill()
            started.wait()
