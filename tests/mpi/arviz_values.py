"""ArviZ's diagnostics of a file of chains, as JSON, with any warning an error: arviz_values.py FILE.h5 [DISCARD]"""
import json
import sys
import warnings

import arviz

with warnings.catch_warnings():
    warnings.simplefilter("error")
    data = arviz.from_netcdf(sys.argv[1])
    stats = data.sample_stats.load()
    groups = data.groups()
stats = stats.isel(draw=slice(int(sys.argv[2]) if len(sys.argv) > 2 else 0, None))
found = {}
for name, variable in stats.data_vars.items():
    for layer in variable["layer"].values if "layer" in variable.dims else [None]:
        values = (variable if layer is None else variable.sel(layer=layer)).transpose("chain", "draw").values
        found[name if layer is None else f"{name}[{layer}]"] = {
            "r_hat": float(arviz.rhat(values)),
            "ess_bulk": float(arviz.ess(values, method="bulk")),
            "ess_tail": float(arviz.ess(values, method="tail")),
            "autocorrelation_time": values.size / float(arviz.ess(values, method="mean"))}
json.dump({"groups": list(groups), "version": arviz.__version__, "values": found}, sys.stdout, indent=1)
