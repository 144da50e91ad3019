"""Files for test_eval_faults.sh: samples with something wrong, and feature networks with something wrong."""
import shutil
import sys

import h5py
import numpy as np

sys.path.insert(0, sys.argv[1])
import eval_case as case  # noqa: E402

samples = case.images(20, 12, 3) / 127.5 - 1
case.write_samples("samples.h5", samples)
case.write_samples("empty.h5", samples[:1])
with h5py.File("empty.h5", "r+") as file:
    names = ["sample", "channel", "row", "column"]
    for name in ["images", "chain", "draw", "sample"]:
        del file[f"posterior/{name}"]
    for name, shape, kind in [("sample", (0,), "<u8"), ("images", (0, 3, 12, 12), "<f4"), ("chain", (0,), "<u8"),
                              ("draw", (0,), "<u8")]:
        data = file.create_dataset(f"posterior/{name}", shape, kind, chunks=tuple(max(n, 1) for n in shape),
                                   maxshape=(None, *shape[1:]), fletcher32=True)
        data.attrs["description"], data.attrs["units"] = name, "1"
        if name == "sample":
            data.make_scale(name)
        else:
            for i in range(len(shape)):
                data.dims[i].attach_scale(file[f"posterior/{names[i]}"])
case.write_samples("range.h5", samples, 1.0, -1.0)
case.write_samples("broken.h5", np.where(np.arange(20)[:, None, None, None] == 17, np.nan, samples))
case.write_samples("larger.h5", case.images(20, 16, 3) / 127.5 - 1)
case.write_samples("fewer.h5", samples[:19])
case.write_samples("small.h5", samples[:, :, :10])
case.write_samples("two.h5", samples[:, :2])
case.write_samples("one.h5", samples[:1])
with h5py.File("network.h5", "r+") as file:
    file.attrs["features"] = "top"
for name in ["missing", "unknown", "layer", "rule", "unused", "digest"]:
    shutil.copy("network.h5", name + ".h5")
with h5py.File("missing.h5", "r+") as file:
    del file["weights/second/weight"]
with h5py.File("unknown.h5", "r+") as file:
    file.attrs["layers"] = file.attrs["layers"].replace("op: leaky_relu", "op: swish")
    del file.attrs["layers_digest"]  # as in a file of another program
with h5py.File("layer.h5", "r+") as file:
    file.attrs["features"] = "nowhere"
with h5py.File("rule.h5", "r+") as file:
    file.attrs["resize"], file.attrs["format_version"] = "bicubic", np.int64(2)
with h5py.File("unused.h5", "r+") as file:
    file.attrs["features"] = file.attrs["logits"] = "bent"
    file.attrs["format_version"] = np.int64(2)
with h5py.File("digest.h5", "r+") as file:
    file["weights/second/bias"][0] += 1
