// The button 「获取验证码」: asks for a code, counts down, asks for a picture when the site wants one. Comes with its field.
(function () {
  "use strict";
  if (window.gyCodes) { window.gyCodes(); return; }
  var doc = document;
  var one = function (selector, within) { return within.querySelector(selector); };
  function addressOf(box) {
    var form = box.closest("form"), field = form && form.elements[box.dataset.codeAddress];
    return field || null;
  }
  function plain(text) { return (text || "").replace(/\s+/g, "").toLowerCase(); }
  function listed(words, address) { return address !== "" && words.split(" ").indexOf(address) >= 0; }

  // What is proved or one's own already needs no code: then the box makes room for a word, or the field for nothing.
  function look(box) {
    var field = addressOf(box), address = plain(field && field.value), wrapper = box.closest(".fld") || box;
    var proved = listed(box.dataset.codeProved, address), owned = listed(box.dataset.codeOwned, address);
    one("[data-code-entry]", box).hidden = proved;
    one("[data-code-done]", box).hidden = !proved;
    wrapper.toggleAttribute("data-code-idle", !proved && (owned || (address === "" && box.dataset.codeOptional !== undefined)));
  }
  function lookAtAll() { doc.querySelectorAll("[data-code]").forEach(look); }
  window.gyCodes = lookAtAll;

  function say(box, text, bad) {
    var said = one("[data-code-said]", box);
    said.classList.toggle("bad", Boolean(bad));
    said.textContent = text;
  }
  function countDown(button, seconds) {
    var until = Date.now() + seconds * 1000;
    button.setAttribute("aria-disabled", "true");
    clearInterval(button._clock);
    var tick = function () {
      var left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) { button.textContent = left + " " + button.dataset.left; return; }
      clearInterval(button._clock);
      button.removeAttribute("aria-disabled");
      button.textContent = button.dataset.again;
    };
    tick();
    button._clock = setInterval(tick, 1000);
  }
  function picture(box, show) {
    var place = one("[data-code-picture]", box), image = one("img", place);
    place.hidden = !show;
    if (show) { image.src = image.dataset.src + "?" + Date.now(); one("[data-code-captcha]", box).value = ""; }
  }
  function send(box, button) {
    var field = addressOf(box), address = plain(field && field.value), token = one("[name=csrfmiddlewaretoken]", box.closest("form"));
    if (address === "") { say(box, one("[data-code-said]", box).dataset.empty, true); if (field) field.focus(); return; }
    var body = new FormData();
    body.append("address", address);
    body.append("purpose", box.dataset.codePurpose);
    body.append("captcha", one("[data-code-captcha]", box).value);
    button.setAttribute("aria-disabled", "true");
    fetch(box.dataset.codeUrl, { method: "POST", body: body, headers: { "X-CSRFToken": token ? token.value : "" }, credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        button.removeAttribute("aria-disabled");
        say(box, answer.sentence, !answer.sent);
        if (answer.inbox) {
          var link = doc.createElement("a");
          link.href = answer.inbox; link.target = "_blank"; link.rel = "noopener"; link.textContent = answer.inbox_label;
          one("[data-code-said]", box).append(" ", link);
        }
        picture(box, Boolean(answer.captcha));
        if (answer.wait) countDown(button, answer.wait);
        if (answer.captcha) one("[data-code-captcha]", box).focus();
        else if (answer.sent) one("[data-code-entry] input", box).focus();
      })
      .catch(function () { button.removeAttribute("aria-disabled"); say(box, one("[data-code-said]", box).dataset.lost, true); });
  }
  doc.addEventListener("click", function (event) {
    var button = event.target.closest("[data-code-send],[data-code-another]");
    if (!button) return;
    var box = button.closest("[data-code]");
    event.preventDefault();
    if (button.hasAttribute("data-code-another")) picture(box, true);
    else if (button.getAttribute("aria-disabled") !== "true") send(box, button);
  });
  doc.addEventListener("keydown", function (event) { // Enter below the picture asks for the code, not for the form
    if (event.key !== "Enter" || !event.target.matches("[data-code-captcha]")) return;
    event.preventDefault();
    one("[data-code-send]", event.target.closest("[data-code]")).click();
  });
  doc.addEventListener("input", function (event) { if (event.target.name) lookAtAll(); });
  doc.addEventListener("htmx:afterSettle", lookAtAll);
  lookAtAll();
})();
