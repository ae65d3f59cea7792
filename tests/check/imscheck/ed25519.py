# SPDX-License-Identifier: Apache-2.0
"""Ed25519 signatures, verified by the `openssl` command. Every answer is kept, so that the same
signature costs one process however often it is asked for; verify_many() runs a few at a time."""

import hashlib
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

PUBLIC_BYTES, SIGNATURE_BYTES = 32, 64
AT_ONCE = 4
# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) up to the 32 bytes of the key
DER_FRONT = bytes.fromhex("302a300506032b6570032100")


class ToolError(Exception):
    """openssl could not be run, or did not understand the question."""


class Verifier:
    """Owns a temporary directory; use it in a `with`, or close() it."""

    def __init__(self, openssl="openssl"):
        self._openssl = openssl
        self._answers = {}
        self._directory = tempfile.TemporaryDirectory(prefix="imscheck-")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self._directory.cleanup()

    def verify(self, key, message, signature):
        """Is this the signature of the key (32 raw bytes) on the message?"""
        question = (key, message, signature)
        if question not in self._answers:
            self._answers[question] = self._ask(question)
        return self._answers[question]

    def verify_many(self, questions):
        """Answer (key, message, signature) triples ahead of verify(), several processes at once."""
        new = list({q for q in questions if q not in self._answers})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self._answers.update(zip(new, pool.map(self._ask, new)))

    def _write(self, name, data):
        path = os.path.join(self._directory.name, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def _ask(self, question):
        key, message, signature = question
        if len(key) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
            return False
        name = hashlib.sha256(key + signature + message).hexdigest()
        files = [self._write(name + ".der", DER_FRONT + key), self._write(name + ".message", message),
                 self._write(name + ".signature", signature)]
        try:
            done = subprocess.run(
                [self._openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files[0],
                 "-rawin", "-in", files[1], "-sigfile", files[2]],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except OSError as e:
            raise ToolError("%s: %s" % (self._openssl, e.strerror)) from None
        finally:
            for path in files:
                os.unlink(path)
        if done.returncode == 0:
            return True
        if b"Verification Failure" in done.stdout:
            return False
        raise ToolError("%s: %s" % (self._openssl, done.stdout.decode(errors="replace").strip()))
