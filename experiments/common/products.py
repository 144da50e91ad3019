"""What is made of a trained run: samples, completed images, interpolations, and their scores.

A product of experiment.yaml is

    - {name: NAME, program: sample | inpaint | interpolate, arguments: {SCALE: "words"}, evaluate: {SCALE: "words"}}

and becomes the file NAME.h5 in the run directory. `evaluate` are the words for ggcn_eval, which records its numbers in that
file; FILE in them is the run's data set, FEATURES the scale's feature network, RUN the run directory. `unless: [MODEL...]`
leaves models out that cannot make it. A product is made again when it is of another state of the model than the run ends with.
"""
import os
import shlex

import files
from experiment import Bad, SCALES, with_data

PROGRAMS = {"sample": "ggcn_sample", "inpaint": "ggcn_inpaint", "interpolate": "ggcn_interpolate"}


def words_of(text, scale, places):
    """`text`: words for all scales, or {SCALE: words}."""
    chosen = text.get(scale, "") if isinstance(text, dict) else text
    return [places.get(word, word) for word in shlex.split(str(chosen))]


def wanted(product, model):
    if product["program"] not in PROGRAMS:
        raise Bad(f"product {product['name']}: no program {product['program']}; known are {', '.join(PROGRAMS)}")
    return model not in product.get("unless", [])


def make(experiment, scale, run, directory, programs, data):
    """Makes what is missing, and returns the names of what was made."""
    made = []
    checkpoint = files.last_checkpoint(directory)
    features = with_data([experiment.features(scale)], data)[0]
    places = {"FILE": checkpoint.setting("data.file"), "FEATURES": features, "RUN": directory}
    log = os.path.join(directory, "products.log")
    for product in experiment.products:
        if not wanted(product, checkpoint.setting("model")):
            continue
        path = os.path.join(directory, product["name"] + ".h5")
        evaluate = words_of(product.get("evaluate", ""), scale, places)
        if files.is_of(path, checkpoint.digest_parameters, bool(evaluate)):
            continue
        for old in [path, path[:-3] + ".png"]:
            if os.path.exists(old):
                os.remove(old)
        arguments = words_of(product.get("arguments", ""), scale, places)
        if product["program"] == "inpaint":
            arguments = [places["FILE"], *arguments]
        programs.call(PROGRAMS[product["program"]], directory, *arguments, "--out", path, log=log)
        if evaluate:
            programs.call("ggcn_eval", path, *evaluate, "--record", log=log)
        made.append(product["name"])
    return made
