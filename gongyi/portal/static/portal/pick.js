// Ticked instruments: the bar that says how many, whole units and the whole list at once. Boxes belong to form#pick.
(function () {
  "use strict";
  var doc = document, form = doc.getElementById("pick");
  if (!form) return;
  var words = form.querySelector("[data-picked-text]");

  function boxes(within) { return Array.from((within || doc).querySelectorAll("input.pick-box[name=id]")).filter(function (b) { return b.form === form; }); }
  function picked(list) { return list.filter(function (b) { return b.checked; }); }
  function fill(element, n) { element.textContent = element.getAttribute("data-words").replace("{n}", n); }

  function draw() {
    var all = boxes(), n = picked(all).length;
    if (form.classList.contains("pick-bar")) doc.documentElement.classList.toggle("has-picked", n > 0);
    if (words) fill(words, n);
    doc.querySelectorAll("[data-pick-all]").forEach(function (box) {
      box.checked = all.length > 0 && n === all.length;
      box.indeterminate = n > 0 && n < all.length;
    });
    doc.querySelectorAll("[data-pick-group]").forEach(function (group) {
      var own = boxes(group), m = picked(own).length, head = group.querySelector("[data-pick-unit]"), book = group.querySelector("[data-words]");
      if (head) { head.checked = own.length > 0 && m === own.length; head.indeterminate = m > 0 && m < own.length; }
      if (book) { if (m) fill(book, m); else book.textContent = book.getAttribute("data-none"); }
    });
  }
  doc.addEventListener("change", function (event) {
    var box = event.target;
    if (box.matches("[data-pick-all]")) boxes().forEach(function (b) { b.checked = box.checked; });
    if (box.matches("[data-pick-unit]")) boxes(box.closest("[data-pick-group]")).forEach(function (b) { b.checked = box.checked; });
    if (box.matches("[data-pick-all],[data-pick-unit],input.pick-box")) draw();
  });
  form.addEventListener("reset", function () { setTimeout(draw, 0); });
  doc.addEventListener("htmx:afterSettle", draw);
  window.addEventListener("pageshow", draw);
  draw();
})();
