// One upload of many files: a bar and a word for each, three on their way at a time. What is stored is stored, whatever happens next.
(() => {
  "use strict";

  const AT_ONCE = 3;
  const $ = (selector, from = document) => from.querySelector(selector);
  const form = $("[data-upload]");
  const input = $("#files");
  const list = $("[data-list]");
  const waiting = [];
  const running = new Set();
  const failed = [];
  const tally = { stored: 0, known: 0, refused: 0 };
  let sent = 0;
  let wanted = 0;

  const busy = () => waiting.length + running.size > 0;

  function row(file) {
    const item = document.createElement("li");
    item.className = "upload";
    const thumb = document.createElement("span");
    thumb.className = "thumb";
    const name = document.createElement("span");
    name.className = "grow";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const word = document.createElement("span");
    word.className = "quiet";
    word.dataset.word = "";
    word.textContent = "Waiting";
    item.append(thumb, name, bar, word);
    return item;
  }

  function labelOf(file, path) {
    const folders = (path || file.webkitRelativePath || "").split("/").slice(0, -1);
    return $("#folder-labels").checked && folders.length ? folders.at(-1) : $("#label").value;
  }

  function add(entries) {
    for (const { file, path } of entries) {
      const item = row(file);
      list.append(item);
      waiting.push({ file, label: labelOf(file, path), item });
      wanted += file.size;
    }
    for (const part of ["[data-uploads]", "[data-upload-actions]", "[data-total]"]) $(part).hidden = false;
    if (busy()) document.body.dataset.busy = "uploading";
    drop.classList.add("slim");
    next();
  }

  function next() {
    while (running.size < AT_ONCE && waiting.length) start(waiting.shift());
    summarize();
    if (!busy()) finish();
  }

  function start(entry) {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", $("[name=csrfmiddlewaretoken]", form).value);
    body.append("label", entry.label);
    body.append("file", entry.file, entry.file.name);
    entry.request = request;
    entry.loaded = 0;
    running.add(entry);
    request.upload.addEventListener("progress", (event) => move(entry, event));
    request.addEventListener("loadend", () => settle(entry, request));
    request.open("POST", form.action || location.href);
    request.setRequestHeader("HX-Request", "true");
    request.send(body);
  }

  function move(entry, { loaded, total }) {
    const share = total ? loaded / total : 0;
    entry.loaded = share * entry.file.size;
    $("progress", entry.item).value = share;
    $("[data-word]", entry.item).textContent = share < 1 ? `${Math.round(share * 100)} %` : "Checking";
    summarize();
  }

  function settle(entry, request) {
    running.delete(entry);
    if (request.status === 200) {
      sent += entry.file.size;
      const part = document.createElement("template");
      part.innerHTML = request.responseText;
      const answer = part.content.querySelector("[data-outcome]");
      tally[answer.dataset.outcome] += 1;
      // What needs a look comes first, however long the list is.
      if (answer.dataset.outcome === "refused") entry.item.remove(), list.prepend(answer);
      else entry.item.replaceWith(answer);
      watch();
    } else {
      wanted -= entry.file.size;
      failed.push(entry);
      const word = $("[data-word]", entry.item);
      word.className = "danger";
      word.textContent = request.status ? `Not sent: the server answered ${request.status}` : entry.cancelled ? "Cancelled" : "Not sent: the connection broke";
    }
    next();
  }

  function summarize() {
    const done = sent + [...running].reduce((sum, entry) => sum + entry.loaded, 0);
    $("[data-total]").value = wanted ? done / wanted : 0;
    const words = [`${tally.stored} stored`];
    if (tally.known) words.push(`${tally.known} already here`);
    if (tally.refused) words.push(`${tally.refused} refused`);
    if (failed.length) words.push(`${failed.length} not sent`);
    if (busy()) words.push(`${waiting.length + running.size} to go`);
    $("[data-summary]").textContent = words.join(" · ");
  }

  function finish() {
    delete document.body.dataset.busy;
    semblance.announce(`Upload over: ${$("[data-summary]").textContent}`);
    $("[data-total]").hidden = true;
    $("[data-cancel]").hidden = true;
    $("[data-retry]").hidden = failed.length === 0;
  }

  // The progress of the features polls by itself once there is a job; the first stored file wakes it.
  function watch() {
    $("[data-features]").hidden = false;
    const progress = $("#progress");
    if (progress.dataset.progress !== "working") htmx.ajax("GET", location.pathname.replace("upload/", "progress/"), { target: progress, swap: "outerHTML" });
  }

  async function entriesOf(transfer) {
    const roots = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!roots.length) return [...transfer.files].map((file) => ({ file }));
    const found = [];
    for (const root of roots) await collect(root, found);
    return found;
  }

  async function collect(entry, found) {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      if (!file.name.startsWith(".")) found.push({ file, path: entry.fullPath.slice(1) });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const part = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!part.length) return;
      for (const child of part) await collect(child, found);
    }
  }


  const drop = $("[data-drop]");
  $("[data-choose-folder]").addEventListener("click", () => ((input.webkitdirectory = true), input.click(), (input.webkitdirectory = false)));
  input.addEventListener("change", () => {
    add([...input.files].filter((file) => !file.name.startsWith(".")).map((file) => ({ file })));
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over-it")));
  for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.remove("over-it")));
  document.addEventListener("drop", async ({ dataTransfer }) => add(await entriesOf(dataTransfer)));
  $("[data-cancel]").addEventListener("click", () => {
    for (const entry of waiting.splice(0)) settle({ ...entry, cancelled: true }, { status: 0 });
    for (const entry of running) (entry.cancelled = true), entry.request.abort();
  });
  $("[data-retry]").addEventListener("click", () => {
    const again = failed.splice(0);
    again.forEach((entry) => entry.item.remove());
    $("[data-cancel]").hidden = false;
    add(again);
  });
  window.addEventListener("beforeunload", (event) => busy() && event.preventDefault());
})();
