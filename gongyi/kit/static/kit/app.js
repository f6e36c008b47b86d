// The glue of every page: dialogs, menus, messages, selection, filters. No inline code anywhere, so a strict CSP holds.
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;
  var one = function (selector, within) { return (within || doc).querySelector(selector); };
  var all = function (selector, within) { return Array.from((within || doc).querySelectorAll(selector)); };
  var icons = function (index) {
    var found = one("#gy-icons");
    var svg = found && found.content.querySelectorAll("svg")[index];
    return svg ? svg.cloneNode(true) : doc.createTextNode("");
  };
  var INFO = 0, SUCCESS = 1, WARNING = 2, ERROR = 3, CLOSE = 4, LEFT = 5, RIGHT = 6;

  // ---- light and dark -------------------------------------------------------------------------------------------
  doc.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-toggle]");
    if (!button) return;
    event.preventDefault();
    var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.removeAttribute("data-theme-follows");
    root.setAttribute("data-bs-theme", theme);
    doc.cookie = "theme=" + theme + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
    doc.dispatchEvent(new CustomEvent("gy:theme", { detail: theme }));
  });

  // ---- messages -------------------------------------------------------------------------------------------------
  function toast(text, tone) {
    var box = one("#gy-toasts"), item = doc.createElement("div"), words = doc.createElement("div");
    var close = doc.createElement("button");
    item.className = "toast-gy " + (tone || "info");
    item.append(icons({ success: SUCCESS, warning: WARNING, error: ERROR }[tone] || INFO));
    words.textContent = text;
    close.type = "button"; close.className = "gy-icb"; close.setAttribute("aria-label", "关闭提示");
    close.setAttribute("data-toast-close", ""); close.append(icons(CLOSE));
    item.append(words, close);
    box.append(item);
    leaveSoon(item, tone);
  }
  function leaveSoon(item, tone) {
    if (tone === "error" || tone === "warning") return; // what asks for action stays until it is closed
    setTimeout(function () { if (!item.matches(":hover,:focus-within")) item.remove(); }, 8000);
  }
  all("[data-toast]").forEach(function (item) {
    leaveSoon(item, item.classList.contains("error") ? "error" : item.classList.contains("warning") ? "warning" : "");
  });
  doc.addEventListener("click", function (event) {
    var close = event.target.closest("[data-toast-close]");
    if (close) close.closest(".toast-gy").remove();
  });
  doc.addEventListener("gy:toast", function (event) { toast(event.detail.text, event.detail.tone); });

  // ---- tabs: on a phone the open one is brought into sight ------------------------------------------------------
  all(".gy-tabs").forEach(function (tabs) {
    var open = one("[aria-current]", tabs);
    if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
  });

  // ---- dialogs --------------------------------------------------------------------------------------------------
  var opener = null;
  function openDialog(dialog) {
    if (!dialog || dialog.open) return;
    opener = doc.activeElement;
    dialog.showModal();
    var first = one("[autofocus],[data-error-summary],.is-invalid,input:not([type=hidden]),select,textarea", one(".dlg-b", dialog) || dialog);
    var title = one("h2", dialog);
    (first || title || dialog).focus();
  }
  doc.addEventListener("close", function (event) {
    var dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (dialog.id === "gy-dialog") one("#gy-dialog-box").replaceChildren();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }, true);
  doc.addEventListener("click", function (event) {
    var opens = event.target.closest("[data-open]");
    if (opens) { event.preventDefault(); openDialog(doc.getElementById(opens.getAttribute("data-open"))); return; }
    var closes = event.target.closest("[data-close]");
    if (closes) { event.preventDefault(); closes.closest("dialog").close(); return; }
    if (event.target instanceof HTMLDialogElement && event.target.classList.contains("gy-offcanvas")) event.target.close();
    var link = event.target.closest("a[data-dialog]");
    if (link && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      opener = link;
      busy(link);
      window.htmx.ajax("GET", link.href, { target: "#gy-dialog-box", swap: "innerHTML", source: link }).then(function () { idle(link); }, function () { idle(link); });
    }
  });
  doc.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id !== "gy-dialog-box") return;
    var dialog = one("#gy-dialog"), wide = one("[data-wide]", event.target);
    dialog.classList.toggle("wide", Boolean(wide));
    if (dialog.open) {
      var summary = one("[data-error-summary]", dialog);
      if (summary) summary.focus();
    } else if (event.target.childElementCount) {
      openDialog(dialog);
    }
  });

  // ---- asking once ----------------------------------------------------------------------------------------------
  function ask(source, proceed) {
    var dialog = one("#gy-confirm"), yes = one("#gy-confirm-yes");
    one("#gy-confirm-title").textContent = source.getAttribute("data-confirm-title") || "请确认";
    one("#gy-confirm-text").textContent = source.getAttribute("data-confirm");
    yes.textContent = source.getAttribute("data-confirm-verb") || source.textContent.trim() || "继续";
    yes.className = "btn " + (source.classList.contains("btn-bad") ? "btn-bad" : "btn-primary");
    dialog.returnValue = "";
    dialog.addEventListener("close", function () { if (dialog.returnValue === "yes") proceed(); }, { once: true });
    openDialog(dialog);
  }
  doc.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    var source = button && button.hasAttribute("data-confirm") ? button : form.hasAttribute("data-confirm") ? form : null;
    if (!source || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, function () { form.dataset.confirmed = "1"; form.requestSubmit(button || undefined); delete form.dataset.confirmed; });
  }, true);

  // ---- pressed buttons ------------------------------------------------------------------------------------------
  function busy(button) {
    if (!button || button.getAttribute("aria-busy") === "true" || button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-busy", "true");
    if (!button.classList.contains("btn") || button.tagName === "A") return;
    button.style.minWidth = button.offsetWidth + "px";
    var spinner = doc.createElement("span");
    spinner.className = "spinner-border spinner-border-sm"; spinner.setAttribute("aria-hidden", "true");
    button.dataset.was = "1";
    button._was = Array.from(button.childNodes);
    button.replaceChildren(spinner, doc.createTextNode("正在提交"));
  }
  function idle(button) {
    if (!button || !button.hasAttribute("aria-busy")) return;
    button.removeAttribute("aria-busy");
    button.style.minWidth = "";
    if (button._was) { button.replaceChildren.apply(button, button._was); delete button._was; }
  }
  doc.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    if (form.method === "get" || !button) return;
    if (form.hasAttribute("hx-post") || button.hasAttribute("hx-post")) return;
    form.dataset.sending = "1";
    setTimeout(function () { busy(button); }, 0);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    all("form[data-sending]").forEach(function (form) { delete form.dataset.sending; });
    all("[aria-busy=true]").forEach(idle);
  });
  doc.addEventListener("htmx:beforeRequest", function (event) {
    var source = event.detail.elt;
    if (event.detail.requestConfig.verb === "get" || !source.matches("form,button")) return;
    var button = source.matches("button") ? source : (event.detail.requestConfig.triggeringEvent || {}).submitter;
    source._pressed = button;
    busy(button);
  });
  doc.addEventListener("htmx:afterRequest", function (event) {
    var status = event.detail.xhr.status;
    if (event.detail.xhr.getResponseHeader("HX-Redirect") || event.detail.xhr.getResponseHeader("HX-Refresh")) return;
    if (event.detail.elt._pressed) { idle(event.detail.elt._pressed); event.detail.elt._pressed = null; }
    if (status >= 400 && status !== 409 && status !== 422) {
      var text = event.detail.xhr.responseText, plain = /^text\/plain/.test(event.detail.xhr.getResponseHeader("Content-Type") || "");
      toast(plain && text ? text : "没有完成，数据未受影响。请稍后重试。", "error");
    }
  });
  doc.addEventListener("htmx:sendError", function (event) {
    idle(event.detail.elt._pressed);
    toast("网络连接中断，没有提交成功，已填内容都保留着。请检查网络后重试。", "error");
  });
  doc.addEventListener("htmx:timeout", function (event) { idle(event.detail.elt._pressed); toast("等待时间过长，请稍后重试。", "error"); });

  // ---- menus made of <details> ----------------------------------------------------------------------------------
  doc.addEventListener("click", function (event) {
    all("details.gy-pop[open]").forEach(function (menu) { if (!menu.contains(event.target)) menu.open = false; });
    var refused = event.target.closest("[aria-disabled=true]");
    all(".tip.open").forEach(function (tip) { if (!tip.contains(event.target)) tip.classList.remove("open"); });
    if (refused && !refused.matches("input")) {
      event.preventDefault();
      var tip = refused.closest(".tip");
      if (tip) tip.classList.add("open");
    }
  });
  doc.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      all("details.gy-pop[open]").forEach(function (menu) { menu.open = false; one("summary", menu).focus(); });
      all(".tip.open").forEach(function (tip) { tip.classList.remove("open"); });
    }
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(doc.activeElement.tagName) || doc.activeElement.isContentEditable;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var search = one(".gy-find input");
      if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
    }
    var menu = event.target.closest && event.target.closest("details.gy-pop[open]");
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.closest("[data-move]")) {
      var items = all("a.pop-i,button.pop-i", menu), at = items.indexOf(doc.activeElement);
      if (items.length) { event.preventDefault(); items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus(); }
    }
  });
  doc.addEventListener("toggle", function (event) { // keep the panel inside the window
    var menu = event.target;
    if (!menu.matches || !menu.matches("details.gy-pop") || !menu.open) return;
    var panel = one(".pop", menu);
    if (panel && menu.closest(".tbw")) { floatOver(menu, panel); return; }
    if (panel && panel.getBoundingClientRect().left < 8) { panel.style.right = "auto"; panel.style.left = "0"; }
  }, true);
  function floatOver(menu, panel) { // a table that scrolls sideways would cut the panel off: it floats over the page, below or above its button
    var at = one("summary", menu).getBoundingClientRect(), below = at.bottom + 6;
    panel.style.position = "fixed";
    panel.style.right = Math.max(8, doc.documentElement.clientWidth - at.right) + "px";
    panel.style.bottom = "auto";
    panel.style.top = (below + panel.offsetHeight > innerHeight - 8 ? Math.max(8, at.top - 6 - panel.offsetHeight) : below) + "px";
    addEventListener("scroll", function (event) { if (!panel.contains(event.target)) menu.open = false; }, { capture: true, once: true, passive: true });
  }

  // ---- filters: what is empty stays out of the address -----------------------------------------------------------
  doc.addEventListener("htmx:configRequest", function (event) {
    if (!event.detail.elt.hasAttribute("data-drop-empty")) return;
    var now = new URLSearchParams(location.search);
    ["sort", "per", "cols"].forEach(function (key) { if (now.get(key)) event.detail.formData.set(key, now.get(key)); else event.detail.formData.delete(key); });
    Array.from(event.detail.formData.entries()).forEach(function (pair) { if (pair[1] === "") event.detail.formData.delete(pair[0]); });
    var clear = one("[data-clear]", event.detail.elt);
    if (clear) clear.hidden = !Array.from(event.detail.formData.keys()).some(function (key) { return ["sort", "per", "cols", "view"].indexOf(key) < 0; });
  });
  doc.addEventListener("submit", function (event) {
    if (!event.target.hasAttribute("data-drop-empty")) return;
    all("input,select", event.target).forEach(function (field) { if (field.value === "") field.disabled = true; });
    setTimeout(function () { all("input,select", event.target).forEach(function (field) { field.disabled = false; }); }, 0);
  });
  doc.addEventListener("htmx:afterSettle", function () {
    var link = one("#gy-export"), list = one("#gy-list");
    if (!link || !list) return;
    var query = new URLSearchParams(location.search);
    query.delete("page"); query.set("export", "xlsx");
    link.href = "?" + query;
  });

  // ---- selecting rows, on this page and beyond -------------------------------------------------------------------
  function selection() {
    var bar = one("#gy-bulk");
    if (!bar) return;
    var boxes = all("[data-select-row]"), picked = boxes.filter(function (box) { return box.checked; });
    var head = one("[data-select-page]"), everything = bar.elements.all.value === "1";
    var total = Number(one("#gy-list").dataset.total), measure = bar.dataset.measure;
    var count = everything ? total : picked.length;
    boxes.forEach(function (box) { var row = box.closest("tr"); if (box.checked) row.setAttribute("aria-selected", "true"); else row.removeAttribute("aria-selected"); });
    if (head) { head.checked = boxes.length > 0 && picked.length === boxes.length; head.indeterminate = picked.length > 0 && !head.checked; }
    bar.hidden = count === 0;
    one("[data-bulk-text]", bar).textContent = everything ? "已选全部 " + total.toLocaleString("en") + " " + measure : head && head.checked ? "已选本页 " + count + " " + measure : "已选 " + count + " " + measure;
    one("[data-bulk-all]", bar).hidden = everything || !(head && head.checked) || total <= boxes.length;
    all("[data-label]", bar).forEach(function (button) { if (!button.hasAttribute("aria-busy")) button.textContent = button.dataset.label + " " + count.toLocaleString("en") + " " + measure; });
  }
  doc.addEventListener("change", function (event) {
    var bar = one("#gy-bulk");
    if (!bar) return;
    if (event.target.matches("[data-select-page]")) {
      all("[data-select-row]").forEach(function (box) { box.checked = event.target.checked; });
    } else if (!event.target.matches("[data-select-row]")) return;
    bar.elements.all.value = "";
    selection();
  });
  var lastBox = null;
  doc.addEventListener("click", function (event) {
    var box = event.target.closest("[data-select-row]");
    if (box) {
      var boxes = all("[data-select-row]"), from = boxes.indexOf(lastBox), to = boxes.indexOf(box);
      if (event.shiftKey && from >= 0) {
        boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(function (other) { other.checked = box.checked; });
        selection();
      }
      lastBox = box;
    }
    if (event.target.closest("[data-bulk-all]")) { one("#gy-bulk").elements.all.value = "1"; selection(); }
    if (event.target.closest("[data-bulk-none]")) {
      one("#gy-bulk").elements.all.value = "";
      all("[data-select-row],[data-select-page]").forEach(function (item) { item.checked = false; });
      selection();
    }
  });
  doc.addEventListener("htmx:afterSettle", selection);
  selection();

  // ---- column chooser: drag, or arrow keys on the grip -------------------------------------------------------------
  var dragged = null;
  function moved(line) { line.closest("form").dispatchEvent(new CustomEvent("gy:moved", { bubbles: true })); }
  doc.addEventListener("dragstart", function (event) { dragged = event.target.closest && event.target.closest(".col-i"); });
  doc.addEventListener("dragover", function (event) {
    var over = dragged && event.target.closest && event.target.closest(".col-i");
    if (!over) return;
    event.preventDefault();
    all(".col-i.over").forEach(function (line) { line.classList.remove("over"); });
    over.classList.add("over");
  });
  doc.addEventListener("drop", function (event) {
    var over = dragged && event.target.closest && event.target.closest(".col-i");
    all(".col-i.over").forEach(function (line) { line.classList.remove("over"); });
    if (over && over !== dragged) { event.preventDefault(); over.before(dragged); moved(dragged); }
    dragged = null;
  });
  var columnsAt = 0; // a long chooser is drawn anew with every change and stays where one was
  doc.addEventListener("htmx:oobBeforeSwap", function () { var list = one("[data-column-list]"); columnsAt = list ? list.scrollTop : 0; });
  doc.addEventListener("htmx:oobAfterSwap", function () { var list = one("[data-column-list]"); if (list) list.scrollTop = columnsAt; });
  doc.addEventListener("input", function (event) {
    if (!event.target.matches("[data-find-column]")) return;
    var word = event.target.value.trim().toLowerCase();
    all(".col-i", event.target.closest("form")).forEach(function (line) { line.hidden = Boolean(word) && line.textContent.toLowerCase().indexOf(word) < 0; });
    all(".col-g", event.target.closest("form")).forEach(function (group) { group.hidden = !all(".col-i:not([hidden])", group).length; });
  });
  doc.addEventListener("change", function (event) { if (event.target.matches("[data-find-column]")) event.stopPropagation(); }, true);
  doc.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches && event.target.matches("[data-find-column]")) event.preventDefault();
    var grip = event.target.closest && event.target.closest("[data-move]");
    if (!grip || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    var line = grip.closest(".col-i");
    var next = event.key === "ArrowUp" ? line.previousElementSibling : line.nextElementSibling;
    if (!next || !next.matches(".col-i")) return;
    if (event.key === "ArrowUp") next.before(line); else next.after(line);
    grip.focus();
    moved(line);
  });
  doc.addEventListener("click", function (event) { if (event.target.matches("input[data-locked]")) event.preventDefault(); });

  // ---- forms -----------------------------------------------------------------------------------------------------
  var menu = one(".gy-side>nav"), here = menu && one("[aria-current]", menu); // the current item is in sight however long the menu is
  if (here && here.offsetTop + here.offsetHeight > menu.clientHeight) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;
  var summary = one("main form [data-error-summary]");
  if (summary) summary.focus();
  doc.addEventListener("click", function (event) {
    var link = event.target.closest("[data-error-summary] a[href^='#']");
    var field = link && doc.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    (field.matches("input,select,textarea") ? field : one("input,select,textarea", field) || field).focus();
  });
  all("form[data-guard]").forEach(function (form) {
    var changed = false;
    form.addEventListener("input", function () { changed = true; });
    form.addEventListener("submit", function () { changed = false; });
    window.addEventListener("beforeunload", function (event) { if (changed) event.preventDefault(); });
  });
  var toc = one("[data-toc]");
  if (toc && "IntersectionObserver" in window) {
    var links = all("a", toc), seen = new Map();
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { seen.set(entry.target.id, entry.isIntersecting); });
      var now = links.find(function (link) { return seen.get(link.hash.slice(1)); });
      if (now) links.forEach(function (link) { if (link === now) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); });
    }, { rootMargin: "-72px 0px -55% 0px" });
    links.forEach(function (link) { var card = one(link.hash); if (card) watch.observe(card); });
  }
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (kind) {
    doc.addEventListener(kind, function (event) {
      var zone = event.target.closest && event.target.closest("[data-drop]");
      if (!zone || !event.dataTransfer || !Array.from(event.dataTransfer.types).includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind !== "drop") return;
      var input = one("input[type=file]", zone);
      if (input) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });

  doc.addEventListener("change", function (event) {
    if (!event.target.matches(".up input[type=file]")) return;
    var size = function (bytes) { return bytes < 1e6 ? Math.max(1, Math.round(bytes / 1024)) + " KB" : (bytes / 1048576).toFixed(1) + " MB"; };
    var names = Array.from(event.target.files).map(function (file) { return file.name + "（" + size(file.size) + "）"; });
    one("[data-file-names]", event.target.closest(".up")).textContent = names.join("、");
  });

  // ---- picking a day (typing it stays possible) --------------------------------------------------------------------
  var two = function (n) { return String(n).padStart(2, "0"); };
  var iso = function (d) { return d.getFullYear() + "-" + two(d.getMonth() + 1) + "-" + two(d.getDate()); };
  var calendar = null, calendarFor = null, shown = null;
  function closeCalendar() { if (calendar) calendar.remove(); calendar = calendarFor = null; }
  function parsed(text) {
    var match = /^(\d{4})\D(\d{1,2})\D(\d{1,2})/.exec(text || "");
    return match ? new Date(+match[1], +match[2] - 1, +match[3]) : null;
  }
  function clockOf(text) { var match = /(\d{1,2}:\d{2})/.exec((text || "").slice(8)); return match ? match[1] : ""; }
  function put(day) {
    var input = calendarFor, clock = input.dataset.picker === "moment" ? " " + (clockOf(input.value) || "9:00") : "";
    input.value = iso(day) + clock;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
    closeCalendar();
  }
  function button(label, name, press) {
    var made = doc.createElement("button");
    made.type = "button"; made.className = "gy-icb";
    if (typeof label === "number") { made.append(icons(label)); made.setAttribute("aria-label", name); } else made.textContent = label;
    made.addEventListener("click", press);
    return made;
  }
  function drawCalendar() {
    var chosen = parsed(calendarFor.value), today = new Date(), year = shown.getFullYear(), month = shown.getMonth();
    var head = doc.createElement("div"), title = doc.createElement("b"), table = doc.createElement("table");
    head.className = "hd";
    title.textContent = year + " 年 " + (month + 1) + " 月";
    title.setAttribute("aria-live", "polite");
    head.append(
      button(LEFT, "上一月", function () { shown = new Date(year, month - 1, 1); drawCalendar(); }), title,
      button(RIGHT, "下一月", function () { shown = new Date(year, month + 1, 1); drawCalendar(); }));
    var row = table.createTHead().insertRow();
    "一二三四五六日".split("").forEach(function (name) { var th = doc.createElement("th"); th.scope = "col"; th.textContent = name; row.append(th); });
    var body = table.createTBody(), day = new Date(year, month, 1 - (new Date(year, month, 1).getDay() + 6) % 7);
    for (var week = 0; week < 6; week++) {
      row = body.insertRow();
      for (var at = 0; at < 7; at++) {
        var cell = doc.createElement("button"), date = new Date(day);
        cell.type = "button"; cell.textContent = date.getDate();
        cell.dataset.day = iso(date);
        cell.setAttribute("aria-label", iso(date));
        if (date.getMonth() !== month) cell.classList.add("out");
        if (iso(date) === iso(today)) cell.classList.add("today");
        if (chosen && iso(date) === iso(chosen)) cell.setAttribute("aria-pressed", "true");
        row.insertCell().append(cell);
        day.setDate(day.getDate() + 1);
      }
    }
    var foot = doc.createElement("div"), now = doc.createElement("button");
    foot.className = "ft"; now.type = "button"; now.className = "btn btn-sm"; now.textContent = "今天";
    now.addEventListener("click", function () { put(new Date()); });
    foot.append(now);
    calendar.replaceChildren(head, table, foot);
  }
  function openCalendar(input) {
    if (calendarFor === input || input.readOnly || input.disabled) return;
    closeCalendar();
    calendarFor = input;
    shown = parsed(input.value) || new Date();
    calendar = doc.createElement("div");
    calendar.className = "gy-cal"; calendar.setAttribute("role", "dialog"); calendar.setAttribute("aria-label", "选择日期");
    (input.closest("dialog") || doc.body).append(calendar);
    drawCalendar();
    var place = input.getBoundingClientRect(), frame = calendar.offsetParent ? calendar.offsetParent.getBoundingClientRect() : { left: 0, top: 0 };
    var holder = calendar.offsetParent || doc.body, fixed = holder === doc.body ? { x: scrollX, y: scrollY, left: 0, top: 0 } : { x: holder.scrollLeft, y: holder.scrollTop, left: frame.left, top: frame.top };
    var below = place.bottom + 320 < innerHeight || place.top < 320;
    calendar.style.left = Math.max(8, Math.min(place.left, innerWidth - 284)) - fixed.left + fixed.x + "px";
    calendar.style.top = (below ? place.bottom + 4 : place.top - calendar.offsetHeight - 4) - fixed.top + fixed.y + "px";
  }
  doc.addEventListener("click", function (event) {
    var input = event.target.closest("input[data-picker]");
    if (input) { openCalendar(input); return; }
    if (!calendar) return;
    var day = event.target.closest(".gy-cal [data-day]");
    if (day) { put(parsed(day.dataset.day)); return; }
    if (event.target.isConnected && !calendar.contains(event.target)) closeCalendar();
  });
  doc.addEventListener("keydown", function (event) {
    var input = event.target.closest && event.target.closest("input[data-picker]");
    if (input && event.key === "ArrowDown" && event.altKey) { event.preventDefault(); openCalendar(input); (one("[aria-pressed=true]", calendar) || one(".today", calendar) || one("[data-day]:not(.out)", calendar)).focus(); return; }
    if (!calendar) return;
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); var back = calendarFor; closeCalendar(); back.focus(); return; }
    if (event.key === "Tab" && input) closeCalendar();
    var day = event.target.closest && event.target.closest(".gy-cal [data-day]");
    var step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!day || !step) return;
    event.preventDefault();
    var to = parsed(day.dataset.day);
    to.setDate(to.getDate() + step);
    if (to.getMonth() !== shown.getMonth()) { shown = new Date(to.getFullYear(), to.getMonth(), 1); drawCalendar(); }
    one("[data-day='" + iso(to) + "']", calendar).focus();
  }, true);

  // ---- other scripts may use these ---------------------------------------------------------------------------------
  window.gongyi = { toast: toast, openDialog: openDialog, ask: ask };
})();
