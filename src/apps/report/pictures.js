// The slider of the samples: each run shows its latest picture up to the chosen iteration.
(function () {
  const walls = Array.from(document.querySelectorAll(".wall")), pictures = Array.from(document.querySelectorAll(".wall img"));
  const slider = document.getElementById("slider"), label = document.getElementById("iteration"), play = document.getElementById("play");
  const buttons = document.querySelector(".series");
  const names = Array.from(new Set(pictures.map(function (picture) { return picture.dataset.series; })));
  let series = names[0], stops = [], timer = null;

  function iterationOf(picture) {
    return Number(picture.dataset.iteration);
  }

  function showPictures() {
    const limit = stops[Number(slider.value)];
    label.textContent = limit === undefined ? "" : limit;
    slider.setAttribute("aria-valuetext", "iteration " + limit);
    walls.forEach(function (wall) {
      const candidates = Array.from(wall.querySelectorAll("img")).filter(function (picture) {
        picture.hidden = true;
        return picture.dataset.series === series && iterationOf(picture) <= limit;
      });
      const latest = candidates[candidates.length - 1];
      if (latest)
        latest.hidden = false;
      wall.querySelector("output").textContent = latest ? "iteration " + iterationOf(latest) : "no picture yet";
    });
  }

  function choose(name) {
    const before = stops[Number(slider.value)];
    series = name;
    const own = pictures.filter(function (picture) { return picture.dataset.series === name; }).map(iterationOf);
    stops = Array.from(new Set(own)).sort(function (a, b) { return a - b; });
    slider.max = Math.max(0, stops.length - 1);
    slider.value = before === undefined ? slider.max : nearest(stops, before);
    slider.disabled = stops.length < 2;
    play.hidden = stops.length < 2;
    Array.from(buttons.children).forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.textContent === name));
    });
    showPictures();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
  }

  function step() {
    if (Number(slider.value) >= Number(slider.max)) {
      stop();
      return;
    }
    slider.value = Number(slider.value) + 1;
    showPictures();
  }

  if (names.length > 1)
    names.forEach(function (name) {
      element(buttons, "button", {type: "button"}, name).addEventListener("click", function () { choose(name); });
    });
  slider.addEventListener("input", function () {
    stop();
    showPictures();
  });
  play.addEventListener("click", function () {
    if (timer !== null) {
      stop();
      return;
    }
    if (Number(slider.value) >= Number(slider.max)) {
      slider.value = 0;
      showPictures();
    }
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(step, 600);
  });
  if (pictures.length > 0) {
    document.querySelector("#samples .controls").hidden = false;
    choose(series);
  }
}());
