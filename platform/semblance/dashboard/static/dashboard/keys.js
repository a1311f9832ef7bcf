// Keys: arrows walk the pictures; letters press the button that a hand would have pressed. Letters can be switched off.
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);
  const lettersOn = () => localStorage.getItem("letters") !== "off";
  const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  const item = () => document.activeElement?.closest("[data-item]");

  function columns(grid) {
    return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  }

  function walk(step) {
    const grid = item()?.closest("[data-grid]") ?? $("[data-grid]");
    if (!grid) return false;
    const items = [...grid.querySelectorAll(":scope > [data-item]")];
    const here = items.indexOf(item());
    const target = here < 0 ? items[0] : items[here + (typeof step === "function" ? step(grid) : step)];
    if (!target) return false;
    const main = $("[data-main]", target);
    main.focus({ preventScroll: true });
    main.scrollIntoView({ block: "nearest" });
    return true;
  }

  function press(element) {
    if (!element) return false;
    element.click();
    return true;
  }

  function focusSearch() {
    const field = $("input[data-key='/']");
    if (field) return field.focus(), field.select(), true;
    return press($("a[data-key='/']"));
  }

  const always = {
    ArrowLeft: () => walk(-1),
    ArrowRight: () => walk(1),
    ArrowUp: () => walk((grid) => -columns(grid)),
    ArrowDown: () => walk((grid) => columns(grid)),
  };

  const inItem = (selector) => () => press(item() && $(selector, item()));

  function vote(value) {
    const current = item();
    if (!current?.dataset.vote) return false;
    document.dispatchEvent(new CustomEvent("semblance:vote", { detail: { item: current, value } }));
    return true;
  }

  const letters = {
    "+": () => vote(1),
    "=": () => vote(1),
    "-": () => vote(-1),
    0: () => vote(0),
    r: () => press($("[data-refine]:not([disabled])")),
    z: () => press($("[data-undo]")),
    f: inItem("[data-similar]"),
    x: inItem("[data-pick]"),
    "/": focusSearch,
    "?": () => press($("[data-help]")),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || $("dialog[open]")) return;
    const act = always[event.key] ?? (lettersOn() ? letters[event.key] : undefined);
    if (act?.()) event.preventDefault();
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-keys-on]")) localStorage.setItem("letters", target.checked ? "on" : "off");
  });

  document.addEventListener("DOMContentLoaded", () => ($("[data-keys-on]") && ($("[data-keys-on]").checked = lettersOn())));
})();
