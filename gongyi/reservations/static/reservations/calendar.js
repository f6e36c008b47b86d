// The booking calendar of one instrument: day and week by EventCalendar, month and free list of our own, one feed for all.
// Times are whole minutes since 1970 in the site's own clock ("wall time"), so the browser's time zone never matters.
(function () {
  "use strict";
  var root = document.querySelector("[data-booking-calendar]");
  var data = document.getElementById("booking-calendar");
  if (!root || !data || !window.EventCalendar) return;
  var conf = JSON.parse(data.textContent), words = conf.words;
  var DAY = 1440, WEEKDAYS = words.weekdays, phone = window.matchMedia("(max-width: 575.98px)");
  var part = function (name) { return root.querySelector("[data-cal=" + name + "]"); };
  var form = document.querySelector("[data-booking-choice]");

  // Wall time
  function minutes(text) {
    var p = text.match(/\d+/g).map(Number);
    return Date.UTC(p[0], p[1] - 1, p[2], p[3] || 0, p[4] || 0) / 60000;
  }
  function pad(n) { return (n < 10 ? "0" : "") + n; }
  function asDate(m) { return new Date(m * 60000); }
  function dayOf(m) { return Math.floor(m / DAY) * DAY; }
  function iso(m) { return asDate(m).toISOString().slice(0, 16); }
  function isoDay(m) { return asDate(m).toISOString().slice(0, 10); }
  function monday(m) { var d = dayOf(m); return d - ((asDate(d).getUTCDay() + 6) % 7) * DAY; }
  function weekday(m) { return WEEKDAYS[(asDate(m).getUTCDay() + 6) % 7]; }
  function clock(m) { var d = asDate(m); return d.getUTCHours() + ":" + pad(d.getUTCMinutes()); }
  function monthDay(m) { return isoDay(m).slice(5); }
  function dayText(m) { return monthDay(m) + " " + weekday(m); }
  function spanText(a, b) {
    if (b - dayOf(a) === DAY) return dayText(a) + " " + clock(a) + "–24:00";
    return dayText(a) + " " + clock(a) + "–" + (dayOf(b) === dayOf(a) ? "" : dayText(b) + " ") + clock(b);
  }
  function say(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
  }
  function lengthText(m) {
    var h = Math.floor(m / 60), rest = m % 60;
    return (h ? say(words.hours, { n: h }) : "") + (h && rest ? " " : "") + (rest || !h ? say(words.minutes, { n: rest }) : "");
  }
  var opened = Date.now(), serverNow = minutes(conf.now);
  function now() { return serverNow + Math.floor((Date.now() - opened) / 60000); }
  function earliest() { return conf.manager ? now() - conf.past : now() + conf.notice; }

  // The feed, a whole week or month at a time
  var LOOK = { own: "k-own", own_pending: "k-pend", closure: "k-clo", buffer: "k-buf", shut: "k-shut" };
  function look(e) { return LOOK[e.kind] || "k-oth"; }
  function caption(e) { return /^own/.test(e.kind) ? words.own + " · " + e.status_label : e.title; }
  var cache = {};
  function load(from, to) {
    var key = isoDay(from) + "/" + isoDay(to), old = cache[key];
    if (old && Date.now() - old.at < 45000) return old.promise;
    var promise = fetch(conf.events_url + "?start=" + isoDay(from) + "&end=" + isoDay(to), { headers: { Accept: "application/json" } })
      .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
      .then(function (events) { notice(""); return events; })
      .catch(function (error) { delete cache[key]; notice(words.failed, "bad"); throw error; });
    cache[key] = { at: Date.now(), promise: promise };
    return promise;
  }
  function taken(events, withShut) {
    return events.filter(function (e) { return withShut || e.kind !== "shut"; })
      .map(function (e) { return [minutes(e.start), minutes(e.end)]; });
  }
  function freeIn(events, from, to) {
    var spans = [[Math.max(from, ceil(earliest())), Math.min(to, minutes(conf.latest))]];
    taken(events, true).forEach(function (t) {
      spans = spans.reduce(function (left, s) {
        if (t[1] <= s[0] || t[0] >= s[1]) left.push(s);
        else { if (t[0] > s[0]) left.push([s[0], t[0]]); if (t[1] < s[1]) left.push([t[1], s[1]]); }
        return left;
      }, []);
    });
    return spans.filter(function (s) { return ceil(s[0]) + conf.min <= s[1]; })
      .map(function (s) { return [ceil(s[0]), s[1]]; });
  }
  function ceil(m) { return Math.ceil(m / conf.slot) * conf.slot; }
  function sum(spans) { return spans.reduce(function (n, s) { return n + s[1] - s[0]; }, 0); }

  // What is chosen
  var chosen = null, shown = dayOf(minutes(conf.date)), view = phone.matches ? "day" : "week", latestEvents = [];
  function fits(start, end, events) {
    if (end - start > conf.max || end - start < conf.min) return false;
    if (!conf.manager && (start < earliest() || end > minutes(conf.latest))) return false;
    return taken(events, !conf.manager).every(function (t) { return end <= t[0] || start >= t[1]; });
  }
  function whyNot(start, end, events) {
    var hit = events.find(function (e) { return minutes(e.start) < end && minutes(e.end) > start && !(conf.manager && e.kind === "shut"); });
    if (hit && hit.kind !== "shut") return say(words.taken, { what: hit.title || words.somebody });
    if (start < earliest()) return start < now() ? words.past : say(words.notice, { n: lengthText(conf.notice) });
    if (end > minutes(conf.latest)) return say(words.horizon, { n: conf.horizon });
    if (hit) return words.shut;
    if (end - start > conf.max) return say(words.too_long, { n: lengthText(conf.max) });
    return words.too_short ? say(words.too_short, { n: lengthText(conf.min) }) : "";
  }
  function choose(start, end, open) {
    chosen = [start, end];
    notice("");
    paintChoice();
    writeForm();
    if (open) ask();
  }
  function refuse(start, end) {
    var text = whyNot(start, end, latestEvents);
    var near = freeIn(latestEvents, dayOf(shown), dayOf(shown) + 14 * DAY).sort(function (a, b) {
      return Math.abs(a[0] - start) - Math.abs(b[0] - start);
    })[0];
    notice(text, "wait", near && [near[0], Math.min(near[1], near[0] + Math.max(conf.usual, conf.min))]);
  }
  function notice(text, tone, offer) {
    var box = part("notice");
    box.textContent = "";
    box.hidden = !text;
    if (!text) return;
    box.className = "note cal-note " + (tone || "");
    box.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (offer) {
      var b = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: say(words.nearest, { when: spanText(offer[0], offer[1]) }) });
      b.addEventListener("click", function () { go(offer[0]); choose(offer[0], offer[1], true); });
      box.append(b);
    }
  }
  function ask() {
    if (!chosen) return;
    var url = conf.confirm_url + "?start=" + iso(chosen[0]) + "&end=" + iso(chosen[1]);
    if (window.htmx) window.htmx.ajax("GET", url, { target: "#gy-dialog-box", swap: "innerHTML" });
    else location.assign(url);
  }
  function paintChoice() {
    if (!calendar) return;
    calendar.unselect();
    calendar.removeEventById("chosen");
    if (chosen) calendar.addEvent(choiceEvent());
    draw();
  }
  function choiceEvent() {
    return { id: "chosen", start: iso(chosen[0]), end: iso(chosen[1]), title: words.chosen, classNames: ["k-sel"] };
  }

  // Day and week
  function source(info) {
    var from = monday(minutes(info.startStr)), to = monday(minutes(info.endStr) - 1) + 7 * DAY;
    return load(from, to).then(function (events) {
      latestEvents = events;
      paintDays(events);
      var list = events.map(function (e) {
        var quiet = e.kind === "shut";
        return { start: e.start, end: e.end, title: quiet ? "" : caption(e), classNames: [look(e)], display: quiet ? "background" : "auto", extendedProps: e };
      });
      if (now() > from) list.push({ start: iso(from), end: iso(Math.min(now(), to)), title: "", classNames: ["k-gone"], display: "background", extendedProps: { kind: "gone" } });
      if (chosen) list.push(choiceEvent());
      return list;
    });
  }
  function content(info) {
    var e = info.event, props = e.extendedProps || {};
    if (e.display === "background") return "";
    var box = document.createElement("div"), long = (e.end - e.start) / 60000;
    box.className = "cal-ev" + (long < 45 ? " tight" : "");
    if (long >= 45) box.append(Object.assign(document.createElement("div"), { className: "cal-ev-t", textContent: info.timeText }));
    var name = document.createElement(props.url ? "a" : "div");
    name.className = "cal-ev-n";
    if (long < 30 && !props.url) box.title = e.title; // lower than a line of text
    else name.textContent = e.title;
    if (props.url) { name.href = props.url; name.setAttribute("aria-label", e.title + " " + info.timeText); }
    box.append(name);
    return { domNodes: [box] };
  }
  function wall(date) { return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes()) / 60000; }
  var mount = part("grid");
  var calendar = window.EventCalendar.create(mount, {
    view: view === "day" ? "timeGridDay" : "timeGridWeek", date: isoDay(shown), firstDay: 1, locale: "zh-CN", timeZone: conf.offset,
    headerToolbar: { start: "", center: "", end: "" }, allDaySlot: false, slotMinTime: clock(conf.first), slotMaxTime: conf.last >= DAY ? "24:00" : clock(conf.last),
    slotDuration: "01:00", snapDuration: { minutes: conf.slot }, slotHeight: phone.matches ? 36 : 37, slotEventOverlap: false,
    flexibleSlotTimeLimits: true, nowIndicator: true, editable: false, eventStartEditable: false, eventDurationEditable: false, selectable: conf.bookable, unselectAuto: false, selectMinDistance: 4,
    longPressDelay: 300, eventSources: [{ events: source }], eventContent: content,
    dayHeaderFormat: function (d) { return dayText(wall(d)); },
    slotLabelFormat: function (d) { return clock(wall(d)); },
    eventTimeFormat: function (a, b) { return clock(wall(a)) + "–" + (clock(wall(b)) === "0:00" ? "24:00" : clock(wall(b))); },
    selectConstraint: function (info) {
      var a = minutes(info.startStr), b = minutes(info.endStr);
      return b - a < conf.min || fits(a, b, latestEvents);
    },
    select: function (info) {
      var a = minutes(info.startStr), b = Math.max(minutes(info.endStr), a + conf.min);
      if (fits(a, b, latestEvents)) choose(a, b, true);
      else { calendar.unselect(); refuse(a, b); }
    },
    dateClick: function (info) {
      if (!conf.bookable) return;
      var a = minutes(info.dateStr), room = freeFrom(a), b = a + Math.max(conf.min, Math.min(conf.usual, room));
      if (fits(a, b, latestEvents)) choose(a, b, info.jsEvent.pointerType === "mouse");
      else refuse(a, b);
    },
    datesSet: function (info) { title(minutes(info.startStr), minutes(info.endStr)); plain(); },
    eventAllUpdated: plain
  });
  function freeFrom(start) {
    var next = taken(latestEvents, !conf.manager).map(function (t) { return t[0]; }).filter(function (t) { return t > start; });
    return Math.min.apply(null, next.concat(start + conf.max)) - start;
  }
  // EventCalendar puts table roles on a tree that is no table, which confuses screen readers: the group keeps its label.
  function plain() {
    mount.querySelectorAll("[role]").forEach(function (el) {
      if (!/^(table|row|rowgroup|cell|columnheader|rowheader|grid|gridcell)$/.test(el.getAttribute("role"))) return;
      Array.from(el.attributes).forEach(function (a) { if (/^(role|aria-(col|row).*)$/.test(a.name)) el.removeAttribute(a.name); });
    });
  }
  new MutationObserver(plain).observe(mount, { childList: true, subtree: true });
  function title(from, to) {
    var last = to - 1;
    var text = isoDay(from) + (isoDay(last) === isoDay(from) ? " " + weekday(from) : " – " + monthDay(last));
    if (view === "month") text = isoDay(from).slice(0, 7);
    part("title").textContent = text;
    part("week").textContent = view === "week" ? say(words.week, { n: weekNumber(from) }) : "";
    mount.setAttribute("aria-label", say(words.label, { range: text }));
  }
  function weekNumber(m) {
    var thursday = monday(m) + 3 * DAY, first = minutes(asDate(thursday).getUTCFullYear() + "-01-01");
    return Math.floor((thursday - first) / DAY / 7) + 1;
  }

  // The seven days above the phone's day view: is there room?
  function paintDays(events) {
    var box = part("days"), from = monday(shown);
    if (!box) return;
    box.textContent = "";
    for (var i = 0; i < 7; i++) {
      var day = from + i * DAY, free = freeIn(events, day, day + DAY).length > 0;
      var b = document.createElement("button");
      b.type = "button";
      b.setAttribute("aria-pressed", String(day === dayOf(shown)));
      b.setAttribute("aria-label", dayText(day) + "，" + (free ? words.has_free : words.none_free));
      b.append(weekday(day).slice(-1), Object.assign(document.createElement("b"), { textContent: asDate(day).getUTCDate() }), Object.assign(document.createElement("i"), { className: free ? "" : "f" }));
      b.addEventListener("click", go.bind(null, day));
      box.append(b);
    }
  }

  // Month and list, drawn from the same feed
  function draw() {
    if (view === "month") return drawMonth();
    if (view === "list") return drawList();
    return null;
  }
  function drawMonth() {
    var d = asDate(shown), first = minutes(d.getUTCFullYear() + "-" + pad(d.getUTCMonth() + 1) + "-01");
    var next = minutes(asDate(first + 32 * DAY).toISOString().slice(0, 7) + "-01"), from = monday(first), to = monday(next - 1) + 7 * DAY;
    title(first, next);
    return load(from, to).then(function (events) {
      var box = part("month"), table = document.createElement("table");
      table.className = "cal-month";
      var head = table.createTHead().insertRow();
      WEEKDAYS.forEach(function (w) { head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: w })); });
      for (var week = from, body = table.createTBody(); week < to; week += 7 * DAY) {
        var row = body.insertRow();
        for (var day = week; day < week + 7 * DAY; day += DAY) row.insertCell().append(monthCell(day, events, day < first || day >= next));
      }
      box.replaceChildren(table);
    });
  }
  function monthCell(day, events, other) {
    var free = freeIn(events, day, day + DAY), total = sum(free), b = document.createElement("button");
    b.type = "button";
    b.className = "cal-day" + (other ? " other" : "") + (day === dayOf(now()) ? " today" : "");
    var mine = events.filter(function (e) { return /^own/.test(e.kind) && dayOf(minutes(e.start)) === day; });
    var text = total ? say(words.free_total, { n: lengthText(total) }) : day + DAY <= now() ? "" : words.none_free;
    b.setAttribute("aria-label", dayText(day) + (text ? "，" + text : "") + (mine.length ? "，" + say(words.mine, { n: mine.length }) : ""));
    b.append(Object.assign(document.createElement("span"), { className: "n", textContent: asDate(day).getUTCDate() }));
    if (total) {
      var bar = document.createElement("span");
      bar.className = "cal-bar";
      free.forEach(function (s) {
        var i = document.createElement("i"), whole = conf.last - conf.first;
        i.style.left = Math.max(0, (s[0] - day - conf.first) / whole * 100) + "%";
        i.style.width = Math.min(100, (s[1] - s[0]) / whole * 100) + "%";
        bar.append(i);
      });
      b.append(bar);
    }
    b.append(Object.assign(document.createElement("span"), { className: "h", textContent: text }));
    if (mine.length) b.append(Object.assign(document.createElement("span"), { className: "m", textContent: say(words.mine, { n: mine.length }) }));
    b.addEventListener("click", function () { show("day"); go(day); });
    return b;
  }
  function drawList() {
    var week = monday(shown), from = Math.max(week, Math.min(dayOf(now()), week + 6 * DAY)), to = from + 7 * DAY, box = part("list");
    if (week + 6 * DAY < dayOf(now())) from = week, to = week + 7 * DAY;
    title(from, to);
    return load(from, to).then(function (events) {
      box.textContent = "";
      for (var day = from; day < to; day += DAY) {
        var free = freeIn(events, day, day + DAY), row = document.createElement("div");
        row.className = "cal-row";
        row.append(Object.assign(document.createElement("h3"), { textContent: dayText(day) }));
        var slots = document.createElement("div");
        slots.className = "cal-slots";
        free.forEach(function (s) { slots.append(slotButton(s)); });
        if (!free.length) slots.append(Object.assign(document.createElement("span"), { className: "t3 fs13", textContent: day + DAY <= now() ? words.gone : words.none_free }));
        row.append(slots);
        box.append(row);
      }
    });
  }
  function slotButton(s) {
    var end = Math.min(s[1], s[0] + Math.max(conf.usual, conf.min)), b = document.createElement("button");
    b.type = "button";
    b.className = "btn btn-sm";
    b.textContent = clock(s[0]) + "–" + (s[1] - dayOf(s[0]) === DAY ? "24:00" : clock(s[1]));
    b.setAttribute("aria-label", say(words.book_in, { span: spanText(s[0], s[1]), length: lengthText(s[1] - s[0]) }));
    b.addEventListener("click", function () { choose(s[0], end, true); });
    return b;
  }

  // Moving about
  function show(name) {
    view = name;
    root.dataset.view = name;
    root.querySelectorAll("[data-view]").forEach(function (b) {
      b.setAttribute("aria-pressed", String(b.dataset.view === name));
      b.classList.toggle("active", b.dataset.view === name);
    });
    mount.hidden = name === "month" || name === "list";
    part("month").hidden = name !== "month";
    part("list").hidden = name !== "list";
    part("prev").setAttribute("aria-label", words.prev[name]);
    part("next").setAttribute("aria-label", words.next[name]);
    if (name === "day" || name === "week") calendar.setOption("view", name === "day" ? "timeGridDay" : "timeGridWeek");
    draw();
  }
  function go(day) {
    shown = dayOf(day);
    calendar.setOption("date", isoDay(shown));
    var week = monday(shown);
    load(week, week + 7 * DAY).then(paintDays, function () {});
    draw();
  }
  function step(by) {
    if (view === "month") {
      var d = asDate(shown);
      return go(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + by, 1) / 60000);
    }
    return go(shown + by * (view === "day" && !phone.matches ? 1 : 7) * DAY);
  }
  part("prev").addEventListener("click", function () { step(-1); });
  part("next").addEventListener("click", function () { step(1); });
  part("today").addEventListener("click", function () { go(now()); });
  root.querySelectorAll("button[data-view]").forEach(function (b) { b.addEventListener("click", function () { show(b.dataset.view); }); });
  phone.addEventListener("change", function () { show(phone.matches ? "day" : "week"); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden && (view === "day" || view === "week")) calendar.refetchEvents(); });

  // Typed time: three selects of our own, as native inputs speak the browser's language
  function options(select, list, value) {
    select.replaceChildren.apply(select, list.map(function (o) {
      return Object.assign(document.createElement("option"), { value: o[0], textContent: o[1], selected: o[0] === value });
    }));
  }
  function openSpan(start) {
    var day = dayOf(start), minute = start - day, hours = conf.hours[(asDate(day).getUTCDay() + 6) % 7 + 1] || [];
    var span = hours.find(function (h) { return h[0] <= minute && minute < h[1]; });
    if (!span) return conf.manager ? start + conf.max : null;
    return span[1] === DAY && ((conf.hours[(asDate(day + DAY).getUTCDay() + 6) % 7 + 1] || [])[0] || [])[0] === 0 ? start + conf.max : day + span[1];
  }
  function starts(day) {
    var found = [], hours = conf.manager ? [[0, DAY]] : conf.hours[(asDate(day).getUTCDay() + 6) % 7 + 1] || [];
    hours.forEach(function (h) {
      for (var m = Math.ceil(h[0] / conf.slot) * conf.slot; m + Math.min(conf.min, DAY) <= h[1] || (h[1] === DAY && m < DAY); m += conf.slot) {
        if (conf.manager || day + m >= earliest()) found.push(day + m);
      }
    });
    return found;
  }
  function ends(start) {
    var found = [], limit = Math.min(start + conf.max, openSpan(start) || start + conf.max);
    for (var m = start + Math.ceil(conf.min / conf.slot) * conf.slot; m <= limit; m += conf.slot) found.push(m);
    return found;
  }
  function endText(start, m) {
    var name = m - dayOf(start) === DAY ? "24:00" : (dayOf(m) === dayOf(start) ? "" : monthDay(m) + " ") + clock(m);
    return name + "（" + lengthText(m - start) + "）";
  }
  function writeForm() {
    if (!form || !chosen) return;
    var start = chosen[0], end = chosen[1], day = isoDay(start), days = form.elements.day;
    if (!Array.from(days.options).some(function (o) { return o.value === day; })) days.add(new Option(dayText(start), day));
    days.value = day;
    var begins = starts(dayOf(start));
    if (begins.indexOf(start) < 0) begins.unshift(start);
    options(form.elements.start, begins.map(function (m) { return [iso(m), clock(m)]; }), iso(start));
    var stops = ends(start);
    if (stops.indexOf(end) < 0) stops.push(end);
    options(form.elements.end, stops.map(function (m) { return [iso(m), endText(start, m)]; }), iso(end));
    var text = say(words.book, { when: spanText(start, end) });
    document.querySelectorAll("[data-booking-go]").forEach(function (b) { (b.querySelector("span") || b).textContent = text; });
  }
  function typed(event) {
    var start = minutes(form.elements.start.value), end = minutes(form.elements.end.value), long = end - start;
    if (event.target === form.elements.day) {
      var begins = starts(minutes(form.elements.day.value)), same = minutes(form.elements.day.value) + start - dayOf(start);
      start = begins.indexOf(same) >= 0 || !begins.length ? same : begins[0];
    }
    if (event.target !== form.elements.end) {
      var stops = ends(start);
      end = stops.indexOf(start + long) >= 0 || !stops.length ? start + long : stops[Math.min(stops.length - 1, 1)];
    }
    go(start);
    choose(start, end, false);
    var week = monday(start);
    load(week, week + 7 * DAY).then(function (events) {
      latestEvents = events;
      if (chosen && chosen[0] === start && !fits(start, end, events)) refuse(start, end);
    }, function () {});
  }
  if (form) {
    form.addEventListener("change", typed);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      chosen = [minutes(form.elements.start.value), minutes(form.elements.end.value)];
      ask();
    });
  }

  show(view);
  if (conf.selection) {
    go(minutes(conf.selection.start));
    choose(minutes(conf.selection.start), minutes(conf.selection.end), conf.selection.open);
  } else if (conf.suggestion) {
    chosen = [minutes(conf.suggestion.start), minutes(conf.suggestion.end)];
    writeForm();
    chosen = null;
  }
})();
