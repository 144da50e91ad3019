#!/usr/bin/python3
"""ggcn_eval against NumPy, SciPy, Pillow and scikit-image, on any number of ranks and threads.

test_eval.py GGCN_EVAL GGCN_DATA GGCN_TRAIN MAKE_NETWORK_FILE LAUNCHER
"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import scipy.special  # noqa: F401  (used by eval_case)

    import eval_case as case
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

GGCN_EVAL, GGCN_DATA, GGCN_TRAIN, MAKE_NETWORK, LAUNCHER = sys.argv[1:]


def close(found, expected, relative):
    assert abs(found - expected) <= relative * abs(expected), (found, expected)


def evaluate(*arguments, ranks=1, threads=1):
    command = [GGCN_EVAL, *arguments, "--json", "found.json"]
    if ranks > 1:
        command = [LAUNCHER, "-np", str(ranks), *command]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, case.load_json("found.json")


def make_network():
    with open("network.yaml", "w", encoding="utf-8") as stream:
        stream.write(case.NETWORK)
    for resize in ["bilinear-pillow", "bilinear-tensorflow"]:
        subprocess.run([MAKE_NETWORK, "network.yaml", "3", str(case.SIDE), str(case.SIDE), resize + ".h5"], check=True)
        with h5py.File(resize + ".h5", "r+") as file:
            file.attrs["features"] = "top"
            file.attrs["resize"] = resize
            file.attrs["format_version"] = np.int64(2)


def check_scores(numbers, reference, resize):
    """Numbers beyond the pixel range are clamped, as in pictures."""
    network = f"bilinear-{resize.__name__}.h5"
    printed, found = evaluate("samples.h5", "--reference", "reference.h5", "--features", network, "--splits", "7")
    ours, scores = case.features(network, case.as_bytes(numbers), resize)
    theirs, _ = case.features(network, reference, resize)
    mean, deviation = case.inception_score(scores, 7)
    assert mean > 1.02 and deviation > 1e-3, (mean, deviation)
    close(found["inception_score"]["mean"], mean, 1e-4)
    close(found["inception_score"]["deviation"], deviation, 1e-3)
    close(found["frechet_distance"]["value"], case.frechet_distance(ours, theirs), 1e-4)
    tops = np.bincount(scores.argmax(1), minlength=7)
    assert [c["samples"] for c in found["top_classes"]] == sorted(tops[tops > 0], reverse=True)[:5]
    assert f"{mean:.4g}"[:4] in printed and "full rank" not in printed
    told = found["network"]
    assert (told["features"], told["classes"], told["features_layer"], told["logits_layer"]) == (10, 7, "top", "scores")
    assert told["resize"] == network[:-3] and told["input"] == [3, case.SIDE, case.SIDE]
    with h5py.File(network) as file:
        assert told["digest"] == file.attrs["digest"]
    return found


def check_ranks(expected):
    arguments = ["samples.h5", "--reference", "reference.h5", "--features", "bilinear-tensorflow.h5", "--splits", "7",
                 "--paired"]
    _, first = evaluate(*arguments)
    assert first["frechet_distance"] == expected["frechet_distance"]
    for ranks, threads in [(1, 2), (2, 1), (3, 2), (4, 1)]:
        _, found = evaluate(*arguments, ranks=ranks, threads=threads)
        assert found == first, (ranks, threads, found, first)


def check_pairs(numbers, reference):
    _, found = evaluate("samples.h5", "--reference", "reference.h5", "--paired")
    for name, value in case.pair_scores(case.as_bytes(numbers), reference).items():
        close(found["pairs"][name], value, 1e-4)
    assert found["pairs"]["identical"] == 0 and "network" not in found
    printed, found = evaluate("reference.h5", "--reference", "reference.h5", "--paired")
    assert found["pairs"] == {"mse": 0, "psnr": None, "ssim": 1, "identical": len(reference)}, found
    assert f"{len(reference)} pairs are identical" in printed


def check_cache(expected):
    arguments = ["samples.h5", "--reference", "reference.h5", "--features", "bilinear-tensorflow.h5", "--splits", "7"]
    for ranks, cached in [(2, False), (1, True), (3, True)]:
        _, found = evaluate(*arguments, "--cache", "cache.h5", ranks=ranks)
        assert found["frechet_distance"] == {**expected["frechet_distance"], "reference_from_cache": cached}, found
    for other, words in [("bilinear-pillow.h5", '"resize"'), ("samples.h5", '"images_digest"')]:
        use = arguments[:4] + [other] + arguments[5:] if "pillow" in other else arguments[:2] + [other] + arguments[3:]
        done = subprocess.run([GGCN_EVAL, *use, "--cache", "cache.h5"], capture_output=True, text=True)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    with h5py.File("cache.h5") as file:
        _, theirs = None, case.features("bilinear-tensorflow.h5", case.images(53, 12, 2), case.tensorflow)[0]
        assert np.allclose(file["covariance"], np.cov(theirs, rowvar=False), rtol=1e-4, atol=1e-7)


def check_few():
    """Ten features of eight images: said, and the distance is still that of SciPy."""
    few = case.images(8, 12, 5)
    case.write_samples("few.h5", few / 127.5 - 1)
    printed, found = evaluate("few.h5", "--reference", "reference.h5", "--features", "bilinear-pillow.h5", "--splits", "2")
    assert "8 samples give no covariance of full rank for 10 features" in printed, printed
    assert not found["frechet_distance"]["samples_full_rank_possible"]
    ours, _ = case.features("bilinear-pillow.h5", few, case.pillow)
    theirs, _ = case.features("bilinear-pillow.h5", case.images(53, 12, 2), case.pillow)
    s_a, s_b = np.cov(ours, rowvar=False), np.cov(theirs, rowvar=False)
    values, vectors = np.linalg.eigh(s_a)  # the root of a matrix without full rank
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    trace = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ s_b @ root), 0)).sum()
    close(found["frechet_distance"]["value"],
          ((ours.mean(0) - theirs.mean(0)) ** 2).sum() + np.trace(s_a + s_b) - 2 * trace, 1e-4)


def check_record():
    before = evaluate("samples.h5", "--features", "bilinear-pillow.h5", "--splits", "3", "--record", ranks=2)[1]
    with h5py.File("samples.h5") as file:
        assert file.attrs["evaluation"].rstrip() == open("found.json", encoding="utf-8").read().rstrip()
    again = evaluate("samples.h5", "--features", "bilinear-pillow.h5", "--splits", "4", "--record")[1]
    assert again["inception_score"]["splits"] == 4 and again["samples"] == before["samples"]
    with h5py.File("samples.h5") as file:
        assert '"splits": 4' in file.attrs["evaluation"]
    assert not [name for name in os.listdir(".") if name.endswith(".incomplete")]


def check_chains():
    """Recorded chains are images draw by draw, clamped to the configuration's pixels."""
    with open("train.yaml", "w", encoding="utf-8") as stream:
        stream.write("data: {file: reference.h5, pixel_min: 0, pixel_max: 2}\npotential: {network: network.yaml}\n"
                     "sampler: {steps: 3, step_size: 1.0, noise_sigma: 0.5}\nlearning: {iterations: 3, observed: 16, chains: 16}\n"
                     "run: {block: 8}\noutput: {checkpoint_every: 3, grid_every: 0, chain_every: 1}\n")
    subprocess.run([GGCN_TRAIN, "train.yaml", "--out", "run"], check=True, capture_output=True)
    found = evaluate("run/chains/chains.h5", "--features", "bilinear-pillow.h5", "--splits", "3", ranks=2)[1]
    with h5py.File("run/chains/chains.h5") as file:
        x = np.asarray(file["posterior/x"])
    assert x.shape[:2] == (16, 3)
    pixels = case.as_bytes(x.swapaxes(0, 1).reshape(-1, *x.shape[2:]), 0, 2)
    assert pixels.std() > 20, pixels.std()
    mean, _ = case.inception_score(case.features("bilinear-pillow.h5", pixels, case.pillow)[1], 3)
    close(found["inception_score"]["mean"] - 1, mean - 1, 1e-3)


