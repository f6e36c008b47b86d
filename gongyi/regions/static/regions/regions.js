// Fills the next select with the parts of what was chosen; a region without parts ends the row.
"use strict";
// Every field brings this script along; only the first one counts.
if (!window.gyRegions) document.addEventListener("change", window.gyRegions = async (event) => {
  const box = event.target.closest?.("[data-regions]");
  if (!box) return;
  const selects = [...box.querySelectorAll("select")];
  const at = selects.indexOf(event.target);
  const later = selects.slice(at + 1);
  for (const select of later) {
    select.replaceChildren(select.options[0]);
    select.value = "";
    select.hidden = select.disabled = true;
  }
  const next = later[0];
  const code = event.target.value;
  if (!next || !code) return;
  box.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${box.dataset.regions}?parent=${encodeURIComponent(code)}`);
    if (!answer.ok || event.target.value !== code) return; // another choice came first
    for (const region of (await answer.json()).regions) next.add(new Option(region.name, region.code));
    next.hidden = next.disabled = next.options.length < 2;
  } finally {
    box.removeAttribute("aria-busy");
  }
});
