#!/usr/bin/python3
"""The page of ggcn_report in a real browser, Debian's chromium, as somebody uses it: slider, values of the curves, switching
runs, axes, folded parts, a phone, the dark scheme.

test_report_browser.py GGCN_REPORT GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
"""
import json
import math
import os
import shutil
import sys
import tempfile

try:
    import h5py
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    import report_case as case
except ImportError as error:
    print(f"skipped: {error}; tests/run.sh installs what is missing")
    sys.exit(77)

programs = case.Programs(*sys.argv[1:])
RUNS = [case.ODD, "gen"]


def start_browser(folder):
    for program in ["chromium", "chromedriver"]:
        if not shutil.which(program):
            print(f"skipped: no {program}; tests/run.sh installs what is missing")
            sys.exit(77)
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
                     "--no-sandbox",  # root, as in a container, may not use it
                     f"--user-data-dir={folder}/profile"]:
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


class Reader:
    """The page as it shows."""

    def __init__(self, browser, address):
        self.browser = browser
        browser.get(address)

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def find(self, selector, within=None):
        return (within or self.browser).find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector, within=None):
        return (within or self.browser).find_elements(By.CSS_SELECTOR, selector)

    def click(self, button):
        self.script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def pictures(self):
        """Of each wall the picture that shows: its iteration and series; None where none does."""
        shown = [[p for p in self.find_all("img", wall) if p.is_displayed()] for wall in self.find_all(".wall")]
        assert all(len(pictures) < 2 for pictures in shown)
        return [(int(p[0].get_attribute("data-iteration")), p[0].get_attribute("data-series")) if p else None for p in shown]

    def chart(self, name):
        return self.find(f".chart[data-name='{name}']")

    def read_at(self, chart, share):
        """Points at a place of the chart, as a share of its width, and reads what is written there."""
        svg = self.find("svg", chart)
        self.script("arguments[0].scrollIntoView({block: 'center'})", svg)
        width = svg.size["width"]
        ActionChains(self.browser).move_to_element_with_offset(svg, int((share - 0.5) * width), 0).perform()
        tip = self.find(".tip", chart)
        assert tip.is_displayed()
        return tip.text.splitlines()

    def overflows(self):
        """Whether the page is wider than the screen, and what is."""
        return self.script("""const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
            return Array.from(document.querySelectorAll("body *")).filter(e => e.getBoundingClientRect().right > width + 1)
                .map(e => e.tagName + "." + e.className).slice(0, 5).concat("page")""")

    def emulate(self, width, scheme):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def shorten(value):
    """As numbers.js shows what is neither tiny nor huge."""
    assert value == 0 or 1e-4 <= abs(value) < 1e7, value
    return f"{float(f'{value:.5g}'):.15g}"


def check_slider(page):
    assert page.pictures() == [(5, "chains"), (6, "chains")]
    slider = page.find("#slider")
    seen = set()
    for _ in range(4):
        seen.add(tuple(picture.get_attribute("src") for picture in page.find_all(".wall img:not([hidden])")))
        slider.send_keys(Keys.ARROW_LEFT)
    assert page.find("#iteration").text == "2" and page.pictures() == [(2, "chains"), (2, "chains")], page.pictures()
    assert len(seen) == 4, "the same pictures at different iterations"
    slider.send_keys(Keys.ARROW_RIGHT)
    assert page.pictures() == [(4, "chains"), (4, "chains")] and "iteration 4" in page.find(".wall").text
    page.click(page.find(".series button:nth-child(2)"))
    assert page.pictures() == [None, (4, "generator")] and "no picture yet" in page.find(".wall").text
    page.click(page.find(".series button:nth-child(1)"))
    slider.send_keys(Keys.END)
    assert page.pictures() == [(5, "chains"), (6, "chains")]
    wide, high = page.script("const p = document.querySelector('.wall img:not([hidden])'); return [p.naturalWidth, p.naturalHeight]")
    assert (wide, high) == (3 * 62 - 2, 2 * 62 - 2), (wide, high)  # decoded, not only named


def check_hover(page, columns):
    """What is written at the pointer is what metrics.h5 holds there."""
    chart = page.chart("response_distance")
    lines = page.read_at(chart, 0.99)
    assert lines[0] == "iteration 6", lines
    assert lines[1] == f"{RUNS[0]} {shorten(columns[0]['response_distance'][4])} at 5", lines
    assert lines[2] == f"gen {shorten(columns[1]['response_distance'][5])}", lines
    lines = page.read_at(chart, 0.01)
    assert lines == ["iteration 1"] + [f"{run} {shorten(c['response_distance'][0])}" for run, c in zip(RUNS, columns)], lines
    page.script("arguments[0].focus()", page.find("svg", chart))
    page.find("svg", chart).send_keys(Keys.ARROW_RIGHT)
    lines = page.find(".tip", chart).text.splitlines()
    assert lines == ["iteration 2"] + [f"{run} {shorten(c['response_distance'][1])}" for run, c in zip(RUNS, columns)], lines
    assert len(page.find_all("circle.point", chart)) == 2


def check_curve_shapes(page, columns):
    """The drawn line goes through its values, on a linear and on a logarithmic axis."""
    chart = page.chart("response_distance")
    for log in [False, True]:
        button = page.find("button", chart)
        if button.get_attribute("aria-pressed") != str(log).lower():
            page.click(button)
        path = page.find("path.curve[data-run='1']", chart).get_attribute("d")
        heights = [float(point.split(",")[1]) for point in path[1:].replace("h0", "").split("L")]
        values = [math.log(v) if log else v for v in columns[1]["response_distance"]]
        assert len(heights) == len(values) == 6
        low, high = values.index(min(values)), values.index(max(values))
        for height, value in zip(heights, values):
            expected = heights[low] + (heights[high] - heights[low]) * (value - values[low]) / (values[high] - values[low])
            assert abs(height - expected) < 0.15, (log, heights, values)


