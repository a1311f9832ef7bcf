// A vote shows at once and is sent behind; one that fails says so and offers to be sent again.
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);
  const names = { 1: "more", "-1": "less", 0: "none" };
  const values = { more: 1, less: -1, none: 0 };
  const words = { 1: "More like this", "-1": "Less like this", 0: "No vote" };
  const latest = new Map();
  let queue = Promise.resolve();

  const csrf = () => $("#votes [name=csrfmiddlewaretoken]").value;

  // Votes on pictures that this round does not show count too; the server says how many they are.
  function count() {
    const number = (vote) => document.querySelectorAll(`[data-item][data-vote=${vote}]`).length;
    for (const vote of ["more", "less"]) {
      const place = $(`[data-${vote}]`);
      place.textContent = Number(place.dataset.elsewhere) + number(vote);
    }
  }

  function show(item, value) {
    item.dataset.vote = names[value];
    for (const button of item.querySelectorAll(".vote")) {
      const own = Number(button.dataset.value);
      button.setAttribute("aria-pressed", String(own === value));
      button.value = `${item.dataset.image}:${own === value ? 0 : own}`;
    }
    count();
  }

  async function send(image, value) {
    const body = new FormData();
    body.append("vote", `${image}:${value}`);
    const headers = { "X-CSRFToken": csrf(), "X-Requested-With": "votes" };
    const answer = await fetch($("#votes").action, { method: "POST", body, headers, redirect: "manual" });
    if (answer.status !== 204) throw new Error(String(answer.status));
    await follow(answer.headers.get("X-Round"));
  }

  // A vote on a round of the past takes it up again as a new round; the page goes along.
  function follow(address) {
    const round = $("[data-round]");
    if (address && address !== round.dataset.address) {
      return htmx.ajax("GET", address, { target: "#round" }).then(() => history.replaceState(history.state, "", address));
    }
  }

  // A page that was fetched while votes waited does not know of them yet.
  function keep(image) {
    const item = $(`[data-image="${image}"]`);
    if (item && values[item.dataset.vote] !== latest.get(image)) show(item, latest.get(image));
  }

  function cast(item, value) {
    const { image } = item.dataset;
    const before = values[item.dataset.vote];
    if (before === value) return;
    show(item, value);
    latest.set(image, value);
    semblance.announce(words[value]);
    queue = queue
      .then(() => send(image, value))
      .then(() => keep(image))
      .catch(() => {
        const now = $(`[data-image="${image}"]`);
        latest.set(image, before);
        if (now) show(now, before);
        semblance.notify("A vote was not kept.", [["Vote again", () => now && cast(now, value)], ["Leave it", () => {}]]);
      });
  }

  document.addEventListener("semblance:vote", ({ detail }) => cast(detail.item, detail.value));

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.id !== "votes" || !button) return;
    event.preventDefault();
    const item = button.closest("[data-item]");
    const value = Number(button.dataset.value);
    cast(item, button.getAttribute("aria-pressed") === "true" ? 0 : value);
  });

  // Refining waits for the votes that are on their way.
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.target.matches("[data-refine-form]")) return;
    event.preventDefault();
    queue.then(() => event.detail.issueRequest(true));
  });

  // Pictures slide to their new places; only the first ones, which is what anybody can follow.
  function nameTiles() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    [...document.querySelectorAll("#grid [data-image]")].slice(0, 60).forEach((item) => (item.style.viewTransitionName = `picture-${item.dataset.image}`));
    $(".bar").style.viewTransitionName = "bar";
  }

  let focused = null;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target.id === "round") focused = document.activeElement?.id;
  });

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target.id !== "round") return;
    nameTiles();
    const keep = focused ? document.getElementById(focused) : null;
    (keep ?? $("#grid [data-main]") ?? detail.target).focus({ preventScroll: keep !== null });
    semblance.announce($("[data-round-words]").textContent);
  });

  document.addEventListener("DOMContentLoaded", nameTiles);
})();
