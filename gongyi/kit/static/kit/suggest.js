// A search box with suggestions below it: a combobox with a list box, by keyboard and by touch.
(function () {
  "use strict";
  var doc = document, WAIT_MS = 250, number = 0;

  function equip(input) {
    var box = doc.createElement("div"), timer = null, running = null, active = -1, asked = null;
    number += 1;
    box.className = "gy-sug";
    box.id = "gy-sug-" + number;
    box.hidden = true;
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", input.getAttribute("aria-label") || "");
    (input.closest("dialog") || doc.body).append(box);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-haspopup", "listbox");
    input.setAttribute("aria-controls", box.id);
    input.setAttribute("aria-expanded", "false");

    function options() { return Array.from(box.querySelectorAll("[role=option]")); }
    function place() {
      var frame = (input.closest("[data-suggest-frame]") || input).getBoundingClientRect();
      var width = Math.min(Math.max(frame.width, 320), doc.documentElement.clientWidth - 16);
      box.style.top = frame.bottom + 4 + "px";
      box.style.left = Math.max(8, Math.min(frame.left, doc.documentElement.clientWidth - width - 8)) + "px";
      box.style.width = width + "px";
      box.style.maxHeight = Math.max(160, window.innerHeight - frame.bottom - 16) + "px";
    }
    function close() {
      box.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function open() {
      if (!options().length || doc.activeElement !== input) { close(); return; }
      options().forEach(function (option, at) { option.id = box.id + "-" + at; });
      box.hidden = false;
      input.setAttribute("aria-expanded", "true");
      place();
    }
    function mark(at) {
      var all = options();
      active = all.length ? (at + all.length + 1) % (all.length + 1) : -1;
      if (active === all.length) active = -1; // one step beyond is the box itself
      all.forEach(function (option, place) { option.setAttribute("aria-selected", String(place === active)); });
      if (active < 0) input.removeAttribute("aria-activedescendant");
      else { input.setAttribute("aria-activedescendant", all[active].id); all[active].scrollIntoView({ block: "nearest" }); }
    }
    function ask() {
      var text = input.value.trim();
      if (text === asked) { open(); return; }
      if (running) running.abort();
      running = new AbortController();
      fetch(input.dataset.suggest + "?q=" + encodeURIComponent(text), { signal: running.signal, headers: { "X-Requested-With": "fetch" } })
        .then(function (answer) { return answer.ok ? answer.text() : ""; })
        .then(function (html) {
          box.innerHTML = html;
          asked = text;
          active = -1;
          input.removeAttribute("aria-activedescendant");
          open();
        })
        .catch(function () {}); // the question changed, or the net is down: searching works without suggestions
    }
    function soon() { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); }

    input.addEventListener("input", soon);
    input.addEventListener("focus", function () { if (!input.hasAttribute("autofocus") || input.value) soon(); });
    input.addEventListener("click", function () { if (box.hidden) soon(); }); // a box that has the focus from the start
    input.addEventListener("blur", function () { clearTimeout(timer); close(); });
    input.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (box.hidden) { ask(); return; }
        mark(active < 0 ? (event.key === "ArrowDown" ? 0 : -2) : active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && active >= 0 && !box.hidden) {
        event.preventDefault();
        location.assign(options()[active].href);
      } else if (event.key === "Escape" && !box.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    box.addEventListener("mousedown", function (event) { event.preventDefault(); }); // the box keeps the focus until the click
    window.addEventListener("resize", function () { if (!box.hidden) place(); });
    window.addEventListener("scroll", function () { if (!box.hidden) place(); }, { passive: true });
  }

  doc.querySelectorAll("input[data-suggest]").forEach(equip);
})();
