// The buttons that switch runs off and on, everywhere in the page.
Array.from(document.querySelectorAll("#legend button")).forEach(function (button) {
  button.addEventListener("click", function () {
    const run = data.runs[Number(button.dataset.run)];
    run.hidden = !run.hidden;
    button.setAttribute("aria-pressed", String(!run.hidden));
    Array.from(document.querySelectorAll("main [data-run='" + button.dataset.run + "']")).forEach(function (part) {
      if (!part.closest(".chart"))
        part.hidden = run.hidden;
    });
    drawCharts();
  });
});
