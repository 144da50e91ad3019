#!/usr/bin/python3
"""The page of ggcn_report on small runs, against the files it comes from, on one rank and on two; bad input.

test_report.py GGCN_REPORT GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES GGCN_CHAINS LAUNCHER
"""
import base64
import io
import json
import os
import re
import shutil
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import yaml
    from PIL import Image

    import report_case as case
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

REPORT, TRAIN, DATA, IMAGES, CHAINS, LAUNCHER = sys.argv[1:]
programs = case.Programs(REPORT, TRAIN, DATA, IMAGES, LAUNCHER)
STRETCHES = 600


def columns_of(run):
    with h5py.File(f"{run}/metrics.h5", "r") as file:
        iterations = file["iteration"][:].tolist()
        return iterations, {name: file[name][:] for name in file if name != "iteration"}


def same_number(shown, stored):
    return shown is None if not np.isfinite(stored) else shown == stored


def check_curves(page, runs):
    """Every number of every column is in the page, exactly."""
    data = page.data()
    assert [run["name"] for run in data["runs"]] == runs
    charts = {chart["name"]: chart for chart in data["charts"] if chart}
    constants = {constant["value"] for constant in data["constants"] if constant}
    names = set()
    for i, run in enumerate(runs):
        iterations, columns = columns_of(run)
        assert data["runs"][i]["x"] == iterations
        names |= set(columns)
        for name, values in columns.items():
            if name not in charts:
                assert len(set(values)) == 1 and values[0] in constants, (run, name)
                continue
            (curve,) = [curve for curve in charts[name]["curves"] if curve["run"] == i]
            assert "x" not in curve and len(curve["y"]) == len(values)
            assert all(map(same_number, curve["y"], values)), (run, name)
    assert set(charts) <= names and "response_distance" in charts and "seconds" in charts


def check_pictures(page, runs):
    """The bytes of the files; the latest of the chains is shown."""
    walls = page.all("figure", page.section("samples"))
    assert len(walls) == len(runs)
    for wall, run in zip(walls, runs):
        pictures = page.all("img", wall)
        expected = case.pictures_of(run) + case.pictures_of(run, "-generator")
        assert [f"{run}/{p['attributes']['data-name']}" for p in pictures] == expected, expected
        for picture, path in zip(pictures, expected):
            kind, coded = picture["attributes"]["src"].split(",", 1)
            with open(path, "rb") as stream:
                stored = stream.read()
            assert kind == "data:image/png;base64" and base64.b64decode(coded, validate=True) == stored
            assert int(picture["attributes"]["data-iteration"]) == int(os.path.basename(path)[:8])
            size = (int(picture["attributes"]["width"]), int(picture["attributes"]["height"]))
            assert size == Image.open(io.BytesIO(stored)).size
        shown = [p for p in pictures if "hidden" not in p["attributes"]]
        assert [f"{run}/{p['attributes']['data-name']}" for p in shown] == case.pictures_of(run)[-1:]


def check_self_contained(text, page):
    assert not re.search(rb"https?://", text) and b"@import" not in text and b"url(" not in text
    for element in page.elements:
        for name, value in element["attributes"].items():
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                assert value.startswith(("data:", "#")), (element["tag"], name, value[:80])
            assert not name.startswith("on"), (element["tag"], name)
    assert not {e["tag"] for e in page.elements} & {"iframe", "object", "embed", "base", "form"}
    (policy,) = page.all("meta", http_equiv="Content-Security-Policy")
    assert policy["attributes"]["content"].startswith("default-src 'none'; img-src data:;")


def flatten(mapping, section=""):
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{section}{key}.")
        else:
            yield section + key, value


def check_differences(page, runs):
    settings = [dict(flatten(yaml.safe_load(case.text_of(f"{run}/config.yaml")))) for run in runs]
    expected = [key for key in settings[0] if len({str(s[key]) for s in settings}) > 1 and key != "run.directory"]
    rows = page.rows(page.section("differences"))
    assert [row[0] for row in rows] == expected and "model" in expected, (rows, expected)
    for row in rows:
        shown = [yaml.safe_load(text) if text else "" for text in row[1:]]
        assert shown == [s[row[0]] for s in settings], row