def check_legend(page):
    first = page.find("#legend button[data-run='0']")
    chart = page.chart("response_distance")
    assert len(page.find_all("path.curve", chart)) == 2
    page.click(first)
    assert first.get_attribute("aria-pressed") == "false"
    curves = page.find_all("path.curve", chart)
    assert [c.get_attribute("data-run") for c in curves] == ["1"]
    assert not page.find(".wall[data-run='0']").is_displayed() and page.find(".wall[data-run='1']").is_displayed()
    assert page.read_at(chart, 0.99)[1].startswith("gen ") and len(page.read_at(chart, 0.99)) == 2
    page.click(first)
    assert len(page.find_all("path.curve", chart)) == 2 and page.find(".wall[data-run='0']").is_displayed()


def check_folded(page):
    text = page.find("#configuration pre")
    assert not text.is_displayed()
    page.click(page.find("#configuration summary"))
    assert text.is_displayed() and "grid_columns: 3" in text.text
    assert page.script("return arguments[0].textContent", text) == case.text_of(f"{RUNS[0]}/config.yaml")
    layers = page.find("#chains details")
    page.click(page.find("summary", layers))
    assert "layer_response[0]" in layers.text
    page.click(page.find("#smooth"))


def luminance(colour):
    def linear(byte):
        share = byte / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
    return sum(w * linear(byte) for w, byte in zip([0.2126, 0.7152, 0.0722], colour))


def contrast(a, b):
    lighter, darker = sorted([luminance(a), luminance(b)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_scheme(page, dark):
    """Text reaches WCAG's 4.5 against what is behind it, curves reach 3."""
    found = page.script("""
        const rgb = c => c.match(/[\\d.]+/g).map(Number);
        const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
        const texts = "h1, h2, th, td, td small, .note, .state, .caveat, code, dt, dd, button, .run, a, footer, .tip";
        const list = Array.from(document.querySelectorAll(texts)).map(e =>
            [e.tagName + "." + e.className, rgb(getComputedStyle(e).color).slice(0, 3), behind(e), 4.5]);
        for (const e of document.querySelectorAll(".plot text"))
            list.push(["axis", rgb(getComputedStyle(e).fill).slice(0, 3), behind(e), 4.5]);
        for (const e of document.querySelectorAll("path.curve"))
            list.push(["curve", rgb(getComputedStyle(e).stroke).slice(0, 3), behind(e), 3]);
        const probe = document.createElement("i");
        document.querySelector(".chart").appendChild(probe);
        for (let i = 0; i < 8; i++) {
            probe.style.color = "var(--run-" + i + ")";
            list.push(["colour " + i, rgb(getComputedStyle(probe).color), behind(probe), 3]);
        }
        probe.remove();
        return list;""")
    assert len(found) > 100
    assert (luminance(page.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")) < 0.1) == dark
    poor = [(name, round(contrast(a, b), 2), a, b) for name, a, b, wanted in found if contrast(a, b) < wanted]
    assert not poor, poor[:5]


def check_phone(page):
    """Nothing is wider than the screen, and fingers find what they need."""
    for width in [1000, 901, 800, 390, 320]:
        page.emulate(width, "dark")
        assert page.script("return innerWidth") == width
        assert page.overflows() == [], (width, page.overflows())
    page.emulate(390, "dark")
    chart = page.chart("energy_gap")
    svg = page.find("svg", chart)
    page.script("arguments[0].scrollIntoView({block: 'center'})", svg)
    box = page.script("const b = arguments[0].getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", svg)
    assert box[2] > 300, box
    point = {"x": box[0] + box[2] - 12, "y": box[1] + box[3] / 2}
    page.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.find(".tip", chart).is_displayed() and "iteration 6" in page.find(".tip", chart).text
    assert page.overflows() == []


def check_quiet(page):
    """Nothing in the console, nothing asked of any network."""
    messages = [entry["message"] for entry in page.browser.get_log("browser")]
    assert not messages, messages
    events = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
             and event["params"]["documentURL"].startswith("file:")]  # not what the browser's own first page asks for
    assert asked and all(url.startswith(("file:", "data:")) for url in asked), [url[:100] for url in asked]
    assert len([url for url in asked if url.startswith("file:")]) == 1, "more than the page itself"


def columns_of(run):
    with h5py.File(f"{run}/metrics.h5", "r") as file:
        return {name: file[name][:].tolist() for name in file}


def check(browser):
    page = Reader(browser, "file://" + os.path.abspath("report.html"))
    columns = [columns_of(run) for run in RUNS]
    page.emulate(1280, "light")
    assert page.overflows() == []
    check_slider(page)
    check_hover(page, columns)
    check_curve_shapes(page, columns)
    check_legend(page)
    check_folded(page)
    check_scheme(page, dark=False)
    page.emulate(1280, "dark")
    check_scheme(page, dark=True)
    check_phone(page)
    check_quiet(page)


with tempfile.TemporaryDirectory() as temporary:
    browser = start_browser(temporary)
    try:
        os.chdir(temporary)
        programs.make_inputs()
        programs.train(RUNS[0])
        programs.train(RUNS[1], "model=ggcn", "replay.size=80", "learning.iterations=6")
        programs.page(*RUNS)
        check(browser)
    finally:
        browser.quit()
print("PASS")
