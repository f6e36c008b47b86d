// A draft in the browser: saved while one types, files sent as soon as they are chosen, links copied, letters counted.
(function () {
  "use strict";
  var doc = document;
  var one = function (selector, within) { return (within || doc).querySelector(selector); };
  var all = function (selector, within) { return Array.from((within || doc).querySelectorAll(selector)); };
  var form = one("form[data-draft]");
  var SAVE_EVERY = 30000;

  // ---- saved while typing ------------------------------------------------------------------------------------------
  if (form) {
    var changed = false, leaving = false;
    var token = one("[name=csrfmiddlewaretoken]", form).value;
    form.addEventListener("input", function (event) { if (event.target.type !== "file") changed = true; });
    form.addEventListener("change", function (event) { if (event.target.type !== "file") changed = true; });
    form.addEventListener("submit", function () { leaving = true; });
    window.addEventListener("pageshow", function () { leaving = false; });
    var typed = function () {
      var data = new FormData(form);
      Array.from(data.keys()).forEach(function (name) { if (name.indexOf("file-") === 0) data.delete(name); });
      data.set("go", "auto");
      return data;
    };
    var save = function () {
      if (!changed || leaving) return Promise.resolve();
      changed = false;
      return fetch(form.action, { method: "POST", body: typed(), headers: { "X-CSRFToken": token }, credentials: "same-origin" })
        .then(function (answer) { return answer.json().then(function (said) { return { ok: answer.ok, said: said }; }); })
        .then(function (answer) {
          var note = one("[data-save-note]", form);
          if (answer.ok) {
            var at = one("[data-saved-at]");
            if (at) at.textContent = answer.said.saved;
            note.textContent = answer.said.saved + " " + form.dataset.savedWord;
          } else {
            window.gongyi.toast(answer.said.refused, "warning");
          }
        })
        .catch(function () { changed = true; });
    };
    setInterval(save, SAVE_EVERY);
    doc.addEventListener("visibilitychange", function () { if (doc.visibilityState === "hidden") save(); });
    // Leaving by a link (the step bar) keeps what was typed, too.
    doc.addEventListener("click", function (event) {
      var link = event.target.closest("a[href]");
      if (!link || !changed || link.target || link.hasAttribute("data-dialog") || link.getAttribute("href").charAt(0) === "#") return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      save().then(function () { location.href = link.href; });
    });
    window.addEventListener("beforeunload", function (event) { if (changed && !leaving) event.preventDefault(); });
  }

  // ---- files -------------------------------------------------------------------------------------------------------
  function complain(slot, sentence) {
    var box = one("[data-slot-error]", slot);
    one("span", box).textContent = sentence;
    box.hidden = !sentence;
  }
  function replace(slot, html) {
    var holder = doc.createElement("div");
    holder.innerHTML = html;
    var fresh = holder.firstElementChild;
    if (!fresh) return;
    slot.replaceWith(fresh);
    var input = one("[data-slot-input]", fresh);
    if (input) input.focus({ preventScroll: true });
  }
  function send(slot, file) {
    var progress = one("[data-slot-progress]", slot), box = one(".slot-up", slot), request = new XMLHttpRequest();
    complain(slot, "");
    one("[data-slot-name]", slot).textContent = file.name;
    progress.hidden = false; box.hidden = true;
    box.style.display = "none";
    var done = function () { progress.hidden = true; box.hidden = false; box.style.display = ""; };
    request.open("POST", slot.dataset.upload);
    request.setRequestHeader("X-CSRFToken", one("[name=csrfmiddlewaretoken]").value);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) return;
      var percent = Math.round(event.loaded / event.total * 100);
      one("progress", progress).value = percent;
      one("[data-slot-percent]", progress).textContent = percent + "%";
    });
    request.addEventListener("load", function () {
      done();
      if (request.status === 200 || request.status === 422) replace(slot, request.responseText);
      else complain(slot, slot.dataset.lost);
    });
    request.addEventListener("error", function () { done(); complain(slot, slot.dataset.lost); });
    request.addEventListener("abort", function () { done(); complain(slot, slot.dataset.cancelled); });
    one("[data-slot-cancel]", progress).onclick = function () { request.abort(); };
    var data = new FormData();
    data.append("file", file);
    request.send(data);
  }
  doc.addEventListener("change", function (event) {
    if (!event.target.matches("[data-slot-input]")) return;
    var slot = event.target.closest("[data-slot]"), file = event.target.files[0];
    if (!file) return;
    event.target.value = "";
    if (file.size > Number(slot.dataset.most)) { complain(slot, slot.dataset.tooLarge); return; }
    send(slot, file);
  });
  doc.addEventListener("toggle", function (event) { // a PDF is fetched when somebody wants to see it
    var holder = event.target;
    if (!holder.matches || !holder.matches("details[data-pdf]") || !holder.open || one("iframe", holder)) return;
    var frame = doc.createElement("iframe");
    frame.src = holder.dataset.pdf;
    frame.title = one("summary", holder).textContent;
    holder.append(frame);
  }, true);

  // ---- copying the link, printing ------------------------------------------------------------------------------------
  all("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var field = one("[data-copy-from]", button.parentNode), said = one("span", button), was = said.textContent;
      var told = function () { said.textContent = button.dataset.done; setTimeout(function () { said.textContent = was; }, 3000); };
      field.select();
      if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(field.value).then(told);
      else if (doc.execCommand("copy")) told();
    });
  });
  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // ---- how many characters -------------------------------------------------------------------------------------------
  all("textarea[maxlength],input[data-count]").forEach(function (field) {
    var most = Number(field.getAttribute("maxlength")), shown = doc.createElement("div");
    shown.className = "wz-count num";
    var count = function () {
      var length = Array.from(field.value).length;
      shown.textContent = length + "/" + most;
      shown.classList.toggle("over", length > most);
    };
    field.after(shown);
    field.addEventListener("input", count);
    count();
  });
})();
