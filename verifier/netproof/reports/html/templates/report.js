"use strict";
const folds = [...document.querySelectorAll("details")];
const claims = [...document.querySelectorAll("details.claim")];
const only = document.getElementById("failing");
const setAll = (open) => folds.forEach((one) => { one.open = open; });

document.getElementById("unfold").addEventListener("click", () => setAll(true));
document.getElementById("fold").addEventListener("click", () => setAll(false));

if (claims.some((one) => one.classList.contains("failing"))) {
  only.hidden = false;
  only.addEventListener("click", () => {
    const pressed = only.getAttribute("aria-pressed") !== "true";
    only.setAttribute("aria-pressed", String(pressed));
    claims.forEach((one) => { one.hidden = pressed && !one.classList.contains("failing"); });
  });
}

// Paper cannot be clicked: whatever is folded is printed, and folded again afterwards.
let folded = [];
addEventListener("beforeprint", () => {
  folded = folds.filter((one) => !one.open);
  setAll(true);
});
addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
