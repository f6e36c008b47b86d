// Copies the text of a field: <button data-copy="#field" data-copied="said then" data-not-copied="said otherwise">.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var field = document.querySelector(button.getAttribute("data-copy"));
    var say = function (text, tone) {
      document.dispatchEvent(new CustomEvent("gy:toast", { detail: { text: text, tone: tone } }));
    };
    field.select();
    var copied = navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.reject();
    copied.then(
      function () { say(button.getAttribute("data-copied"), "success"); },
      function () { say(button.getAttribute("data-not-copied"), "warning"); }
    );
  });
})();