def check_responses(reference):
    """The model of check_chains: theta has a weight for each channel and position."""
    arguments = ["run/chains/chains.h5", "--reference", "reference.h5", "--model", "run"]
    printed, found = evaluate(*arguments)
    with h5py.File("run/chains/chains.h5") as file:
        x = np.asarray(file["posterior/x"])
    checkpoint = found["model"]["checkpoint"]
    ours = case.responses(checkpoint, case.as_bytes(x.swapaxes(0, 1).reshape(-1, *x.shape[2:]), 0, 2))
    theirs = case.responses(checkpoint, reference)
    layers = found["response_distance"]["layers"]
    assert [layer["layer"] for layer in layers] == ["bent", "top", "scores"], layers
    for layer in layers:
        a, b = ours[layer["layer"]], theirs[layer["layer"]]
        close(layer["value"], abs(a.mean((0, 2, 3)) - b.mean((0, 2, 3))).mean(), 1e-4)
    total = abs(ours["scores"].mean(0) - theirs["scores"].mean(0)).mean()
    assert total > 1.01 * layers[2]["value"] > 0, (total, layers)
    close(found["response_distance"]["total"], total, 1e-4)
    assert f"{found['response_distance']['total']:.6g}" in printed
    assert (found["samples"]["images"], found["reference"]["images"]) == (48, 53)
    with h5py.File(checkpoint) as file:
        assert found["model"]["digest_parameters"] == file.attrs["digest_parameters"]
    for ranks, threads in [(1, 2), (2, 1), (3, 2)]:
        assert evaluate(*arguments, ranks=ranks, threads=threads)[1] == found, (ranks, threads)
    same = evaluate("reference.h5", *arguments[1:])[1]["response_distance"]
    assert same["total"] == 0 and all(layer["value"] == 0 for layer in same["layers"]), same


