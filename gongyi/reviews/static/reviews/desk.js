// The review desk: keys for the next case and the decision, common phrases, and where the eye goes after a swap.
(function () {
  "use strict";
  var STORE = "gy-review-keys";
  var one = function (selector) { return document.querySelector(selector); };
  var keysOn = function () { try { return localStorage.getItem(STORE) !== "off"; } catch (e) { return true; } };

  function showKeys() {
    var list = one("[data-keys]");
    if (!list) return;
    list.toggleAttribute("data-off", !keysOn());
    one("[data-keys-on]").checked = keysOn();
  }
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-keys-on]")) return;
    try { localStorage.setItem(STORE, event.target.checked ? "on" : "off"); } catch (e) { /* private window: as it was */ }
    showKeys();
  });

  document.addEventListener("keydown", function (event) {
    var box = one("#rv-comment");
    if (event.key === "Escape" && event.target === box) { box.blur(); return; }
    if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || event.repeat || one("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]),textarea,select,[contenteditable]")) return;
    var pick = { j: "[data-key-next]", k: "[data-key-previous]", a: "[data-key-approve]", r: "[data-key-return]" }[event.key.toLowerCase()];
    var control = pick && one(pick);
    if (!control) return;
    event.preventDefault();
    if (event.key.toLowerCase() === "r" && box && !box.value.trim()) { box.focus(); return; }
    control.click();
  });

  document.addEventListener("click", function (event) {
    var phrase = event.target.closest("[data-phrase]"), box = one("#rv-comment");
    if (phrase && box) {
      box.value = box.value.trim() ? box.value.trim() + phrase.dataset.phrase : phrase.dataset.phrase;
      box.focus();
    }
    if (event.target.closest("[data-decide] button[aria-disabled=true]")) event.preventDefault();
  });

  // The menu and the to-do mark count what waits; a decision takes its case away there, too.
  var counted = one("#rv-desk").dataset;
  function recount() {
    var now = one("#rv-desk").dataset, less = counted.waiting - now.waiting;
    if (counted.scope === now.scope && less) {
      document.querySelectorAll(".gy-side [aria-current] .c, .gy-side-m [aria-current] .c, .gy-head a[href$='/desk/'] .n").forEach(function (mark) {
        if (/\+/.test(mark.firstChild.data)) return; // 99+ stays what it is
        var left = parseInt(mark.firstChild.data, 10) - less;
        if (left > 0) mark.firstChild.data = left; else mark.remove();
      });
    }
    counted = now;
  }

  function settle(moved) {
    showKeys();
    recount();
    var row = one(".rv-q [aria-current]"), list = row && row.closest("ol");
    if (list && list.scrollHeight > list.clientHeight) list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 3;
    if (!moved) return;
    var refused = one("[data-refused]");
    if (refused) { one("#rv-comment").focus(); return; }
    var title = one("[data-case-title]");
    if (title && title.offsetParent) { title.focus({ preventScroll: true }); window.scrollTo(0, 0); }
  }
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target && event.detail.target.id === "rv-desk" || event.target.id === "rv-desk") {
      settle(!event.detail.requestConfig || !/flt-q/.test((event.detail.requestConfig.elt || {}).className || ""));
    }
  });
  settle(false);
})();
