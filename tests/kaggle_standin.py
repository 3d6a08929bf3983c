"""A stand-in for Kaggle on this machine: the calls that a download and a submission make, and the storage."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Kaggle(ThreadingHTTPServer):
    """Answers as its attributes say, and keeps what it was asked."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content  # of the one archive that it has
        self.status = 200  # of the answer to a download
        self.token_status = 200  # of the answer to the question whose token it is
        self.active = True  # whether that token is valid
        self.breaks = 0  # how many times the storage closes the connection half-way
        self.expires = False  # whether the storage's address is good for one time only
        self.asked: list[tuple[str, dict]] = []  # the calls and their parameters
        self.authorizations: list[str] = []  # with which they came
        self.fetched = 0  # how many times the storage was asked
        self.stored: list[bytes] = []  # what was uploaded to the storage
        self.storage_status = 200  # of the answer to an upload

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Kaggle

    def do_POST(self) -> None:
        call = self.path.removeprefix("/v1/")
        self.server.asked.append((call, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.server.authorizations.append(self.headers.get("Authorization", ""))
        if call == "security.OAuthService/IntrospectToken":
            self._json(self.server.token_status, {"active": self.server.active, "username": "someone"})
        elif self.server.status != 200:
            self._json(self.server.status, {})
        elif call.endswith("/StartSubmissionUpload"):
            self._json(200, {"token": "a-token", "createUrl": f"{self.server.url}/storage/submission"})
        elif call.endswith("/CreateSubmission"):
            self._json(200, {"message": "Successfully submitted to Letters", "ref": 7})
        else:
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/storage/bundle/archive.zip?signature=1.2")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _json(self, status: int, answer: dict) -> None:
        body = json.dumps(answer if status == 200 else {"code": status, "message": "a long text of Kaggle's"})
        self._send(status, body.encode(), "application/json")

    def do_GET(self) -> None:
        self.server.fetched += 1
        if self.server.expires and self.server.fetched > 1:
            self._send(403, b"<Error>ExpiredToken</Error>", "application/xml")
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        rest = self.server.content[start:]
        breaks = self.server.fetched <= self.server.breaks
        self._send(206 if start else 200, rest, "application/zip", len(rest) // 2 if breaks else len(rest))

    def do_PUT(self) -> None:
        self.server.stored.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(self.server.storage_status, b"", "text/plain")

    def _send(self, status: int, body: bytes, kind: str, sent: int | None = None) -> None:
        """Promise the whole body, and send the first `sent` bytes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def standing_in(content: bytes):
    """A running stand-in that has one archive."""
    with Kaggle(content) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