def check_configurations(page, runs):
    shown = [pre["text"] for pre in page.all("pre", page.section("configuration"))]
    assert shown == [case.text_of(f"{run}/config.yaml") for run in runs]
    assert not any("open" in d["attributes"] for d in page.all("details"))


def check_provenance(page, runs):
    for i, run in enumerate(runs):
        (part,) = page.all("section", page.section("provenance"), data_run=str(i))
        shown = dict(zip([dt["text"] for dt in page.all("dt", part)], [dd["text"] for dd in page.all("dd", part)]))
        with h5py.File(f"{run}/metrics.h5", "r") as file:
            origin = dict(file.attrs)
        for label, name in [("ggcn", "ggcn_version"), ("commit", "git_commit"), ("command", "command_line"), ("host", "host"),
                            ("libraries", "libraries"), ("compiler", "compiler"), ("metrics written", "created")]:
            assert shown[label] == origin[name], (label, shown[label], origin[name])
        assert shown["ranks × threads"] == f"{origin['ranks']} × {origin['threads']}" and shown["directory"] == run


def check_summary(page, runs, printed):
    rows = page.rows(page.section("summary"))
    assert len(rows) == len(runs)
    for row, run in zip(rows, runs):
        iterations, columns = columns_of(run)
        digest = re.search(r"digest (parameters=\w{16}) (chains=\w{16})", printed[run])
        assert row[0] == run and row[2].startswith("finished") and row[3] == f"{iterations[-1]} of {iterations[-1]}", row
        late = columns["response_distance"][-1:].mean()  # fewer than eleven iterations: the last
        lowest = columns["response_distance"].argmin()
        assert row[4] == (f"{columns['response_distance'][0]:.4g} → {late:.4g} lowest "
                          f"{columns['response_distance'][lowest]:.4g} at {iterations[lowest]}"), row[4]
        assert row[5] == f"{columns['energy_gap'][-1]:.4g}" and row[6] == f"{np.median(columns['seconds']):.4g}", row
        assert row[8] == f"{digest[1]} {digest[2]} at iteration {iterations[-1]}", (row[8], digest[0])


def check_events(page, runs):
    """Rolled back once, ended, then restarted on two ranks."""
    events = [page.rows(section) for section in page.all("section", page.section("events"))]
    assert [row[0] for row in events[0]] == ["start", "end"], events[0]
    rolled = events[runs.index("rolled")]
    assert [row[:2] for row in rolled] == [["start", "0"], ["roll-back", "2"], ["end", "5"], ["start", "5"], ["restart", "5"],
                                           ["end", "8"]], rolled
    assert "ranks x threads: 1 x 1" in rolled[0][3] and "ranks x threads: 2 x 1" in rolled[3][3]
    assert "guard.potential = 40" in rolled[1][3] and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rolled[1][2])
    assert page.data()["runs"][runs.index("rolled")]["marks"] == [{"iteration": 2, "event": "roll-back"},
                                                                  {"iteration": 5, "event": "restart"}]
    state = page.rows(page.section("summary"))[runs.index("rolled")][2]
    assert state == "finished 1 roll-back 1 restart", state


def check_chains(page, runs):
    caveats = {"learning": "the model was being learned", "replay": "not stationary: draws begin anew or go on"}
    for i, run in enumerate(runs):
        programs.succeed(CHAINS, run, "--json", "chains.json")
        found = json.loads(case.text_of("chains.json"))
        (part,) = page.all("section", page.section("chains"), data_run=str(i))
        assert f"{found['chains']} chains, {found['draws']} draws" in part["text"] and found["stationarity"] in part["text"]
        (caveat,) = page.all("p", part, class_="caveat")
        assert caveat["text"].startswith(caveats[found["stationarity"]]), caveat["text"]
        rows = {row[0]: row[1:] for row in page.rows(part)}
        assert list(rows) == list(found["traces"])
        for name, t in found["traces"].items():
            expected = [f"{t['mean']:.6g}"] + (["constant"] + 4 * ["–"] if t["constant"] else [
                f"{t['deviation']:.4g}", f"{t['r_hat']:.4f}", f"{t['ess_bulk']:.1f}", f"{t['ess_tail']:.1f}",
                f"{t['autocorrelation_time']:.2f} draws"])
            assert rows[name] == expected, (run, name, rows[name], expected)


