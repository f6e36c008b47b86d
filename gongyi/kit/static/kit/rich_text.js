// The editor of a RichText field: Trix with our own tool bar, pictures sent as soon as they are chosen, pasted text cleaned.
// The text area stays the field that is sent; without script it is what one types in.
(function () {
  "use strict";
  var Trix = window.Trix, doc = document;
  if (!Trix) return;
  var KINDS = /^image\/(jpeg|png|gif)$/;
  var pending = 0;
  Trix.config.blockAttributes.default.tagName = "p";
  Trix.config.blockAttributes.default.breakOnReturn = true;
  Trix.config.blockAttributes.heading1.tagName = "h3";
  Trix.config.attachments.preview.presentation = "single";
  Trix.config.attachments.preview.caption = { name: false, size: false };

  function own(address) { return (address || "").indexOf("/files/") === 0; }
  function say(sentence) { window.gongyi.toast(sentence, "warning"); }

  // What is stored names pictures plainly; the editor wants them as its own attachments.
  function prepared(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll("figure").forEach(function (figure) {
      var image = figure.querySelector("img"), caption = figure.querySelector("figcaption");
      if (!image) return;
      var held = { contentType: "image", url: image.getAttribute("src") };
      ["width", "height"].forEach(function (side) { if (image.hasAttribute(side)) held[side] = Number(image.getAttribute(side)); });
      figure.setAttribute("data-trix-attachment", JSON.stringify(held));
      if (caption && caption.textContent.trim()) figure.setAttribute("data-trix-attributes", JSON.stringify({ caption: caption.textContent.trim() }));
    });
    return page.body.innerHTML;
  }

  function send(box, attachment) {
    var request = new XMLHttpRequest(), data = new FormData();
    var fail = function (sentence) { pending -= 1; attachment.remove(); say(sentence); };
    pending += 1;
    request.open("POST", box.dataset.upload);
    request.setRequestHeader("X-CSRFToken", doc.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) attachment.setUploadProgress(Math.round(event.loaded / event.total * 100));
    });
    request.addEventListener("load", function () {
      var said = null;
      try { said = JSON.parse(request.responseText); } catch (error) { said = null; }
      if (request.status === 201 && said) {
        pending -= 1;
        attachment.setAttributes({ url: said.url });
      } else fail(said && said.detail ? said.detail : box.dataset.lost);
    });
    request.addEventListener("error", function () { fail(box.dataset.lost); });
    data.append("file", attachment.file);
    request.send(data);
  }

  function build(box) {
    var area = box.querySelector("textarea"), id = area.id, editor = doc.createElement("trix-editor");
    Trix.config.lang.captionPlaceholder = box.dataset.caption;
    Trix.config.lang.remove = box.dataset.remove;
    box.insertBefore(doc.importNode(box.querySelector("template").content, true), area);
    var bar = box.querySelector("trix-toolbar");
    bar.id = id + "_bar";
    area.value = prepared(area.value);
    area.id = id + "_value";
    area.hidden = true;
    editor.id = id;
    editor.setAttribute("input", area.id);
    editor.setAttribute("toolbar", bar.id);
    editor.setAttribute("role", "textbox");
    editor.setAttribute("aria-multiline", "true");
    editor.className = "rich form-control";
    var label = doc.querySelector('label[for="' + id + '"]');
    if (label) editor.setAttribute("aria-label", label.textContent.replace("*", "").trim());
    ["aria-describedby", "aria-invalid"].forEach(function (name) { if (area.hasAttribute(name)) editor.setAttribute(name, area.getAttribute(name)); });
    if (label) label.addEventListener("click", function (event) { event.preventDefault(); editor.focus(); });
    area.after(editor);

    var press = function () {
      bar.querySelectorAll("[data-trix-attribute]").forEach(function (button) {
        button.setAttribute("aria-pressed", String(button.hasAttribute("data-trix-active") || button.classList.contains("trix-active")));
      });
    };
    editor.addEventListener("trix-selection-change", function () { setTimeout(press); });
    editor.addEventListener("trix-change", function () { setTimeout(press); });

    editor.addEventListener("trix-file-accept", function (event) {
      var file = event.file;
      if (!box.dataset.upload || !KINDS.test(file.type)) { event.preventDefault(); say(box.dataset.wrongKind); }
      else if (file.size > Number(box.dataset.most)) { event.preventDefault(); say(box.dataset.tooLarge); }
    });
    // Another site's pictures: nobody could see them here, so they are taken out before they are asked for.
    editor.addEventListener("trix-before-paste", function (event) {
      if (!event.paste.html) return;
      var page = new DOMParser().parseFromString(event.paste.html, "text/html");
      var foreign = Array.from(page.querySelectorAll("img")).filter(function (image) { return !own(image.getAttribute("src")); });
      if (!foreign.length) return;
      foreign.forEach(function (image) { image.remove(); });
      event.paste.html = page.body.innerHTML;
      say(box.dataset.foreign);
    });
    editor.addEventListener("trix-attachment-add", function (event) {
      var attachment = event.attachment;
      if (attachment.file) send(box, attachment);
      else if (!own(attachment.getAttribute("url"))) attachment.remove();
    });
    var chooser = bar.querySelector("[data-rich-file]");
    if (chooser) {
      bar.querySelector("[data-rich-picture]").addEventListener("click", function () { chooser.click(); });
      chooser.addEventListener("change", function (event) {
        event.stopPropagation();
        Array.from(chooser.files).forEach(function (file) { editor.editor.insertFile(file); });
        chooser.value = "";
      });
    }
    // Before everybody else: a form must not leave while a picture is on its way.
    doc.addEventListener("submit", function (event) {
      if (event.target !== area.form || !pending) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      say(box.dataset.pending);
    }, true);
  }
  doc.querySelectorAll("[data-rich-text]").forEach(build);
})();
