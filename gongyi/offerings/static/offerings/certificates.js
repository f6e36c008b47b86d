// The certificate of a capability is picked in a dialog: a double click, Enter or 「选用」 fills in its number (S3-40).
(function () {
  "use strict";
  var doc = document;

  function pick(row) {
    var input = doc.querySelector("[data-certificate-input]"), number = row.getAttribute("data-pick");
    if (!input || !number) return;
    input.value = number;
    var dialog = row.closest("dialog");
    if (dialog) dialog.close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.classList.remove("is-invalid");
    input.focus();
  }

  doc.addEventListener("dblclick", function (event) {
    var row = event.target.closest("[data-pick]");
    if (row) pick(row);
  });
  doc.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pick-button]");
    if (button) pick(button.closest("[data-pick]"));
  });
  doc.addEventListener("keydown", function (event) {
    var row = event.target.closest("[data-pick]");
    if (!row || event.target.closest("a,button")) return;
    if (event.key === "Enter") { event.preventDefault(); pick(row); return; }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    var rows = Array.prototype.slice.call(row.parentElement.querySelectorAll("[data-pick]"));
    var next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });
})();
