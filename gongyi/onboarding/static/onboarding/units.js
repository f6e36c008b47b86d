// Counts characters under text areas, and offers the tick of a letter once it was read to its end.
(function () {
  "use strict";
  function count(area) {
    var shown = area.parentElement.querySelector("[data-counted]");
    if (!shown) return;
    var most = Number(area.getAttribute("maxlength"));
    shown.textContent = area.value.length + "/" + most;
    shown.classList.toggle("full", area.value.length >= most);
  }
  document.addEventListener("input", function (event) {
    if (event.target.matches(".counted textarea")) count(event.target);
  });

  document.querySelectorAll("[data-letter]").forEach(function (letter) {
    var box = document.getElementById(letter.getAttribute("data-letter"));
    var hint = letter.parentElement.querySelector("[data-letter-hint]");
    if (!box || box.checked) return;
    function atEnd() { return letter.scrollTop + letter.clientHeight >= letter.scrollHeight - 8; }
    function offer() {
      if (!atEnd()) return;
      box.removeAttribute("aria-disabled");
      if (hint) hint.hidden = true;
      letter.removeEventListener("scroll", offer);
    }
    if (atEnd()) return;
    box.setAttribute("aria-disabled", "true");
    if (hint) hint.hidden = false;
    box.addEventListener("click", function (event) {
      if (box.getAttribute("aria-disabled") === "true") { event.preventDefault(); letter.focus(); }
    });
    letter.addEventListener("scroll", offer);
  });
})();
