// What every page needs: theme, notices, dialogs, menus, announcements, and errors of htmx said in words.
(() => {
  "use strict";

  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);

  function announce(text) {
    const place = $("#announcer");
    place.textContent = "";
    // A screen reader speaks when the text changes, so it must be empty for a moment.
    setTimeout(() => (place.textContent = text), 50);
  }

  function notify(text, actions = []) {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.dataset.notice = "";
    const words = document.createElement("span");
    words.textContent = text;
    notice.append(words);
    for (const [label, act] of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-small";
      button.textContent = label;
      button.addEventListener("click", () => (notice.remove(), act()));
      notice.append(button);
    }
    $("#notices").append(notice);
    return notice;
  }

  window.semblance = { announce, notify };

  const dark = () => getComputedStyle(root).colorScheme === "dark" || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

  function toggleTheme() {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    announce(`${root.dataset.theme === "dark" ? "Dark" : "Light"} theme`);
  }

  function openDialog(dialog) {
    dialog.querySelectorAll("[data-close-dialog]").forEach((button) => (button.hidden = false));
    if (!dialog.open) dialog.showModal();
  }

  async function copySecret() {
    await navigator.clipboard.writeText($("[data-secret]").value);
    announce("Copied");
    $("[data-copy]").textContent = "Copied";
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-theme-toggle]")) toggleTheme();
    if (on("[data-help]")) openDialog($("#keys"));
    if (on("[data-close-dialog]")) on("dialog")?.close();
    if (on("[data-dismiss]")) on("[data-notice]").remove();
    if (on("[data-copy]")) copySecret();
    if (event.target.matches("dialog[open]")) event.target.close();
    document.querySelectorAll("[data-menu][open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("[data-menu][open]");
    if (menu) (menu.open = false), $("summary", menu).focus();
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-theme-toggle], [data-help], [data-dismiss], [data-copy]").forEach((element) => (element.hidden = false));
    document.querySelectorAll("[data-notice]").forEach((notice) => setTimeout(() => notice.remove(), 8000));
  });

  // htmx leaves error answers alone; ours say where they want to be shown.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });

  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Retarget")) return;
    const gone = detail.xhr.status === 404;
    notify(gone ? "That is not there any more. Load the page again." : `The server could not do that (${detail.xhr.status}). Try again.`, [["Load again", () => location.reload()]]);
  });

  document.addEventListener("htmx:sendError", () => notify("The server cannot be reached. What you see is still here; try again in a moment.", [["Close", () => {}]]));

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.matches("[data-drawer-body]")) openDialog(detail.target.closest("dialog"));
  });
})();
