// The booking form: when a part was refreshed because the time or account changed, what was typed elsewhere stays.
(function () {
  "use strict";
  var form = document.getElementById("booking-form");
  if (!form) return;
  var kept = null;
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.target.id !== "booking-aside") return;
    var reason = form.elements.waive_reason;
    kept = reason ? reason.value : kept;
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id === "booking-aside" && kept !== null && form.elements.waive_reason) form.elements.waive_reason.value = kept;
  });
})();
