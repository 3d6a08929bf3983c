"""A local stand-in for Kaggle: the calls of a download and of a submission, and the storage."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Kaggle(ThreadingHTTPServer):
    """Responds by its attributes, and records the calls."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content  # of the one archive that it has
        self.status = 200  # of the response to a download
        self.token_status = 200  # of the response to a check of the token
        self.active = True  # whether the token is valid
        self.breaks = 0  # how many downloads the storage interrupts half-way
        self.expires = False  # whether the storage's URL expires after one download
        self.calls: list[tuple[str, dict]] = []  # with their parameters
        self.authorizations: list[str] = []  # of the calls
        self.n_downloads = 0  # from the storage
        self.stored: list[bytes] = []  # uploads to the storage
        self.storage_status = 200  # of the response to an upload

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Kaggle

    def do_POST(self) -> None:
        call = self.path.removeprefix("/v1/")
        self.server.calls.append((call, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
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

    def _json(self, status: int, content: dict) -> None:
        body = json.dumps(content if status == 200 else {"code": status, "message": "a long text of Kaggle's"})
        self._send(status, body.encode(), "application/json")

    def do_GET(self) -> None:
        self.server.n_downloads += 1
        if self.server.expires and self.server.n_downloads > 1:
            self._send(403, b"<Error>ExpiredToken</Error>", "application/xml")
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        rest = self.server.content[start:]
        breaks = self.server.n_downloads <= self.server.breaks
        self._send(206 if start else 200, rest, "application/zip", len(rest) // 2 if breaks else len(rest))

    def do_PUT(self) -> None:
        self.server.stored.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(self.server.storage_status, b"", "text/plain")

    def _send(self, status: int, body: bytes, content_type: str, n_bytes: int | None = None) -> None:
        """Announce the whole body, and send its first `n_bytes`."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:n_bytes])

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def kaggle_standin(content: bytes):
    """Run a stand-in that has one archive."""
    with Kaggle(content) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
