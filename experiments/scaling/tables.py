"""The page table.md and the lines of table.csv."""

import statistics

from costs import power_of_two, quietest
from predictions import counted
from writers import markdown

PARTS = {
    "blocks": "the blocks",
    "waiting": "waiting for ranks with a block more",
    "fixed": "what every rank does once",
    "sum": "the gradient sum",
    "agreements": "agreements",
    "files": "checkpoints",
}
ENOUGH = 0.5  # efficiency
SHOWN = [1, 4, 16, 64, 100, 256, 1024, 4096]  # ranks; the others are in table.csv


def digits(number, count=3):
    """With so many significant digits, never as a power of ten."""
    if number == 0:
        return "0"
    text = f"{number:.{count}g}"
    return f"{float(text):.0f}" if "e+" in text else f"{number:.2e}" if "e-" in text else text


def percent(share, sign=""):
    return f"{100 * share:{sign}.0f} %"


def every_prediction(predicted):
    names = ["network", "scenario", "scaling", "link", "ranks", *[f"{part}_seconds" for part in PARTS], "seconds", "efficiency"]
    lines = []
    for one in predicted:
        line = [one.network, one.scenario["name"], one.scenario["scaling"], one.link, str(one.ranks)]
        if one.parts:
            line += [digits(one.parts[part], 4) for part in PARTS] + [digits(one.seconds(), 4), digits(one.efficiency)]
        else:
            line += ["fewer blocks than ranks"] + [""] * (len(PARTS) + 1)
        lines.append(line)
    return names, lines


def fitted(costs):
    networks, blocks = [], []
    for name, network in costs.networks.items():
        size, doubles = costs.sizes(name)
        networks.append(
            [name]
            + [str(network["parameters"]), digits(1e-6 * size), digits(1e-6 * doubles), digits(1e-6 * network["checkpoint"])]
            + [digits(1e-6 * network["checkpoint_per_chain"]), digits(network["fixed"]), digits(network["update"])]
        )
        for block, cost in network["blocks"].items():
            seconds = [cost["step"], cost["learning"]]
            blocks.append([name, str(block), *map(digits, seconds), *[digits(block / one) for one in seconds]])
    sums = [
        [where, digits(1e6 * latency), digits(1e-9 / per_byte)]
        for where, (latency, per_byte) in [("memory of one machine", costs.shared), ("TCP, no limit", costs.tcp)]
    ]
    return (
        markdown(
            ["network", "parameters", "sum, MB", "of doubles, MB", "checkpoint, MB", "and of each chain, MB"]
            + ["fixed, s", "update, s"],
            networks,
        )
        + "\nAn iteration on one core takes `fixed + blocks (learning + steps * step)` seconds; `update` is the optimiser's "
        "part of `fixed`, the rest packs the parameters for the convolutions.\n\n"
        + markdown(
            ["network", "images a block", "step, s", "learning, s", "images/s of a step", "of learning"],
            blocks,
        )
        + "\nThe sum's messages, from sums of 1 to 100 MB of two ranks (0 µs: too short to be seen beside 1 MB):\n\n"
        + markdown(["between", "a message, µs", "GB/s, software"], sums)
        + f"\nA checkpoint, which is read back and verified, takes up to {digits(costs.checkpoint_ratio)} times as long as "
        "plainly writing its bytes.\n"
    )


def checks(checked):
    groups = {}
    for one in checked:
        groups.setdefault((one.what, one.fitted), []).append(one)
    lines = []
    for (what, is_fitted), group in groups.items():
        largest = max(group, key=lambda one: one.measured)
        errors = [one.error() for one in group]
        lines.append(
            [what + (" (fitted)" if is_fitted else ""), str(len(group)), digits(largest.measured), digits(largest.predicted)]
            + [percent(statistics.median(errors), "+"), percent(max(errors, key=abs), "+")]
        )
    return markdown(
        ["what", "measurements", "longest, measured, s", "predicted, s", "median error", "largest error"], lines
    )


def off(checked, beginning):
    """How far off the model is on what it was not fitted to."""
    errors = [abs(one.error()) for one in checked if not one.fitted and one.what.startswith(beginning)]
    if not errors:
        return "not measured"
    return f"median {percent(statistics.median(errors))}, at most {percent(max(errors))}, of {len(errors)} numbers"


