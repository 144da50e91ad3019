"""What the model says: of clusters, and of what was measured but not fitted."""

import dataclasses

from costs import is_fitted, quietest


@dataclasses.dataclass
class Prediction:
    network: str
    link: str
    scenario: dict
    ranks: int
    parts: dict  # seconds, or None where there are fewer blocks than ranks
    efficiency: float = 0.0

    def seconds(self):
        return sum(self.parts.values())

    def largest_loss(self):
        """The part that takes longest beside the blocks."""
        losses = {name: seconds for name, seconds in self.parts.items() if name != "blocks"}
        return max(losses, key=losses.get)


def predict(costs, assumed):
    """All of them, whose efficiency compares with one rank of the same scenario."""
    found = []
    for network in costs.networks:
        for scenario in assumed["scenarios"]:
            if scenario["block"] not in costs.networks[network]["blocks"]:
                continue
            for link in assumed["networks"]:
                one = None
                for ranks in assumed["ranks"]:
                    parts = costs.iteration(network, link, scenario, ranks, assumed)
                    made = Prediction(network, link["name"], scenario, ranks, parts)
                    if parts:
                        one = one or made.seconds()
                        work = 1 if scenario["scaling"] == "weak" else ranks
                        made.efficiency = one / (work * made.seconds())
                    found.append(made)
    return found


@dataclasses.dataclass
class Check:
    what: str  # the group
    measured: float
    predicted: float
    fitted: bool = False

    def error(self):
        return self.predicted / self.measured - 1


def rate_in_words(rate):
    return "no limit" if rate == "none" else rate.replace("gbit", " Gbit/s").replace("mbit", " Mbit/s")


def check(costs, measured):
    """Predicted beside measured."""
    found = []
    for one in quietest(measured.get("hosts", []), ["seconds", "mpi_allreduce_seconds"]):
        link = [one["hosts"], one["rate"], one["delay_microseconds"], one["limits"]]
        what = f"sum, {one['hosts']} hosts, {rate_in_words(one['rate'])}, +{one['delay_microseconds']} µs"
        found.append(Check(what, one["seconds"], costs.between_hosts(*link, 1e6 * one["megabytes"]), is_fitted(one)))
    for one in quietest(measured.get("training", []), ["seconds", "sum_seconds"]):
        link = [one["hosts"], one["rate"], one["delay_microseconds"], one["limits"]]
        seconds = sum(costs.computing(one["network"], one["block"], one["blocks"], one["hosts"], one["steps"]).values())
        what = f"training, {one['network']}, 2 hosts, {rate_in_words(one['rate'])}, +{one['delay_microseconds']} µs"
        sums = costs.between_hosts(*link, *costs.sizes(one["network"]))
        found.append(Check(what, one["seconds"], seconds + sums))
    for one in quietest(measured.get("cores", []), ["seconds", "update_seconds"]):
        workers = one["ranks"] * one["threads"]
        if workers > measured["machine"]["cores"]:
            continue
        seconds = sum(costs.computing(one["network"], one["block"], one["blocks"], workers, one["steps"]).values())
        what = f"iteration, {one['network']}, {counted(one['ranks'], 'rank')} of {counted(one['threads'], 'thread')}"
        found.append(Check(what, one["seconds"], seconds + costs.on_one_host(one["ranks"], one["network"])))
    return found


def counted(number, what):
    return f"{number} {what}" + ("s" if number > 1 else "")
