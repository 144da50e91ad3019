// One chart: the curves of one quantity over all runs, drawn as SVG at the width it has on the screen.
const svgSpace = document.createRange().createContextualFragment("<svg></svg>").firstChild.namespaceURI;

function element(parent, name, attributes, text) {
  const made = parent.namespaceURI === svgSpace || name === "svg" ? document.createElementNS(svgSpace, name) : document.createElement(name);
  Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
  if (text !== undefined)
    made.textContent = text;
  return parent.appendChild(made);
}

// The number of the entry of an ascending list that is nearest to a value.
function nearest(list, value) {
  let low = 0, high = list.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value)
      low = middle;
    else
      high = middle;
  }
  return high < 0 || value - list[low] <= list[high] - value ? low : high;
}

// Mean of the points around each point.
function runningMean(y) {
  const half = Math.max(1, Math.round(y.length / 40)), sums = [0], counts = [0];
  y.forEach(function (value, i) {
    sums.push(sums[i] + (value === null ? 0 : value));
    counts.push(counts[i] + (value === null ? 0 : 1));
  });
  return y.map(function (value, i) {
    const from = Math.max(0, i - half), to = Math.min(y.length, i + half + 1), n = counts[to] - counts[from];
    return value === null || n === 0 ? null : (sums[to] - sums[from]) / n;
  });
}

function Chart(parent, spec, runs) {
  const self = this;
  this.spec = spec;
  this.runs = runs;
  this.curves = spec.curves.map(function (curve) {
    return {run: curve.run, x: curve.x || runs[curve.run].x, y: curve.y, mean: runningMean(curve.y)};
  });
  const all = [].concat.apply([], spec.curves.map(function (curve) { return curve.y; }));
  this.log = suitsLog(all);
  this.at = null;
  const figure = element(parent, "figure", {"class": "chart", "data-name": spec.name});
  const caption = element(figure, "figcaption");
  element(caption, "b", {}, spec.title + (spec.unit === "1" ? "" : " [" + spec.unit + "]"));
  this.button = element(caption, "button", {type: "button", "aria-pressed": String(this.log)}, "log");
  this.button.hidden = !all.some(function (value) { return value > 0; });
  if (spec.about !== spec.title)
    element(figure, "p", {"class": "note"}, spec.about);
  this.plot = element(figure, "div", {"class": "plot"});
  this.svg = element(this.plot, "svg", {role: "img", tabindex: "0", "aria-label": spec.title + "; arrow keys show values"});
  this.tip = element(this.plot, "div", {"class": "tip", "aria-live": "polite"});
  this.tip.hidden = true;
  this.button.addEventListener("click", function () {
    self.log = !self.log;
    self.button.setAttribute("aria-pressed", String(self.log));
    self.draw();
  });
  this.svg.addEventListener("pointermove", function (event) { self.point(event); });
  this.svg.addEventListener("pointerdown", function (event) { self.point(event); });
  this.svg.addEventListener("pointerleave", function (event) {
    if (event.pointerType === "mouse")
      self.leave();
  });
  this.svg.addEventListener("blur", function () { self.leave(); });
  this.svg.addEventListener("keydown", function (event) { self.key(event); });
  new ResizeObserver(function () {
    if (self.plot.clientWidth !== self.width)
      self.draw();
  }).observe(this.plot);
}

Chart.prototype.shown = function () {
  const runs = this.runs;
  return this.curves.filter(function (curve) { return !runs[curve.run].hidden; });
};

// The ranges of both axes, over the curves that are shown.
Chart.prototype.measure = function (curves) {
  const log = this.log;
  let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
  curves.forEach(function (curve) {
    x0 = Math.min(x0, curve.x[0]);
    x1 = Math.max(x1, curve.x[curve.x.length - 1]);
    curve.y.forEach(function (value) {
      if (value !== null && (value > 0 || !log)) {
        y0 = Math.min(y0, value);
        y1 = Math.max(y1, value);
      }
    });
  });
  if (x1 <= x0)
    x1 = x0 + 1;
  const room = log ? 0 : 0.04 * (y1 - y0), flat = Math.abs(y0) / 10 || 1;
  if (y1 > y0)
    return {x0: x0, x1: x1, y0: y0 - room, y1: y1 + room};
  return log ? {x0: x0, x1: x1, y0: y0 / 2, y1: y0 * 2} : {x0: x0, x1: x1, y0: y0 - flat, y1: y1 + flat};
};

Chart.prototype.draw = function () {
  const width = this.width = this.plot.clientWidth;
  this.svg.textContent = "";
  this.tip.hidden = true;
  const curves = this.shown(), range = this.measure(curves);
  if (width < 50)
    return;
  const height = Math.round(Math.min(280, Math.max(190, width * 0.55)));
  this.svg.setAttribute("viewBox", "0 0 " + width + " " + height);
  this.svg.setAttribute("height", height);
  if (curves.length === 0 || !isFinite(range.y0)) {
    element(this.svg, "text", {x: 10, y: 24}, curves.length === 0 ? "no run is switched on" : "nothing to show on this axis");
    this.scale = null;
    return;
  }
  const yTicks = this.log ? logTicks(range.y0, range.y1) : linearTicks(range.y0, range.y1, 5);
  const left = 12 + 7 * Math.max.apply(null, yTicks.map(function (tick) { return show(tick).length; }));
  const right = width - 10, top = 8, bottom = height - 24, log = this.log;
  const bend = log ? Math.log10 : function (value) { return value; };
  const low = bend(range.y0), high = bend(range.y1);
  this.scale = {
    x: function (value) { return left + (right - left) * (value - range.x0) / (range.x1 - range.x0); },
    y: function (value) { return bottom - (bottom - top) * (bend(value) - low) / (high - low); },
    back: function (pixel) { return range.x0 + (range.x1 - range.x0) * (pixel - left) / (right - left); },
    left: left, right: right, top: top, bottom: bottom
  };
  this.drawAxes(linearTicks(range.x0, range.x1, Math.max(2, Math.round((right - left) / 70))), yTicks);
  curves.forEach(this.drawCurve, this);
  this.cursor = element(this.svg, "g");
  if (this.at !== null)
    this.read(this.at);
};

