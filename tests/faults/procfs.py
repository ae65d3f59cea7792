# SPDX-License-Identifier: Apache-2.0
"""What a process and its database cost, as the kernel and the files tell."""

import os
import struct

TICKS = os.sysconf("SC_CLK_TCK")
# LMDB 0.9 on 64-bit Linux: the lock file's head, then readers of a cache line each.
LOCK_MAGIC = 0xBEEFC0DE
COUNT_AT, READERS_AT, READER_BYTES = 56, 128, 64
NO_TXN = (1 << 64) - 1


def cpu_s(pid):
    """Seconds of processor time so far."""
    with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid):
    """Kibibytes: {"VmRSS": …, "RssAnon": …, "RssFile": …, "VmHWM": …}."""
    with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
        rows = (line.split() for line in f)
        return {row[0][:-1]: int(row[1]) for row in rows
                if row[0] in ("VmRSS:", "RssAnon:", "RssFile:", "VmHWM:", "Threads:")}


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def readers(data_dir):
    """(slots ever needed at once, slots with an open read transaction) of a database."""
    with open(os.path.join(data_dir, "lock.mdb"), "rb") as f:
        data = f.read()
    if struct.unpack_from("<I", data)[0] != LOCK_MAGIC:
        raise ValueError("not a lock file of LMDB")
    count = struct.unpack_from("<I", data, COUNT_AT)[0]
    slots = [struct.unpack_from("<Qi", data, READERS_AT + i * READER_BYTES) for i in range(count)]
    return count, sum(1 for txn, pid in slots if pid and txn != NO_TXN)


def disk_bytes(folder):
    """Space that the files of a folder take."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except OSError:
                continue
    return total
