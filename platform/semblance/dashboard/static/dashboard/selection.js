// Choosing many pictures in a grid: a bar with the count, a range by Shift, and deletion that can be undone.
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);
  const picks = () => [...document.querySelectorAll("[data-pick]")];
  const picked = () => picks().filter((pick) => pick.checked);
  const GRACE = 8000;
  let last = null;
  let waiting = null;

  function refresh() {
    const form = $("[data-selection]");
    if (!form) return;
    const number = picked().length;
    form.classList.toggle("shown", number > 0);
    $("[data-count]", form).textContent = `${number} chosen`;
    $("[data-clear]", form).hidden = false;
    $("[data-grid]")?.classList.toggle("choosing", number > 0);
  }

  function range(from, to) {
    const all = picks();
    const [low, high] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
    if (low >= 0) all.slice(low, high + 1).forEach((pick) => (pick.checked = to.checked));
  }

  // The pictures leave the page now and the server in a moment, unless somebody takes it back.
  function deleteLater(form) {
    sendWaiting();
    const items = picked().map((pick) => pick.closest("[data-item]"));
    const body = new FormData(form);
    body.append("action", "delete");
    body.append("sure", "yes");
    items.forEach((item) => (item.hidden = true));
    picks().forEach((pick) => (pick.checked = false));
    refresh();
    const words = `${items.length} ${items.length === 1 ? "picture" : "pictures"} deleted.`;
    const back = () => (clearTimeout(waiting?.timer), (waiting = null), items.forEach((item) => (item.hidden = false)), semblance.announce("Taken back"));
    const notice = semblance.notify(words, [["Undo", back]]);
    waiting = { form, body, items, notice, timer: setTimeout(sendWaiting, GRACE) };
  }

  function sendWaiting() {
    if (!waiting) return;
    const { form, body, items, notice, timer } = waiting;
    clearTimeout(timer);
    waiting = null;
    notice.remove();
    // A button of the form is called “action” too, so the property would not be the address.
    fetch(form.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true })
      .then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        items.forEach((item) => item.remove());
      })
      .catch(() => {
        items.forEach((item) => (item.hidden = false));
        semblance.notify("The pictures could not be deleted; they are all still here.", [["Close", () => {}]]);
      });
  }

  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) {
      if (event.shiftKey && last) range(last, pick);
      last = pick;
      refresh();
    }
    if (event.target.closest("[data-clear]")) {
      picks().forEach((each) => (each.checked = false));
      refresh();
    }
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-selection]")) return;
    if (picked().length === 0) return event.preventDefault();
    if (event.submitter?.value === "delete") {
      event.preventDefault();
      deleteLater(event.target);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-filters] select")) event.target.form.requestSubmit();
  });

  window.addEventListener("pagehide", sendWaiting);
  document.addEventListener("DOMContentLoaded", () => ($("[data-selection]")?.classList.add("floating"), refresh()));
})();
