# SPDX-License-Identifier: Apache-2.0
"""Networks of their own for nodes: each node in a namespace, all on one bridge, links that nft cuts and
a link through user space that loses, delays and spoils. Needs root.

The process that calls enter() leaves the machine's network and mounts for good: whatever is made then
goes with it, however it ends. So a campaign does it in a child of its own (see `apart`)."""

import ctypes
import os
import subprocess
import sys
import traceback


from world import Broken, harness

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
NETWORK = "10.77.0.%d"
PORT = 7443
BRIDGE_HOST = 250
_libc = ctypes.CDLL("libc.so.6", use_errno=True)


def sh(*words, text=None):
    done = subprocess.run([str(w) for w in words], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken("%s: %s" % (" ".join(str(w) for w in words), done.stderr.strip()))
    return done.stdout


def enter():
    """A network and mounts of our own, with a bridge in it."""
    if _libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    sh("mount", "--make-rprivate", "/")
    os.makedirs("/run/netns", exist_ok=True)
    sh("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    sh("ip", "-batch", "-", text="link set lo up\nlink add br0 type bridge\nlink set br0 up\n"
       "addr add %s/24 dev br0\n" % (NETWORK % BRIDGE_HOST))


def apart(function, *args):
    """Call it in a child process, in a network of its own. What it prints is ours; its result comes back,
    or Broken with its text."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            enter()
            result = function(*args)
            os.write(writing, repr(result).encode())
            code = 0
        except BaseException as e:  # all of it goes to the parent
            text = str(e) if isinstance(e, (Broken, harness.Trouble)) else traceback.format_exc()
            os.write(writing, text.encode()[-60000:])
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as f:
        told = f.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    if status:
        raise Broken(told or "the child ended with %d" % status)
    return told


def nft(text):
    """Rules for our own network, without a process for each change."""
    if not hasattr(nft, "context"):
        nft.library = ctypes.CDLL("libnftables.so.1")
        nft.library.nft_ctx_new.restype = ctypes.c_void_p
        nft.library.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        nft.context = ctypes.c_void_p(nft.library.nft_ctx_new(0))
        nft.library.nft_ctx_buffer_error(nft.context)
    if nft.library.nft_run_cmd_from_buffer(nft.context, text.encode()):
        raise Broken("nft: %s" % nft.library.nft_ctx_get_error_buffer(nft.context).decode(errors="replace"))


class Net:
    """Namespaces for these names, reachable from each other and from us."""

    def __init__(self, names):
        self.ips = {name: NETWORK % number for number, name in enumerate(names, 1)}
        lines = []
        for number, name in enumerate(names, 1):
            sh("ip", "netns", "add", name)
            lines += ["link add v%d type veth peer name e0 netns %s" % (number, name),
                      "link set v%d master br0 up" % number]
        sh("ip", "-batch", "-", text="\n".join(lines) + "\n")
        for name, ip in self.ips.items():
            sh("ip", "-n", name, "-batch", "-", text="link set lo up\naddr add %s/24 dev e0\nlink set e0 up\n" % ip)

    def command(self, name, *words):
        return ["ip", "netns", "exec", name, *words]

    # ---- what the links between nodes do, all of it in place of what they did before
    def links(self, lines=()):
        nft("flush ruleset\ntable bridge f {\nchain across {\ntype filter hook forward priority 0\n%s\n}\n}\n" %
            "\n".join(lines))

    def cut(self, pairs):
        """Lines: what the first of each pair sends to the second is lost."""
        return ["ip saddr %s ip daddr %s drop" % (self.ips[a], self.ips[b]) for a, b in pairs]

    def lossy(self, pairs, percent):
        return ["ip saddr %s ip daddr %s numgen random mod 100 < %d drop" % (self.ips[a], self.ips[b], percent)
                for a, b in pairs]

    def resets(self, name):
        """Whatever this node sends now is answered by a reset, until links() is called again."""
        nft("table netdev g {\nchain from {\ntype filter hook ingress device \"v%s\" priority 0\n"
            "meta l4proto tcp reject with tcp reset\n}\n}\n" % self.ips[name].split(".")[-1])


class NetBox(harness.Box):
    """A federation whose nodes run in namespaces of their names."""

    def __init__(self, options=None, regions=harness.REGIONS, prepare=None):
        self.net = self.make_net(regions)
        super().__init__(options, regions, prepare=prepare)

    def make_net(self, regions):
        return Net(regions)

    def _put_node(self, region, role, address):
        node = super()._put_node(region, role, "%s:%d" % (self.net.ips[region], PORT))
        wrap(node, self.net.command(region))
        return node


def wrap(node, front):
    """From now on the daemon of this node is started by these words."""
    path = os.path.join(os.path.dirname(os.path.dirname(node.folder)), "start-" + node.region)
    with open(path, "w", encoding="utf-8") as f:
        f.write('#!/bin/sh\nexec %s "%s" "$@"\n' % (" ".join(front), node.programs.imsd))
    os.chmod(path, 0o755)
    node.programs = Started(node.programs, path)


class Started:
    """Programs, of which the daemon is another one."""

    def __init__(self, programs, imsd):
        self.build, self.ims, self.reference, self.imsd = programs.build, programs.ims, programs.reference, imsd
