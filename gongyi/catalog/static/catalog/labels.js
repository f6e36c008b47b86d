/* The preview follows what is chosen; the button prints it. */
(function () {
  "use strict";
  var form = document.getElementById("lab-form");
  if (!form) return;
  form.addEventListener("change", function () { if (form.checkValidity()) form.requestSubmit(); });
  document.querySelector("[data-print]").addEventListener("click", function () { window.print(); });
})();
