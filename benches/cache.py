"""What a cache hit of Python netbox-sdk costs, to stand beside `cargo bench --bench cache`: <venv with netbox-sdk 0.0.13>/bin/python benches/cache.py"""

import asyncio
import http.server
import os
import statistics
import tempfile
import threading
import time

folder = tempfile.TemporaryDirectory()
os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_CACHE_HOME"] = os.environ["HOME"] = folder.name

from netbox_sdk.client import NetBoxApiClient
from netbox_sdk.config import Config


class Server(http.server.BaseHTTPRequestHandler):
    """Answers with an object whose size is the end of the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        size = int(self.path.strip("/").split("/")[-1])
        body = b'{"id":1,"text":"' + b"x" * (size - 18) + b'"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def measure(url):
    client = NetBoxApiClient(Config(base_url=url, token_version="v1", token_secret="0" * 40))
    for size, rounds in ((3_000, 300), (2_500_000, 50)):
        path = f"/api/dcim/devices/{size}/"
        await client.request("GET", path)
        times = []
        for _ in range(rounds):
            started = time.perf_counter()
            response = await client.request("GET", path)
            times.append(time.perf_counter() - started)
            assert response.headers.get("X-NBX-Cache") == "HIT", response.headers
        print(f"hit of {size} bytes: {statistics.median(times) * 1e6:.0f} µs")
    await client.close()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(measure(f"http://127.0.0.1:{server.server_port}"))