def check_set():
    printed = programs.train_all()
    runs = list(printed)
    title = "</script><script>alert(1)</script> & \"more\" \xe9"
    text = programs.page(*runs, "--title", title)
    assert programs.page(*runs, "--title", title, out="again.html") == text, "the second page differs"
    assert programs.page(*runs, "--title", title, out="ranks.html", ranks=2) == text, "two ranks make another page"
    page = case.Page(text.decode("utf-8"))
    assert page.all("title")[0]["text"] == title == page.all("h1")[0]["text"].strip()
    check_self_contained(text, page)
    check_curves(page, runs)
    check_pictures(page, runs)
    check_differences(page, runs)
    check_configurations(page, runs)
    check_provenance(page, runs)
    check_summary(page, runs, printed)
    check_events(page, runs)
    check_chains(page, runs)


def page_of(*arguments):
    return case.Page(programs.page(*arguments).decode("utf-8"))


def check_single():
    """One run: what is not a default."""
    page = page_of("gen")
    assert page.all("title")[0]["text"] == "gen" and not page.all("nav")
    rows = {row[0]: row[1:] for row in page.rows(page.section("differences"))}
    assert rows["model"] == ["ggcn", "wgcn"] and rows["output.grid_columns"] == ["3", "10"], rows
    assert "learning.optimizer.beta2" not in rows
    assert [row[0] for row in page.rows(page_of(os.path.join("gen", "")).section("summary"))] == ["gen"]
    os.mkdir("other")
    shutil.copytree("gen", "other/gen")
    page = page_of("gen", "other/gen/.")
    assert [run["name"] for run in page.data()["runs"]] == ["gen", "gen"]  # the second says so itself
    page = page_of("./gen", "other/gen")
    assert [run["name"] for run in page.data()["runs"]] == ["./gen", "other/gen"]
    assert "Nothing: the configurations are the same" in page.section("differences")["text"]


def grid_of(chains, columns, zoom):
    """The picture of chains [n][3][h][w], made a second time."""
    levels = np.clip(np.floor(255.0 * (chains.astype(np.float64) + 1) / 2 + 0.5), 0, 255).astype(np.uint8)
    n, _, h, w = levels.shape
    rows, ch, cw = -(-n // columns), h * zoom + 2, w * zoom + 2
    canvas = np.full((rows * ch - 2, columns * cw - 2, 3), 128, np.uint8)
    for i in range(n):
        y, x = i // columns * ch, i % columns * cw
        canvas[y:y + h * zoom, x:x + w * zoom] = levels[i].transpose(1, 2, 0).repeat(zoom, 0).repeat(zoom, 1)
    return canvas


def check_without_pictures():
    """The chains of the newest checkpoint stand in, for any number of ranks; without metrics and log there is a page as well."""
    shutil.copytree("gen", "plain")
    shutil.rmtree("plain/grids")
    text = programs.page("plain")
    assert text == programs.page("plain", ranks=2)
    page = case.Page(text.decode("utf-8"))
    (picture,) = page.all("img")
    with h5py.File("plain/checkpoints/00000006.h5", "r") as file:
        expected = grid_of(file["chains/x"][:6], 3, 64 // 12)
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["attributes"]["src"].split(",")[1]))))
    assert np.array_equal(shown, expected) and picture["attributes"]["data-name"] == "checkpoints/00000006.h5"
    assert "these are the chains of its newest checkpoint" in page.section("samples")["text"]
    for name in ["metrics.h5", "log", "chains/chains.h5"]:
        os.remove(f"plain/{name}")
    shutil.rmtree("plain/checkpoints")
    page = page_of("plain")
    assert page.data()["charts"] == [None] and not page.all("img")
    assert page.rows(page.section("summary"))[0][2] == "not finished"
    for identifier, words in [("samples", "no pictures"), ("chains", "No chains were recorded"), ("events", "no log"),
                              ("provenance", "no metrics yet"), ("summary", "plain/checkpoints: ")]:
        assert words in page.section(identifier)["text"], page.section(identifier)["text"]


