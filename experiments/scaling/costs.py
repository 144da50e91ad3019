"""The model: what an iteration costs, from measurements and assumptions.

An iteration on P ranks of one thread, of B blocks with L Langevin steps:

    seconds = fixed + ceil(B / P) (learning + L step) + sum(P) + agreements(P) + files

`fixed` is what every rank does once, whatever the number of blocks: packing the parameters for the convolutions, and the
optimiser. `learning` and `step` are of one block on one core.
"""

import math
import statistics

import numpy as np

PAYLOAD = {"none": 1.0, "netem": 1448 / 1514, "tbf": 1448 / 1514, "tbf+switch": 64948 / 65014}


def power_of_two(ranks):
    return ranks & (ranks - 1) == 0


def doublings(ranks):
    return math.ceil(math.log2(ranks))


def messages(ranks):
    """How many one-way messages of a sum follow one another (hpc/tree_sum.c). A large one is three: request, answer, data.

    Powers of two, for each doubling: the agreement, doubles on their way up the tree, their broadcast, two exchanges of large
    messages. Others: one large message in place of the two, and in the end a ring of all ranks that hands shares round.
    """
    return 9 * doublings(ranks) if power_of_two(ranks) else 6 * doublings(ranks) + 3 * (ranks - 1)


def passages(ranks):
    """How often a gradient's bytes pass through one rank's link, one after the other.

    Powers of two: recursive halving, then doubling. Others: whole gradients up the tree, then a share to each rank, then all
    shares to all.
    """
    both_ways = 2 * (ranks - 1) / ranks
    return both_ways if power_of_two(ranks) else doublings(ranks) + both_ways


def sum_seconds(ranks, size, doubles, latency, per_byte):
    """`size` bytes of floats, `doubles` bytes of doubles, which go up the tree and down again whole."""
    if ranks == 1:
        return 0.0
    return messages(ranks) * latency + (2 * doublings(ranks) * doubles + passages(ranks) * size) * per_byte


def seconds_per_byte(rate):
    """Of a link's rate as tc reads it."""
    units = {"gbit": 1e9, "mbit": 1e6, "none": math.inf}
    unit = next(name for name in units if rate.endswith(name))
    return 8 / (float(rate[: -len(unit)] or 1) * units[unit])


def line(sizes, seconds):
    """latency >= 0 and seconds a byte of seconds = latency + bytes per_byte, by least squares of relative errors."""
    sizes, seconds = np.array(sizes, float), np.array(seconds, float)
    (latency, per_byte), *_ = np.linalg.lstsq(np.stack([1 / seconds, sizes / seconds], 1), np.ones(len(sizes)), rcond=None)
    if latency < 0:
        latency, per_byte = 0.0, float(np.sum(sizes / seconds) / np.sum((sizes / seconds) ** 2))
    return float(latency), float(per_byte)


def quietest(records, numbers):
    """Records that differ in nothing but the round and the numbers become one, with the lowest of each number: what else a
    machine does only ever adds to them."""
    groups = {}
    for record in records:
        key = tuple((name, value) for name, value in record.items() if name != "round" and name not in numbers)
        groups.setdefault(key, []).append(record)
    return [
        {**dict(key), **{name: min(one[name] for one in group) for name in numbers}} for key, group in groups.items()
    ]


