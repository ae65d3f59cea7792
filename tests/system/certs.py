# SPDX-License-Identifier: Apache-2.0
"""Certificates, good and bad ones, made with the openssl command."""

import hashlib
import os
import time

from harness import must

DAY_S = 86400
BOTH = "serverAuth,clientAuth"
CONFIG = """[ca]
default_ca = d
[d]
database = %(folder)s/index.txt
serial = %(folder)s/serial
new_certs_dir = %(folder)s
default_md = %(digest)s
policy = p
unique_subject = no
x509_extensions = e
[p]
commonName = supplied
[e]
basicConstraints = critical,CA:FALSE
%(extensions)s
"""


def make_key(folder, name, kind="EC"):
    path = os.path.join(folder, name + ".key")
    how = {"EC": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
           "RSA-1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
           "RSA-2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]}[kind]
    must(["openssl", "genpkey", *how, "-out", path])
    return path


def _time(offset_s):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + offset_s))


def make(folder, name, names=(), key=None, start_s=-3600, end_s=30 * DAY_S, eku=BOTH, kind="EC", digest="sha256",
         extra=""):
    """(certificate, key) as files; names: its subject alternative names, as "URI:ims://…"."""
    key = key or make_key(folder, name, kind)
    extensions = "".join("%s = %s\n" % line for line in (("extendedKeyUsage", eku), (
        "subjectAltName", ",".join(names))) if line[1]) + extra
    paths = {suffix: os.path.join(folder, name + suffix) for suffix in (".csr", ".cnf", ".crt")}
    with open(paths[".cnf"], "w", encoding="ascii") as f:
        f.write(CONFIG % {"folder": folder, "digest": digest, "extensions": extensions})
    for start, content in (("index.txt", ""), ("serial", "01\n")):
        with open(os.path.join(folder, start), "w", encoding="ascii") as f:
            f.write(content)
    must(["openssl", "req", "-new", "-key", key, "-subj", "/CN=test", "-out", paths[".csr"]])
    must(["openssl", "ca", "-batch", "-notext", "-selfsign", "-config", paths[".cnf"], "-keyfile", key,
          "-in", paths[".csr"], "-out", paths[".crt"], "-startdate", _time(start_s), "-enddate", _time(end_s)])
    return paths[".crt"], key


def pin(key):
    """SHA-256 of the public key, as a roster pins it."""
    out = os.path.join(os.path.dirname(key), "pin.der")
    must(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", out])
    with open(out, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()
