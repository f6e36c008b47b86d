// Pictures in large: links with data-lightbox (the name of their set) and data-caption open in one dialog. Arrow keys
// go on, Esc closes, focus returns to the picture; without script the link opens the file itself.
(function () {
  "use strict";
  var doc = document, set = [], place = 0, opener = null;
  var dialog = doc.createElement("dialog");
  dialog.className = "gy-light";
  dialog.setAttribute("aria-labelledby", "gy-light-caption");
  dialog.innerHTML =
    '<figure><img alt=""><figcaption><span id="gy-light-caption"></span><span class="gy-light-n num"></span></figcaption></figure>' +
    '<div class="gy-light-b"><button type="button" class="btn" data-go="-1">上一张</button><button type="button" class="btn" data-go="1">下一张</button>' +
    '<a class="btn" target="_blank" rel="noopener">原图</a><button type="button" class="btn" data-close>关闭</button></div>';
  doc.body.append(dialog);
  var image = dialog.querySelector("img"), caption = dialog.querySelector("#gy-light-caption"), number = dialog.querySelector(".gy-light-n");
  function show(next) {
    place = (next + set.length) % set.length;
    var link = set[place];
    image.src = link.href;
    image.alt = caption.textContent = link.dataset.caption || "";
    number.textContent = set.length > 1 ? place + 1 + " / " + set.length : "";
    dialog.querySelector("a").href = link.href;
    dialog.querySelectorAll("[data-go]").forEach(function (button) { button.hidden = set.length < 2; });
  }
  doc.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-lightbox]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      set = Array.from(doc.querySelectorAll('a[data-lightbox="' + CSS.escape(link.dataset.lightbox) + '"]'));
      opener = link;
      show(set.indexOf(link));
      dialog.showModal();
      dialog.querySelector("[data-close]").focus();
      return;
    }
    var go = event.target.closest(".gy-light [data-go]");
    if (go) show(place + Number(go.dataset.go));
    else if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", function (event) {
    if (set.length > 1 && (event.key === "ArrowLeft" || event.key === "ArrowRight")) show(place + (event.key === "ArrowLeft" ? -1 : 1));
  });
  dialog.addEventListener("close", function () { image.removeAttribute("src"); if (opener && opener.isConnected) opener.focus(); opener = null; });
})();