def check_response_faults():
    case.write_samples("large.h5", case.images(20, 16, 3) / 127.5 - 1)
    case.write_data_set(GGCN_DATA, ".", "large-reference", case.images(20, 16, 4))
    for samples, reference, model, words in [
            ("large.h5", "large-reference.h5", "run", "large.h5 holds images of 3x16x16"),
            ("samples.h5", "reference.h5", "reference.h5", "reference.h5"),
            ("samples.h5", "reference.h5", "nowhere", "nowhere")]:
        done = subprocess.run([LAUNCHER, "-np", "2", GGCN_EVAL, samples, "--reference", reference, "--model", model,
                               "--json", "none.json"], capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.count("ggcn_eval: ") == 1 and words in done.stderr, done.stderr
    assert not os.path.exists("none.json")
    done = subprocess.run([GGCN_EVAL, "samples.h5", "--model", "run"], capture_output=True, text=True)
    assert done.returncode == 2 and "--model compares with" in done.stderr, done.stderr


def check_files():
    done = subprocess.run([GGCN_DATA, "check", "samples.h5", "cache.h5", "bilinear-tensorflow.h5"], capture_output=True,
                          text=True)
    assert done.returncode == 0 and done.stdout.count(": ok (") == 3, done.stdout + done.stderr


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    make_network()
    reference = case.images(53, 12, 2)
    case.write_data_set(GGCN_DATA, ".", "reference", reference)
    samples = (case.images(53, 12, 1) / 127.5 - 1) * 1.1 + 0.05
    case.write_samples("samples.h5", samples)
    check_scores(samples, reference, case.pillow)
    scored = check_scores(samples, reference, case.tensorflow)
    check_ranks(scored)
    check_pairs(samples, reference)
    check_cache(scored)
    check_few()
    check_record()
    check_chains()
    check_responses(reference)
    check_response_faults()
    check_files()
print("PASS")
