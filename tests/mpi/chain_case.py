"""A file of chains with traces of known autocorrelation, for the tests of ggcn_chains."""
import h5py
import numpy as np

from eval_case import put

CHAINS, DRAWS = 6, 101  # an odd number: the middle draw belongs to no half


def noise(count, seed):
    """Numbers in (-1, 1) that no library's generator decides: a linear congruential one, 2^64."""
    state, numbers = seed, np.empty(count)
    for i in range(count):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        numbers[i] = (state >> 11) / 2.0**52 - 1
    return numbers


def autoregression(coefficient, seed, shift=0.0):
    """x_t = coefficient x_(t-1) + noise [CHAINS][DRAWS]; chain c is moved by c * shift."""
    made = np.empty((CHAINS, DRAWS))
    for c in range(CHAINS):
        steps = noise(DRAWS + 50, seed * 1000 + c)
        x = 0.0
        for t, step in enumerate(steps):
            x = coefficient * x + step
            if t >= 50:
                made[c, t - 50] = x + c * shift
    return made


def traces():
    rounded = np.round(autoregression(0.5, 5))  # many ties
    response = np.stack([autoregression(0.8, 6), autoregression(0.3, 7)], axis=2)
    return {"lp": autoregression(0.6, 1), "energy": -autoregression(0.6, 1), "potential": autoregression(0.95, 2, 0.3),
            "gradient_norm": np.abs(autoregression(0.0, 3)), "mean": autoregression(-0.6, 4), "deviation": np.abs(rounded),
            "step_size": np.full((CHAINS, DRAWS), 0.25), "acceptance_rate": np.full((CHAINS, DRAWS), 1.0),
            "layer_response": response}


def write_chains(path, stationarity="fixed", draws=DRAWS):
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(
            format="ggcn-chains", format_version=np.int64(2), created="2024-01-31T23:59:59Z", ggcn_version="a test",
            git_commit="unknown", compiler="none", instruction_set="generic", libraries="none", command_line="",
            configuration="", host="here", ranks=np.int64(1), threads=np.int64(1), stationarity=stationarity,
            layers="relu2 relu4")
        file.create_group("sample_stats", track_order=True)
        names = ["chain", "draw", "layer"]
        for name, values in zip(names, [np.arange(CHAINS), 10 * (1 + np.arange(draws)), np.arange(2)]):
            put(file, f"sample_stats/{name}", values.astype("<u8"), name)
            file[f"sample_stats/{name}"].make_scale(name)
        for name, values in traces().items():
            put(file, f"sample_stats/{name}", values[:, :draws], name, names[: values.ndim])


def names_of(values):
    """The names and arrays [chain][draw] that ggcn_chains has for the traces."""
    for name, array in values.items():
        if array.ndim == 2:
            yield name, array
        else:
            for layer, layer_name in enumerate(["relu2", "relu4"]):
                yield f"{name}[{layer}] {layer_name}", array[:, :, layer]
