// Offers the tick under a letter once it was read to its end.
(function () {
  "use strict";
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
