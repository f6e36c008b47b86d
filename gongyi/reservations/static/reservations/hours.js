// Opening hours: Monday's line is copied to the other working days.
document.addEventListener("click", function (event) {
  if (!event.target.closest("[data-copy-monday]")) return;
  var lines = document.querySelectorAll("[data-hours]");
  for (var day = 1; day < 5; day++) {
    lines[day].value = lines[0].value;
    lines[day].dispatchEvent(new Event("input", { bubbles: true }));
  }
});
