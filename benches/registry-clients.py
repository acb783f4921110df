"""registry-clients.py HOST PORT CLIENTS MIB: one registry under many clients at once.

Each client pushes an image of its own (a layer of random bytes, a config, a manifest with a tag) over one connection, as
`docker push` does it: POST, PATCH, PUT. When all have pushed, all pull. Prints the seconds of both. What came back is
compared byte by byte with what was sent, after the clock has stopped; anything lost ends this with status 1.
"""

import hashlib
import http.client
import json
import os
import sys
import threading
import time

HOST, PORT, CLIENTS, MIB = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Client:
    def __init__(self, number):
        self.name = f"load/client-{number}"
        self.layer = os.urandom(MIB << 20)
        self.config = json.dumps({"client": number}).encode()
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": self.descriptor("application/vnd.oci.image.config.v1+json", self.config),
            "layers": [self.descriptor("application/vnd.oci.image.layer.v1.tar", self.layer)],
        }).encode()
        self.pulled = bytearray(len(self.layer))
        self.connection = http.client.HTTPConnection(HOST, PORT, blocksize=1 << 20)
        self.failure = None

    @staticmethod
    def descriptor(media_type, data):
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def send(self, expected, method, target, body=b"", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, target, body, {"Content-Length": str(len(body)), **headers})
        answer = self.connection.getresponse()
        if answer.status != expected:
            raise RuntimeError(f"{method} {target}: {answer.status} {answer.read()[:300]}")
        return answer

    def blob(self, data):
        octets = {"Content_Type": "application/octet-stream"}
        start = self.send(202, "POST", f"/v2/{self.name}/blobs/uploads/")
        start.read()
        patched = self.send(202, "PATCH", start.headers["Location"], memoryview(data), **octets)
        patched.read()
        location = patched.headers["Location"]
        location += ("&" if "?" in location else "?") + "digest=" + digest_of[id(data)]
        self.send(201, "PUT", location, **octets).read()

    def push(self):
        self.blob(self.layer)
        self.blob(self.config)
        self.send(201, "PUT", f"/v2/{self.name}/manifests/latest", self.manifest, Content_Type=MANIFEST).read()

    def pull(self):
        answer = self.send(200, "GET", f"/v2/{self.name}/manifests/latest", Accept=MANIFEST)
        self.pulled_manifest = answer.read()
        self.pulled_config = self.send(200, "GET", f"/v2/{self.name}/blobs/{digest_of[id(self.config)]}").read()
        answer = self.send(200, "GET", f"/v2/{self.name}/blobs/{digest_of[id(self.layer)]}")
        view, length = memoryview(self.pulled), 0
        while count := answer.readinto(view[length:]):
            length += count
        self.length = length

    def verify(self):
        intact = self.length == len(self.layer) and self.pulled == self.layer
        return intact and self.pulled_manifest == self.manifest and self.pulled_config == self.config

    def run(self, what):
        try:
            barrier.wait()
            getattr(self, what)()
        except Exception as error:  # Whatever it is, the run is lost.
            self.failure = error


clients = [Client(number) for number in range(CLIENTS)]
# Hashing is the registry's work to be measured, not the clients'.
digest_of = {id(data): digest(data) for client in clients for data in (client.layer, client.config)}
for what in ("push", "pull"):
    barrier = threading.Barrier(CLIENTS + 1)
    threads = [threading.Thread(target=client.run, args=(what,)) for client in clients]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.monotonic()
    for thread in threads:
        thread.join()
    print(f"{what} {time.monotonic() - begin:.3f}", flush=True)
    for client in clients:
        if client.failure:
            sys.exit(f"{client.name}: {what}: {client.failure}")
lost = [client.name for client in clients if not client.verify()]
print(f"lost {len(lost)}")
sys.exit(bool(lost))
