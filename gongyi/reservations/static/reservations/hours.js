// Opening hours: a bar beside each line shows what was typed; Monday's line is copied to the other working days.
(function () {
  "use strict";
  var lines = Array.from(document.querySelectorAll("[data-hours]"));
  function spans(text) {
    return (text.normalize("NFKC").match(/\d{1,2}(:\d{2})?\s*[-–—~～至到]+\s*\d{1,2}(:\d{2})?/g) || []).map(function (part) {
      var ends = part.match(/\d{1,2}(:\d{2})?/g).map(function (clock) { var p = clock.split(":"); return Number(p[0]) * 60 + Number(p[1] || 0); });
      return ends;
    }).filter(function (s) { return s[0] < s[1] && s[1] <= 1440; });
  }
  function draw(line, bar) {
    bar.replaceChildren.apply(bar, spans(line.value).map(function (s) {
      var part = document.createElement("i");
      part.style.left = s[0] / 14.4 + "%";
      part.style.width = (s[1] - s[0]) / 14.4 + "%";
      return part;
    }));
  }
  lines.forEach(function (line) {
    var bar = document.createElement("span");
    bar.className = "cal-bar";
    bar.setAttribute("aria-hidden", "true");
    line.after(bar);
    line.addEventListener("input", draw.bind(null, line, bar));
    draw(line, bar);
  });
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-copy-monday]")) return;
    lines.slice(1, 5).forEach(function (line) {
      line.value = lines[0].value;
      line.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
})();
