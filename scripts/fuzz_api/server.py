"""The local server of a run, and requests to it with nothing but the standard library."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

READY = "ready on "
PATIENCE = 180


class Server:
    """`tsunagu-local` on a free port, with a fresh data folder and its log in a file."""

    def __init__(self, binary, folder):
        self.log = folder / "server.log"
        printed = folder / "server.out"
        environment = os.environ | {"TSUNAGU_PORT": "0", "TSUNAGU_DATA": str(folder / "data")}
        with printed.open("w") as out, self.log.open("w") as log:
            self.process = subprocess.Popen([binary], stdout=out, stderr=log, env=environment)
        try:
            self.base = self.wait(printed)
        except BaseException:
            self.stop()
            raise

    def wait(self, printed):
        """The base URL, when every route answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in printed.read_text().splitlines():
                if line.startswith(READY):
                    return line.removeprefix(READY).strip()
            if self.process.poll() is not None:
                raise SystemExit(f"ERROR: the server ended with {self.process.returncode}: see {self.log}")
            time.sleep(0.2)
        raise SystemExit(f"ERROR: the server was not ready after {PATIENCE} s: see {self.log}")

    def stop(self):
        """Lets requests finish and the database close."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def errors(self):
        """The lines of the log that tell of an error."""
        with self.log.open(errors="replace") as log:
            return [line.rstrip() for line in log if '"ERROR"' in line or " ERROR " in line]


class Api:
    """Requests of one caller."""

    def __init__(self, base, token=None):
        self.base = base
        self.token = token

    def ask(self, method, path, body=None):
        """The answer's JSON. A refusal is an error: what is prepared here has to work."""
        request = urllib.request.Request(self.base + path, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise SystemExit(f"ERROR: {method} {path}: {error.code} {error.read().decode()}") from None

    def get(self, path):
        return self.ask("GET", path)

    def items(self, path):
        return self.get(path)["items"]

    def post(self, path, body):
        return self.ask("POST", path, body)

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def signed_in(self, email, scope=None):
        """The API as this person, or as a machine of the vendor."""
        body = {"email": email} | ({"scope": scope} if scope else {})
        return Api(self.base, self.post("/dev/token", body)["accessToken"])
