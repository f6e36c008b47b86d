// A timeline wider than its window starts at the present hour.
document.querySelectorAll(".tlx-w").forEach(function (box) {
  var now = box.querySelector(".nowl"), track = box.querySelector(".tr");
  if (now && track && box.scrollWidth > box.clientWidth) box.scrollLeft = Math.max(0, now.offsetLeft - box.clientWidth * 0.25);
});
