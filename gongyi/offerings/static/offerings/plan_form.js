// The forms of plans and topics: a price where there is one, the chosen cover shown, capabilities searched for on the server.
(function () {
  "use strict";
  var doc = document;

  // ---- price -----------------------------------------------------------------------------------------------------
  var kinds = doc.querySelectorAll("input[name=price_kind]"), price = doc.querySelector("input[name=price]");
  if (kinds.length && price) {
    var follow = function () {
      var chosen = doc.querySelector("input[name=price_kind]:checked"), none = !!chosen && chosen.value === "negotiable";
      [price, doc.querySelector("[name=price_unit]")].forEach(function (field) {
        field.closest(".fld").hidden = none;
        field.disabled = none;
      });
    };
    kinds.forEach(function (kind) { kind.addEventListener("change", follow); });
    if (!price.classList.contains("is-invalid")) follow();
  }

  // ---- cover -----------------------------------------------------------------------------------------------------
  doc.querySelectorAll("input[type=file][data-preview]").forEach(function (input) {
    var image = doc.createElement("img"), held = input.dataset.held || "";
    image.className = "pl-preview";
    image.alt = "";
    var show = function (address) { image.hidden = !address; if (address) image.src = address; };
    input.closest(".fld").append(image);
    show(held);
    input.addEventListener("change", function () {
      var file = input.files[0];
      show(file && /^image\//.test(file.type) ? URL.createObjectURL(file) : held);
    });
  });

  // ---- capabilities ----------------------------------------------------------------------------------------------
  var select = doc.querySelector("select[data-capabilities]");
  if (!select || !window.TomSelect) return;
  var words = select.dataset;
  var line = function (data, escape) {
    return "<span>" + escape(data.text) + "</span>" + (data.note ? '<small class="t3">' + escape(data.note) + "</small>" : "") +
      (data.fallen ? '<span class="st bad">' + escape(data.fallen) + "</span>" : "");
  };
  Array.from(select.options).forEach(function (option) {
    option.dataset.data = JSON.stringify({ note: option.dataset.note || "", fallen: option.dataset.fallen || "" });
  });
  new window.TomSelect(select, {
    valueField: "value", labelField: "text", searchField: [], disabledField: "unusable", maxOptions: null, preload: "focus",
    placeholder: words.find, hidePlaceholder: false, loadThrottle: 250, closeAfterSelect: false,
    plugins: { remove_button: { title: words.remove } },
    shouldLoad: function () { return true; },
    score: function () { return function () { return 1; }; },
    load: function (query, done) {
      var box = this;
      fetch(words.capabilities + "?q=" + encodeURIComponent(query), { credentials: "same-origin" })
        .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
        .then(function (said) {
          box.clearOptions(); // what was found before; what is chosen stays
          done(said.items.map(function (item) { return Object.assign(item, { unusable: Boolean(item.fallen) }); }));
        })
        .catch(function () { window.gongyi.toast(words.lost, "warning"); done(); });
    },
    render: {
      option: function (data, escape) { return '<div class="pl-option">' + line(data, escape) + "</div>"; },
      item: function (data, escape) { return '<div class="pl-item">' + line(data, escape) + "</div>"; },
      no_results: function () { return '<div class="no-results">' + words.none + "</div>"; },
      loading: function () { return '<div class="spinner"></div>'; }
    }
  });
})();