Chart.prototype.drawAxes = function (xTicks, yTicks) {
  const s = this.scale, svg = this.svg;
  yTicks.forEach(function (tick) {
    const y = s.y(tick);
    element(svg, "line", {"class": tick === 0 ? "zero" : "rule", x1: s.left, x2: s.right, y1: y, y2: y});
    element(svg, "text", {x: s.left - 6, y: y + 4, "text-anchor": "end"}, show(tick));
  });
  element(svg, "line", {"class": "axis", x1: s.left, x2: s.right, y1: s.bottom, y2: s.bottom});
  xTicks.forEach(function (tick) {
    const x = s.x(tick);
    element(svg, "line", {"class": "axis", x1: x, x2: x, y1: s.bottom, y2: s.bottom + 4});
    element(svg, "text", {x: x, y: s.bottom + 17, "text-anchor": x > s.right - 20 ? "end" : x < s.left + 10 ? "start" : "middle"}, show(tick));
  });
};

Chart.prototype.path = function (curve, y) {
  const s = this.scale, log = this.log;
  let path = "", pen = "M";
  for (let i = 0; i < y.length; i++) {
    if (y[i] === null || (log && !(y[i] > 0))) {
      pen = "M";
      continue;
    }
    path += pen + s.x(curve.x[i]).toFixed(1) + "," + s.y(y[i]).toFixed(1) + (pen === "M" ? "h0" : ""); // a point alone is a dot
    pen = "L";
  }
  return path;
};

Chart.prototype.drawCurve = function (curve) {
  const s = this.scale, svg = this.svg, run = this.runs[curve.run];
  const look = "curve run-" + curve.run % 8 + (curve.run >= 8 ? " dash" : "");
  const smooth = Chart.smooth && curve.y.length > 20;
  element(svg, "path", {"class": look + (smooth ? " faint" : ""), d: this.path(curve, curve.y), "data-run": curve.run});
  if (smooth)
    element(svg, "path", {"class": look, d: this.path(curve, curve.mean), "data-run": curve.run});
  run.marks.forEach(function (mark) {
    const x = s.x(mark.iteration);
    if (x < s.left - 1 || x > s.right + 1)
      return;
    const shape = element(svg, "path", {"class": "mark run-" + curve.run % 8, d: "M" + x + "," + (s.bottom - 9) + "l5,9h-10z"});
    element(shape, "title", {}, run.name + ": " + mark.event + ", iteration " + mark.iteration);
  });
};

// Shows the values at the iteration under the pointer.
Chart.prototype.point = function (event) {
  if (this.scale)
    this.read(this.scale.back(event.clientX - this.svg.getBoundingClientRect().left));
};

Chart.prototype.leave = function () {
  this.at = null;
  this.tip.hidden = true;
  if (this.cursor)
    this.cursor.textContent = "";
};

Chart.prototype.key = function (event) {
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key], curve = this.shown()[0];
  if (!step || !curve || !this.scale)
    return;
  event.preventDefault();
  const now = this.at === null ? (step > 0 ? -1 : curve.x.length) : nearest(curve.x, this.at);
  this.read(curve.x[Math.min(curve.x.length - 1, Math.max(0, now + step))]);
};

Chart.prototype.read = function (iteration) {
  const s = this.scale, tip = this.tip, cursor = this.cursor, runs = this.runs, log = this.log;
  const curves = this.shown();
  this.at = iteration;
  cursor.textContent = tip.textContent = "";
  const closest = curves.map(function (curve) { return curve.x[nearest(curve.x, iteration)]; }).reduce(function (a, b) {
    return Math.abs(b - iteration) < Math.abs(a - iteration) ? b : a;
  });
  const x = s.x(closest);
  element(cursor, "line", {"class": "cursor", x1: x, x2: x, y1: s.top, y2: s.bottom});
  element(tip, "div", {"class": "where"}, "iteration " + closest);
  curves.forEach(function (curve) {
    const i = nearest(curve.x, iteration), value = curve.y[i];
    const line = element(tip, "div", {"data-run": curve.run}), name = element(line, "span", {"class": "run run-" + curve.run % 8});
    element(name, "i");
    name.appendChild(document.createTextNode(runs.length > 1 ? runs[curve.run].name + " " : ""));
    element(line, "span", {"class": "value"}, show(value));
    if (curve.x[i] !== closest)
      line.appendChild(document.createTextNode(" at " + curve.x[i]));
    if (value !== null && (value > 0 || !log))
      element(cursor, "circle", {"class": "point run-" + curve.run % 8, cx: s.x(curve.x[i]), cy: s.y(value), r: 4});
  });
  tip.hidden = false;
  const room = this.width - tip.offsetWidth;
  tip.style.left = Math.max(0, x + 12 + tip.offsetWidth > this.width ? Math.min(room, x - 12 - tip.offsetWidth) : x + 12) + "px";
};