class Costs:
    """Fitted to the parts plan, block, shared and files, and of the part hosts to two hosts with unlimited links alone."""

    def __init__(self, measured):
        self.networks = {}
        plans, blocks = measured["plan"], quietest(measured["block"], ["seconds", "update_seconds"])
        for network in dict.fromkeys(plan["network"] for plan in plans):
            self.networks[network] = self.network(
                [plan for plan in plans if plan["network"] == network],
                [block for block in blocks if block["network"] == network],
            )
        shared = quietest(measured["shared"], ["seconds", "mpi_allreduce_seconds"])
        self.shared = self.exchange([one for one in shared if one["ranks"] == 2])
        hosts = quietest(measured.get("hosts", []), ["seconds", "mpi_allreduce_seconds"])
        self.tcp = self.exchange([one for one in hosts if is_fitted(one)]) if hosts else self.shared
        files = quietest(measured["files"], ["checkpoint_seconds", "plain_seconds"])
        self.checkpoint_ratio = max(one["checkpoint_seconds"] / one["plain_seconds"] for one in files)

    @staticmethod
    def exchange(records):
        """Seconds of one message and of a byte in software, from sums of two ranks."""
        latency, per_byte = line([1e6 * one["megabytes"] for one in records], [one["seconds"] for one in records])
        return latency / messages(2), per_byte

    @staticmethod
    def network(plans, blocks):
        few, many = sorted(plans, key=lambda plan: plan["chains"])
        slope = (many["checkpoint_megabytes"] - few["checkpoint_megabytes"]) / (many["chains"] - few["chains"])
        # seconds = fixed + blocks (learning + steps step), least squares of relative errors; one `fixed` for all block sizes
        numbers = list(dict.fromkeys(one["block"] for one in blocks))
        matrix = np.zeros((len(blocks), 1 + 2 * len(numbers)))
        for row, one in zip(matrix, blocks):
            at = 1 + 2 * numbers.index(one["block"])
            row[[0, at, at + 1]] = [1, one["blocks"], one["blocks"] * one["steps"]]
            row /= one["seconds"]
        fixed, *costs = map(float, np.linalg.lstsq(matrix, np.ones(len(blocks)), rcond=None)[0])
        return {
            "parameters": few["parameters"],
            "statistics": few["statistics"],
            "checkpoint": 1e6 * (few["checkpoint_megabytes"] - few["chains"] * slope),
            "checkpoint_per_chain": 1e6 * slope,
            "fixed": fixed,
            "update": statistics.median(one["update_seconds"] for one in blocks),
            "blocks": {
                block: {"learning": learning, "step": step}
                for block, learning, step in zip(numbers, costs[::2], costs[1::2])
            },
        }

    def computing(self, network, block, blocks, workers, steps):
        """The parts that need no other rank: an equal share of the blocks, waiting for who has one more, what is fixed."""
        cost, fixed = self.networks[network]["blocks"][block], self.networks[network]["fixed"]
        each = cost["learning"] + steps * cost["step"]
        share = blocks / workers
        return {"blocks": share * each, "waiting": (math.ceil(share) - share) * each, "fixed": fixed}

    def sizes(self, network):
        """Bytes of floats and of doubles in a sum."""
        return 4 * self.networks[network]["parameters"], 8 * self.networks[network]["statistics"]

    def between_hosts(self, hosts, rate, delay_microseconds, limits, size, doubles=8):
        """A sum of a rank on each of some hosts, over TCP."""
        latency, per_byte = self.tcp
        wire = seconds_per_byte(rate) / PAYLOAD[limits]
        return sum_seconds(hosts, size, doubles, latency + 1e-6 * delay_microseconds, max(wire, per_byte))

    def on_one_host(self, ranks, network):
        """A sum of ranks with a core each."""
        return sum_seconds(ranks, *self.sizes(network), *self.shared)

    def on_cluster(self, network, link, ranks, assumed):
        """A sum on nodes of several ranks: neighbours first, through memory; then between nodes, all ranks of one at once."""
        size, doubles = self.sizes(network)
        inside = min(ranks, assumed["cores_per_node"])
        nodes = math.ceil(ranks / inside)
        latency, per_byte = self.shared
        wire = 8e-9 / link["gbit"] / assumed["payload"]
        distant_latency, distant = 1e-6 * link["latency_microseconds"] + self.tcp[0], max(wire, self.tcp[1] / inside)
        if power_of_two(ranks):
            return sum_seconds(inside, size, doubles, latency, per_byte) + sum_seconds(
                nodes, size, doubles, distant_latency, distant
            )
        # Up the tree one rank of a node sends at a time; in the end a ring goes through all of them.
        levels, above = doublings(ranks), doublings(nodes)
        between = (distant_latency, max(wire, self.tcp[1])) if nodes > 1 else self.shared
        up = ((levels - above) * per_byte + above * between[1]) * (size + doubles)
        return messages(ranks) * between[0] + up + 2 * (ranks - 1) / ranks * size * between[1]

    def iteration(self, network, link, scenario, ranks, assumed):
        """Seconds of the parts of an iteration, or None where there are fewer blocks than ranks."""
        weak = scenario["scaling"] == "weak"
        chains, block = scenario["chains"] * (ranks if weak else 1), scenario["block"]
        blocks = chains // block
        if blocks < ranks:
            return None
        latency = 1e-6 * link["latency_microseconds"] if ranks > assumed["cores_per_node"] else self.shared[0]
        cost = self.networks[network]
        written = cost["checkpoint"] + chains * cost["checkpoint_per_chain"]
        files = written * self.checkpoint_ratio / (1e9 * assumed["file_system_gigabytes"]) / assumed["checkpoint_every"]
        return {
            **self.computing(network, block, blocks, ranks, assumed["steps"]),
            "sum": self.on_cluster(network, link, ranks, assumed),
            "agreements": assumed["agreements"] * latency * (doublings(ranks) if ranks > 1 else 0),
            "files": files,
        }


def is_fitted(record):
    """True of the measurements between hosts that the model was fitted to; the others test it."""
    return record["hosts"] == 2 and record["rate"] == "none" and record["delay_microseconds"] == 0
