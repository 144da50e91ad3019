#!/usr/bin/python3
"""A switch between network devices of its own, which hands every packet on after a delay.

    switch.py COUNT MICROSECONDS PREFIX

makes devices PREFIX0, PREFIX1, ..., prints "ready", and hands a packet for address x.y.z.N on to device N-1 until its standard
input ends. The devices may be moved into network namespaces. For kernels without netem, by root.
"""

import collections
import contextlib
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
MOST = 65536  # bytes of a packet
WAKING = 20e-6  # seconds before a packet's time from when on the clock is watched


def device(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return file


def read_all(file, queue, delay):
    while True:
        try:
            packet = os.read(file, MOST)
        except BlockingIOError:
            return
        except OSError:  # the device is down, still or again
            return
        queue.append((time.monotonic() + delay, packet))


def main():
    count, delay, prefix = int(sys.argv[1]), 1e-6 * float(sys.argv[2]), sys.argv[3]
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # the ranks' waiting takes all cores
    devices = [device(f"{prefix}{i}") for i in range(count)]
    print("ready", flush=True)
    queue = collections.deque()  # (when, packet): all wait equally long
    while True:
        left = max(0.0, queue[0][0] - time.monotonic() - WAKING) if queue else None
        readable = select.select([*devices, sys.stdin], [], [], left)[0]
        if sys.stdin in readable:
            return
        for file in readable:
            read_all(file, queue, delay)
        while queue and queue[0][0] <= time.monotonic() + WAKING:
            when, packet = queue.popleft()
            while time.monotonic() < when:
                pass
            to = packet[19] - 1  # the last byte of an IPv4 packet's destination
            if packet[0] >> 4 == 4 and to < count:
                os.write(devices[to], packet)


if __name__ == "__main__":
    main()
