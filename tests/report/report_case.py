"""Small runs for the tests of ggcn_report, and its page taken apart."""
import json
import os
import subprocess
from html.parser import HTMLParser

CONFIGURATION = """data: {file: data.h5}
potential: {network: network.yaml}
sampler: {steps: 5}
learning: {iterations: 5, observed: 40, chains: 40, optimizer: {rate: 1.0e-3}}
generator: {network: generator.yaml}
run: {block: 4}
output: {checkpoint_every: 0, grid_every: 2, grid_count: 6, grid_columns: 3, chain_every: 1}
"""
# As in tests/faults/test_guard.sh: iteration 4 is rolled back to iteration 2 once.
ROLLED_BACK = ["learning.optimizer.rate=0.03", "guard.potential=40", "guard.factor=0.1", "output.checkpoint_every=2"]
ODD = "it's <b>&\"odd\""  # as the name of a run


class Programs:
    """Runs the programs in the current folder."""

    def __init__(self, report, train, data, make_images, launcher):
        self.report, self.train_program, self.data, self.make_images, self.launcher = report, train, data, make_images, launcher

    def run(self, *command, ranks=1):
        if ranks > 1:
            command = [self.launcher, "-np", str(ranks), *command]
        return subprocess.run(command, capture_output=True, text=True)

    def succeed(self, *command, ranks=1):
        done = self.run(*command, ranks=ranks)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def make_inputs(self):
        with open("run.yaml", "w", encoding="utf-8") as stream:
            stream.write(CONFIGURATION)
        common = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common.sh")
        self.succeed("sh", "-c", '. "$0"; make_network network.yaml; make_generator generator.yaml', common)
        self.succeed(self.make_images, "120", "data.bin")
        self.succeed(self.data, "import", "cifar10", "data.bin", "data.h5", "--size", "12")

    def train(self, directory, *settings, restart=False, ranks=1):
        arguments = ["--restart", directory] if restart else ["run.yaml", "--out", directory]
        return self.succeed(self.train_program, *arguments, *(word for s in settings for word in ("-s", s)), ranks=ranks)

    def train_all(self):
        """One with an odd name, one with a generator and a replay buffer, one rolled back and restarted on two ranks."""
        printed = {ODD: self.train(ODD)}
        printed["gen"] = self.train("gen", "model=ggcn", "replay.size=80", "learning.iterations=6")
        self.train("rolled", *ROLLED_BACK, "learning.iterations=5", "output.keep=1")
        printed["rolled"] = self.train("rolled", "learning.iterations=8", restart=True, ranks=2)
        return printed

    def page(self, *arguments, out="report.html", ranks=1):
        self.succeed(self.report, *arguments, "--out", out, ranks=ranks)
        with open(out, "rb") as stream:
            return stream.read()


VOID = {"wbr", "meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Elements as dictionaries with tag, attributes (None: without value), text of all below, and children."""

    def __init__(self, text):
        super().__init__()
        self.root = {"tag": "", "attributes": {}, "text": "", "children": []}
        self.open, self.elements = [self.root], []
        self.feed(text)
        self.close()
        assert len(self.open) == 1, f"not closed: {[e['tag'] for e in self.open]}"

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, names)
        made = {"tag": tag, "attributes": dict(attributes), "text": "", "children": []}
        self.open[-1]["children"].append(made)
        self.elements.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag):
        assert self.open[-1]["tag"] == tag, f"</{tag}> in <{self.open[-1]['tag']}>"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, within=None, **attributes):
        """All elements of a tag with these attributes, in order; `within` another one."""
        found = []

        def visit(element):
            for child in element["children"]:
                has = child["attributes"]
                if child["tag"] == tag and all(has.get(k.strip("_").replace("_", "-")) == v for k, v in attributes.items()):
                    found.append(child)
                visit(child)

        visit(within or self.root)
        return found

    def section(self, identifier):
        (found,) = self.all("section", id=identifier)
        return found

    def rows(self, within):
        """The cells' texts of each row of the tables' bodies."""
        return [[cell["text"] for cell in row["children"]]
                for body in self.all("tbody", within) for row in self.all("tr", body)]

    def data(self):
        (script,) = self.all("script", id="data")
        return json.loads(script["text"])


def text_of(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def pictures_of(run, series=""):
    """Files of grids/ of a series, by iteration."""
    names = sorted(os.listdir(f"{run}/grids"))
    return [f"{run}/grids/{name}" for name in names if name[8:] == f"{series}.png"]
