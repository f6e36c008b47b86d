// The registration form: people come and go without a round to the server, photos change places, 面议 fills the fee in.
(function () {
  "use strict";
  var doc = document, form = doc.querySelector(".fm form");
  if (!form) return;
  var all = function (selector, within) { return Array.from((within || form).querySelectorAll(selector)); };

  var rows = form.querySelector("[data-rows]"), blank = form.querySelector("[data-blank-row]");
  form.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add-row]"), remove = event.target.closest("[data-remove-row]");
    var move = event.target.closest("[data-move]");
    if (add && blank) {
      event.preventDefault();
      var used = all("[name=staff_rows]", rows).map(function (input) { return input.value[0] === "n" ? Number(input.value.slice(1)) || 0 : 0; });
      var key = "n" + (Math.max.apply(null, [0].concat(used)) + 1);
      var holder = doc.createElement("div");
      holder.innerHTML = blank.innerHTML.replace(/KEY/g, key);
      var row = holder.firstElementChild;
      rows.append(row);
      row.querySelector("select,input:not([type=hidden])").focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (remove && rows) {
      event.preventDefault();
      var gone = remove.closest("[data-row]"), next = gone.nextElementSibling || gone.previousElementSibling;
      gone.remove();
      var target = next ? next.querySelector("select,input:not([type=hidden])") : form.querySelector("[data-add-row]");
      target.focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (move) {
      var photo = move.closest("[data-photo]"), back = move.dataset.move === "-1";
      var other = back ? photo.previousElementSibling : photo.nextElementSibling;
      if (!other) return;
      if (back) other.before(photo); else other.after(photo);
      all("[data-photo]").forEach(function (card, place) { card.querySelector("input[name$=-rank]").value = place + 1; });
      move.focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  all("[data-move]").forEach(function (button) { button.hidden = false; });

  var fee = form.querySelector("[data-fee]"), box = form.querySelector("[name=negotiable]"), before = "";
  if (!fee || !box) return;
  var follow = function () {
    if (box.checked) { if (fee.value !== "面议") before = fee.value; fee.value = "面议"; } else if (fee.value === "面议") fee.value = before;
    fee.readOnly = box.checked;
  };
  box.addEventListener("change", follow);
  if (box.checked) follow();
})();
