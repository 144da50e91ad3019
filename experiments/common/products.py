"""What is made of a trained run: samples, completed images, interpolations, and their scores.

A product of experiment.yaml is

    - {name: NAME, program: sample | inpaint | interpolate, arguments: {SCALE: "words"}, evaluate: {SCALE: "words"}}

and becomes the file NAME.h5 in the run directory. `evaluate` are the words for ggcn_eval, which records its numbers in
that file; the features of the reference images are kept in OUT/statistics for other runs. In both, FILE is the run's data
set, FEATURES the scale's feature network, RUN the run directory, and SETTING:section.key a value of its configuration. A
product is made again when it is of another state of the model than the run ends with.
"""

import os
import shlex

import files
from experiment import Bad, with_data

PROGRAMS = {"sample": "ggcn_sample", "inpaint": "ggcn_inpaint", "interpolate": "ggcn_interpolate"}


def words_of(text, scale, places, checkpoint):
    """`text`: words for all scales, or {SCALE: words}."""
    words = []
    for word in shlex.split(str(text.get(scale, "") if isinstance(text, dict) else text)):
        kind, _, key = word.partition(":")
        words.append(str(checkpoint.setting(key)) if kind == "SETTING" else places.get(word, word))
    return words


def cache_of(words, folder):
    """Where the features of the reference images are kept, by data set, part and network: most of the time."""
    said = dict(zip(words, words[1:]))
    if not {"--features", "--reference"} <= said.keys():
        return []
    os.makedirs(folder, exist_ok=True)
    names = [os.path.basename(said[key]).removesuffix(".h5") for key in ["--reference", "--features"]]
    return [
        "--cache",
        os.path.join(os.path.realpath(folder), "-".join([*names, said.get("--reference-part", "all")]) + ".h5"),
    ]


def make(experiment, scale, directory, programs, data):
    """Makes what is missing, and returns the names of what was made."""
    made = []
    checkpoint = files.last_checkpoint(directory)
    features = with_data([experiment.features(scale)], data)[0]
    places = {"FILE": checkpoint.setting("data.file"), "FEATURES": features, "RUN": directory}
    log = os.path.join(directory, "products.log")
    for product in experiment.products:
        if product["program"] not in PROGRAMS:
            raise Bad(f"product {product['name']}: no program {product['program']}; known are {', '.join(PROGRAMS)}")
        path = os.path.join(directory, product["name"] + ".h5")
        evaluate = words_of(product.get("evaluate", ""), scale, places, checkpoint)
        if files.is_of(path, checkpoint.digest_parameters, bool(evaluate)):
            continue
        for old in [path, path[:-3] + ".png"]:
            if os.path.exists(old):
                os.remove(old)
        arguments = words_of(product.get("arguments", ""), scale, places, checkpoint)
        if product["program"] == "inpaint":
            arguments = [places["FILE"], *arguments]
        programs.call(PROGRAMS[product["program"]], directory, *arguments, "--out", path, log=log)
        if evaluate:
            cache = cache_of(evaluate, os.path.join(directory, "..", "..", "..", "statistics"))
            programs.call("ggcn_eval", path, *evaluate, *cache, "--record", log=log)
        made.append(product["name"])
    return made