def cores(measured):
    """Strong scaling, and weak where the blocks differ as the workers do; measured."""
    lines = []
    records = quietest(measured.get("cores", []), ["seconds", "update_seconds"])
    for one in records:
        alone = {other["blocks"]: other["seconds"] for other in records if is_alone(other) and other["network"] == one["network"]}
        workers = one["ranks"] * one["threads"]
        weak = alone.get(one["blocks"] // workers) if one["blocks"] % workers == 0 else None
        lines.append(
            [one["network"], str(one["ranks"]), str(one["threads"]), str(one["blocks"]), digits(one["seconds"])]
            + [digits(alone[one["blocks"]] / one["seconds"]) if one["blocks"] in alone else "-"]
            + [percent(weak / one["seconds"]) if weak and workers > 1 else "-"]
            + ["more ranks than cores" if workers > measured["machine"]["cores"] else ""]
        )
    names = ["network", "ranks", "threads of each", "blocks of 1", "s an iteration", "speedup", "weak efficiency", ""]
    return markdown(names, lines)


def is_alone(record):
    return record["ranks"] == record["threads"] == 1


def shared(measured):
    lines = []
    for one in quietest(measured["shared"], ["seconds", "mpi_allreduce_seconds"]):
        note = "more ranks than cores" if one["ranks"] > measured["machine"]["cores"] else ""
        numbers = [digits(one["seconds"]), digits(one["mpi_allreduce_seconds"])]
        lines.append([str(one["ranks"]), str(one["megabytes"]), *numbers, note])
    return markdown(["ranks", "MB", "our sum, s", "MPI_Allreduce, s", ""], lines)


def ends(predicted):
    """Up to how many ranks (powers of two) half of the processors' time or more goes into blocks, and what takes it then."""
    groups = {}
    for one in predicted:
        if power_of_two(one.ranks):
            groups.setdefault((one.network, one.scenario["name"], one.link), []).append(one)
    lines = []
    for (network, scenario, link), group in groups.items():
        good = []
        for one in group:
            if not one.parts or one.efficiency < ENOUGH:
                break
            good.append(one)
        beyond = group[len(good)] if len(good) < len(group) else None
        if not beyond:
            why = "beyond what was asked"
        elif not beyond.parts:
            why = "too few blocks"
        else:
            why = f"{PARTS[beyond.largest_loss()]}: {digits(beyond.parts[beyond.largest_loss()])} of {digits(beyond.seconds())} s"
        last = good[-1]
        lines.append([network, scenario, link, str(last.ranks), digits(last.seconds()), percent(last.efficiency), why])
    names = ["network", "scenario", "link", "ranks", "s an iteration", "efficiency", "with twice as many"]
    return markdown(names, lines)


def times(predicted, scaling):
    """Seconds, and efficiency, of each number of ranks; a column for each link."""
    links = list(dict.fromkeys(one.link for one in predicted))
    rows = {}
    for one in predicted:
        if one.scenario["scaling"] == scaling and one.ranks in SHOWN:
            cell = f"{digits(one.seconds())} ({percent(one.efficiency)})" if one.parts else ""
            rows.setdefault((one.network, one.scenario["name"], one.ranks), {})[one.link] = cell
    lines = [
        [network, scenario, str(ranks), *[cells[link] for link in links]]
        for (network, scenario, ranks), cells in rows.items()
        if any(cells.values())
    ]
    return markdown(["network", "scenario", "ranks", *links], lines)


def assumptions(assumed):
    links = "; ".join(
        f"{one['name']}, {one['latency_microseconds']} µs from one node to another" for one in assumed["networks"]
    )
    return (
        f"- {assumed['steps']} Langevin steps an iteration; as many observed images as chains.\n"
        f"- Nodes of {assumed['cores_per_node']} cores, a rank of one thread on each; every core as fast as the one measured, and "
        "exchanging through memory as fast as the two measured, however many work.\n"
        f"- Links: {links}; each node has one, {assumed['payload']} of its bits are payload, both directions at once, and the "
        "network carries all nodes at full speed. TCP's software costs what it costs here, on as many cores as there are ranks.\n"
        f"- All ranks are equally fast: nobody waits but for blocks. {counted(assumed['agreements'], 'agreement')} beside those "
        "of the sum.\n"
        f"- A file system that takes {assumed['file_system_gigabytes']} GB/s from all ranks together, and a checkpoint every "
        f"{assumed['checkpoint_every']} iterations; no pictures, no recorded draws.\n"
    )


def page(costs, measured, assumed, predicted, checked):
    program = "; ".join(" ".join(line.split()) for line in measured["machine"]["program"] if not line.startswith("libraries"))
    return (
        "# Scaling: measured, and as the model says\n\n"
        f"Made by `experiments/scaling/model` from measurements on {measured['machine']['cores']} cores ({program}) and the "
        "assumptions below. Of the medians that each round of measuring gave, the lowest.\n\n"
        "## Measured: one core, two ranks\n\n"
        + fitted(costs)
        + "\n## The model beside measurements\n\n"
        + "Fitted are the numbers above alone. On everything else, the difference of the predicted from the measured: sums between "
        f"hosts {off(checked, 'sum')}; training between hosts {off(checked, 'training')}; iterations on one machine "
        f"{off(checked, 'iteration')}.\n\n"
        + checks(checked)
        + "\n## Measured: the cores of this machine\n\n"
        + cores(measured)
        + "\nSums between ranks of this machine; of more ranks than cores they show what the software costs, not how it scales:\n\n"
        + shared(measured)
        + "\n## Assumed\n\n"
        + assumptions(assumed)
        + "\n## Predicted: where scaling ends\n\n"
        + f"The most ranks, of powers of two, with an efficiency of at least {percent(ENOUGH)}, and the largest loss beyond.\n\n"
        + ends(predicted)
        + "\n## Predicted: strong scaling\n\nSeconds of an iteration, and efficiency against one rank; no line where there are "
        "fewer blocks than ranks. 100 is no power of two.\n\n"
        + times(predicted, "strong")
        + "\n## Predicted: weak scaling\n\n"
        + times(predicted, "weak")
    )
