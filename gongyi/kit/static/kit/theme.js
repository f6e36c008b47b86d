// Runs before the first paint: without a stored choice the page follows the system's light or dark setting.
(function () {
  var root = document.documentElement;
  if (root.hasAttribute("data-bs-theme")) return;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var apply = function () { root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); };
  root.setAttribute("data-theme-follows", "system");
  apply();
  dark.addEventListener("change", function () { if (root.hasAttribute("data-theme-follows")) apply(); });
})();