def write_metrics(run, columns):
    """A run with these metrics in place of its own."""
    rows = len(columns["seconds"])
    shutil.copytree("gen", run)
    with h5py.File("gen/metrics.h5", "r") as old, h5py.File(f"{run}/metrics.h5", "w", track_order=True) as new:
        new.attrs.update(old.attrs)
        for name in ["iteration", *columns]:
            values = columns.get(name, np.arange(1, rows + 1).astype("<u8"))
            data = new.create_dataset(name, data=values, chunks=(rows,), fletcher32=True)
            data.attrs.update({key: old[name].attrs[key] for key in ["description", "units"]})
            if name == "iteration":
                data.make_scale(name)
            else:
                data.dims[0].attach_scale(new["iteration"])


def check_extremes():
    """Numbers of any size come through, those that are not finite are null, and the summary does without them."""
    seconds = np.array([5e-324, -1.7976931348623157e308, 0.1, 1 / 3, 2.0**60, -0.0, np.nan, np.inf, -np.inf, 123456789.0, 3.0, 1.0])
    distance = np.full(12, 0.25)
    distance[[0, 10]] = [np.nan, np.inf]
    write_metrics("extreme", {"response_distance": distance, "seconds": seconds})
    page = page_of("extreme")
    check_curves(page, ["extreme"])
    row = page.rows(page.section("summary"))[0]
    assert row[3] == "12 of 6" and row[4] == "– → 0.25 lowest 0.25 at 2" and row[5] == "–", row


