// The filter sheet of the instrument list on phones, its shared link, and dropping conditions that are empty.
(function () {
  "use strict";
  var doc = document, root = doc.documentElement, opener = null;

  function sheet(open) {
    root.classList.toggle("filters-open", open);
    var panel = doc.getElementById("filters");
    if (!panel) return;
    doc.querySelectorAll("[data-filters-open]").forEach(function (b) { b.setAttribute("aria-expanded", String(open)); });
    if (open) {
      opener = doc.activeElement;
      panel.querySelector("[data-filters-close]").focus();
    } else if (opener) {
      var back = opener.isConnected ? opener : doc.querySelector("[data-filters-open]");
      if (back) back.focus();
      opener = null;
    }
  }
  doc.addEventListener("click", function (event) {
    if (event.target.closest("[data-filters-open]")) sheet(true);
    if (event.target.closest("[data-filters-close]")) { event.preventDefault(); sheet(false); }
  });
  doc.addEventListener("keydown", function (event) {
    if (!root.classList.contains("filters-open")) return;
    if (event.key === "Escape") sheet(false);
    if (event.key !== "Tab") return;
    var all = Array.from(doc.querySelectorAll("#filters input,#filters button,#filters summary,#filters a")).filter(function (e) { return e.offsetParent; });
    var first = all[0], last = all[all.length - 1];
    if (event.shiftKey && doc.activeElement === first) { event.preventDefault(); last.focus(); }
    else if (!event.shiftKey && doc.activeElement === last) { event.preventDefault(); first.focus(); }
  });
  window.matchMedia("(min-width:992px)").addEventListener("change", function (event) { if (event.matches) sheet(false); });

  // Opened lists of further options stay open when the column is drawn anew.
  var unfolded = {};
  doc.addEventListener("toggle", function (event) {
    if (event.target.matches && event.target.matches("#filters details[id]")) unfolded[event.target.id] = event.target.open;
  }, true);
  doc.addEventListener("htmx:afterSwap", function () {
    Object.keys(unfolded).forEach(function (id) { var d = doc.getElementById(id); if (d) d.open = unfolded[id]; });
  });

  doc.addEventListener("click", function (event) {
    var button = event.target.closest("[data-share]");
    if (!button) return;
    var link = button.getAttribute("data-share");
    var say = function (text, tone) { doc.dispatchEvent(new CustomEvent("gy:toast", { detail: { text: text, tone: tone } })); };
    if (navigator.share) { navigator.share({ title: doc.title, url: link }).catch(function () {}); return; }
    var copied = navigator.clipboard ? navigator.clipboard.writeText(link) : Promise.reject();
    copied.then(function () { say("链接已复制。", "success"); }, function () { say(link, "info"); });
  });
})();
