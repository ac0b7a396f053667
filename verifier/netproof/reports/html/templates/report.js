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

// A way into the page leads to what is unfolded and shown, also the second time.
const arrive = () => {
  const found = document.getElementById(location.hash.slice(1));
  if (!found) return;
  const fold = found.querySelector("details.claim");
  if (fold && fold.hidden) only.click();
  if (fold && found.tagName === "DIV") fold.open = true;
  found.scrollIntoView();
};
addEventListener("hashchange", arrive);
document.querySelectorAll('a[href^="#"]').forEach((one) => one.addEventListener("click", () => {
  if (one.hash === location.hash) arrive();
}));
arrive();

// Paper cannot be clicked: whatever is folded is printed, and folded again afterwards.
let folded = [];
addEventListener("beforeprint", () => {
  folded = folds.filter((one) => !one.open);
  setAll(true);
});
addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