def check_thinning():
    """A run of 5,000 iterations: each stretch gives its extremes, and gaps stay gaps."""
    rows = 5000
    random = np.random.default_rng(1)
    made = {"response_distance": random.normal(size=rows), "seconds": np.arange(1.0, rows + 1)}
    made["response_distance"][[0, 777, 4999]] = [np.nan, np.inf, 1e9]
    made["response_distance"][1000:1100] = np.nan
    write_metrics("long", made)
    page = page_of("long")
    assert "5000 iterations" in page.all("p", page.section("curves"), class_="note thinned")[0]["text"]
    charts = {chart["name"]: chart["curves"][0] for chart in page.data()["charts"] if chart}
    assert list(charts) == ["response_distance", "seconds"]
    for name, values in made.items():
        expected = {0, rows - 1}
        for i in range(STRETCHES):
            stretch = np.arange(i * rows // STRETCHES, (i + 1) * rows // STRETCHES)
            finite = stretch[np.isfinite(values[stretch])]
            expected |= {finite[values[finite].argmin()], finite[values[finite].argmax()]} if len(finite) else {stretch[0]}
        expected = sorted(expected)
        assert charts[name]["x"] == [i + 1 for i in expected], name
        assert all(map(same_number, charts[name]["y"], values[expected])), name
    assert len(charts["response_distance"]["x"]) < 2 * STRETCHES + 3


def check_many_pictures():
    shutil.copytree("gen", "many")
    os.makedirs("many/grids", exist_ok=True)
    for i in range(31):
        shutil.copy("gen/grids/00000002.png", f"many/grids/{i:08}.png")
    for name in ["00000001.jpg", "1.png", "00000001x.png", "notes.txt"]:
        shutil.copy("gen/grids/00000002.png", f"many/grids/{name}")
    for most, expected in [("4", [0, 10, 20, 30]), ("1", [30]), ("31", list(range(31))), ("7", [0, 5, 10, 15, 20, 25, 30])]:
        page = page_of("many", "--pictures", most)
        found = [int(p["attributes"]["data-iteration"]) for p in page.all("img", data_series="chains")]
        assert found == expected, (most, found)
    assert len(page_of("many").all("img", data_series="chains")) == 12
    assert "of 34 pictures, evenly spread" in page_of("many").section("samples")["text"]


def overwrite(path, at, count):
    with open(path, "r+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(int(at * size))
        stream.write(b"\xff" * count)


def check_damage():
    """A checkpoint or a chain file that is damaged is said in the page."""
    shutil.copytree("gen", "damaged")
    overwrite("damaged/checkpoints/00000006.h5", 0, 64)
    overwrite("damaged/chains/chains.h5", 0, 64)
    text = programs.page("damaged")
    assert programs.page("damaged", ranks=2) == text
    page = case.Page(text.decode("utf-8"))
    assert "00000006.h5" in page.all("small", page.section("summary"), class_="problem")[0]["text"]
    assert "chains.h5" in page.all("p", page.section("chains"), class_="problem")[0]["text"]
    with open("damaged/config.yaml", "ab") as stream:
        stream.write(b"# \xff\xfe caf\xe9\n")
    refuse(1, "damaged/config.yaml: not a text", "damaged")
    os.remove("damaged/config.yaml")
    shutil.copy("gen/config.yaml", "damaged/config.yaml")
    with open("damaged/log", "ab") as stream:
        stream.write(b"2024-01-31T23:59:59Z warning: \xff\xfe caf\xc3\xa9 <x>\n")
    assert page_of("damaged").section("events")["text"].rstrip().endswith("\ufffd\ufffd café <x>")


def refuse(code, words, *arguments, ranks=1):
    done = programs.run(REPORT, *arguments, *([] if "--out" in arguments else ["--out", "refused.html"]), ranks=ranks)
    messages = [line for line in done.stderr.splitlines() if line.startswith("ggcn_report: ")]
    assert done.returncode == code and len(messages) == 1 and words in messages[0], (ranks, done.returncode, done.stderr)
    assert not [name for name in os.listdir(".") if name.startswith("refused.html")], ranks


def check_refusals():
    refuse(2, "name a run directory", ranks=2)
    refuse(2, "gen is named twice", "gen", "gen")
    refuse(2, "must end in .html", "gen", "--out", "gen/config.yaml")
    refuse(2, "--pictures must be", "gen", "--pictures", "0")
    refuse(2, "unknown option --frob", "gen", "--frob")
    refuse(1, "gone: No such file", "gen", "gone", ranks=2)
    refuse(1, "run.yaml: a file, no run directory", "run.yaml")
    os.mkdir("empty")
    refuse(1, "empty: no run directory, it holds no config.yaml", "empty")
    refuse(1, "nowhere/refused.html", "gen", "--out", "nowhere/refused.html", ranks=2)
    os.mkdir("folder.html")
    refuse(1, "folder.html", "gen", "--out", "folder.html")
    assert os.listdir("folder.html") == []
    shutil.copytree("gen", "bad")
    for name, words in [("config.yaml", "bad/config.yaml:2:1: YAML syntax"), ("metrics.h5", "bad/metrics.h5"),
                        ("grids/00000004.png", "bad/grids/00000004.png: damaged, or no PNG file")]:
        with open(f"bad/{name}", "w", encoding="utf-8") as stream:
            stream.write("a: [b\n")
        refuse(1, words, "bad")
        shutil.copy(f"gen/{name}", f"bad/{name}")
    with h5py.File("bad/metrics.h5", "r+") as file:
        file["table"] = np.zeros((5, 2))
    refuse(1, 'bad/metrics.h5: data set "table" is no column of 6 rows', "bad")
    shutil.copy("gen/metrics.h5", "bad/metrics.h5")
    overwrite("bad/metrics.h5", 0.4, 256)
    refuse(1, "bad/metrics.h5", "bad", ranks=2)


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    programs.make_inputs()
    check_set()
    check_single()
    check_without_pictures()
    check_extremes()
    check_thinning()
    check_many_pictures()
    check_damage()
    check_refusals()
print("PASS")
