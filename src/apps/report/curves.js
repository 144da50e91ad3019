// All charts, by group, and what they have in common.
const data = JSON.parse(document.getElementById("data").textContent);
const charts = [];

function drawCharts() {
  charts.forEach(function (chart) { chart.draw(); });
}

(function () {
  const place = document.getElementById("charts"), groups = {headline: document.getElementById("headline")};
  data.charts.filter(Boolean).forEach(function (spec) {
    if (!groups[spec.group]) {
      element(place, "h3", {}, spec.group);
      groups[spec.group] = element(place, "div", {"class": "charts"});
    }
    charts.push(new Chart(groups[spec.group], spec, data.runs));
  });
  const constants = data.constants.filter(Boolean).map(function (constant) { return constant.name + " " + show(constant.value); });
  if (constants.length > 0)
    element(place, "p", {"class": "note", id: "constants"}, "The same in every iteration: " + constants.join(", ") + ".");
  if (data.runs.some(function (run) { return run.marks.length > 0; }))
    element(place, "p", {"class": "note"}, "Triangles on the axis: iterations that a restart or a roll-back went on from.");
  if (charts.length === 0)
    element(place, "p", {"class": "note"}, "no metrics yet");
  document.getElementById("smooth").addEventListener("change", function () {
    Chart.smooth = this.checked;
    drawCharts();
  });
}());
