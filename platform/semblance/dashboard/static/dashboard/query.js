// The query's picture: drop or paste one, draw a box on it, and see when the form asks for something else than the page shows.
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);
  const form = $("[data-query-form]");
  if (!form) return;
  const stage = $("[data-crop-stage]", form);
  const sides = ["left", "top", "width", "height"].map((side) => $(`[data-crop=${side}]`, form));
  let cropper = null;
  let drawing = false;

  const round = (value) => Math.round(Math.min(100, Math.max(0, value)) * 100) / 100;

  function changed() {
    form.classList.add("changed");
    $("[data-crop-clear]", form).hidden = sides.every((side) => side.value === "");
  }

  function write(box) {
    sides.forEach((side, index) => (side.value = box ? round(box[index]) : ""));
    changed();
  }

  const HANDLES = ["n", "e", "s", "w", "ne", "nw", "se", "sw"].map((at) => `<cropper-handle action="${at}-resize" theme-color="currentColor"></cropper-handle>`);
  const TEMPLATE = `<cropper-canvas scale-step="0"><cropper-shade hidden></cropper-shade><cropper-handle action="select" plain></cropper-handle><cropper-selection movable resizable outlined theme-color="currentColor"><cropper-handle action="move" plain></cropper-handle>${HANDLES.join("")}</cropper-selection></cropper-canvas>`;

  // The box is drawn on a canvas that lies exactly over what the picture shows, so its numbers are shares of the picture.
  function startCropper(image) {
    if (!window.Cropper || !image) return;
    $("[data-crop-link]", stage)?.replaceWith(image);
    stage.insertAdjacentHTML("beforeend", TEMPLATE);
    stage.classList.add("cropping");
    cropper = { image, canvas: $("cropper-canvas", stage), selection: $("cropper-selection", stage) };
    cropper.selection.addEventListener("change", (event) => (inside(event.detail) ? read(event.detail) : event.preventDefault()));
    new ResizeObserver(place).observe(image);
    image.decode().then(place, () => {});
  }

  function place() {
    const { image, canvas } = cropper;
    if (!image.naturalWidth || !image.clientWidth) return;
    const scale = Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
    const size = { width: image.naturalWidth * scale, height: image.naturalHeight * scale };
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    canvas.style.left = `${image.offsetLeft + (image.clientWidth - size.width) / 2}px`;
    canvas.style.top = `${image.offsetTop + (image.clientHeight - size.height) / 2}px`;
    if (sides.every((side) => side.value !== "")) draw();
    stage.dataset.ready = "";
  }

  function inside(box) {
    const { clientWidth, clientHeight } = cropper.canvas;
    const spare = 1;
    return box.x >= -spare && box.y >= -spare && box.x + box.width <= clientWidth + spare && box.y + box.height <= clientHeight + spare;
  }

  function read(box) {
    const { clientWidth, clientHeight } = cropper.canvas;
    if (box.width < 4 || box.height < 4 || drawing) return;
    write([(100 * box.x) / clientWidth, (100 * box.y) / clientHeight, (100 * box.width) / clientWidth, (100 * box.height) / clientHeight]);
  }

  function draw() {
    const { clientWidth, clientHeight } = cropper.canvas;
    const [left, top, width, height] = sides.map((side) => Number(side.value) / 100);
    drawing = true;
    cropper.selection.$change(left * clientWidth, top * clientHeight, width * clientWidth, height * clientHeight);
    drawing = false;
  }

  function clear() {
    cropper?.selection.$clear();
    write(null);
  }

  function show(file) {
    if (!file) return;
    const image = new Image();
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => {
      stage.replaceChildren(image);
      $("[data-drop]", form).dataset.hasPicture = "";
      sides.forEach((side) => (side.value = ""));
      startCropper(image);
      changed();
    });
    image.addEventListener("error", () => {
      const words = document.createElement("p");
      words.textContent = `${file.name}: the browser cannot show it, but it can be searched by.`;
      stage.replaceChildren(words);
    });
  }

  function take(files) {
    const input = $("input[type=file]", form);
    if (!input || !files.length) return;
    const holder = new DataTransfer();
    holder.items.add(files[0]);
    input.files = holder.files;
    show(files[0]);
  }

  const drop = $("[data-drop]", form);
  if (drop) {
    $("input[type=file]", drop).addEventListener("change", ({ target }) => show(target.files[0]));
    for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over-it")));
    for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.remove("over-it")));
    document.addEventListener("drop", ({ dataTransfer }) => take([...dataTransfer.files]));
    document.addEventListener("paste", ({ clipboardData }) => take([...clipboardData.files]));
  }

  form.addEventListener("input", (event) => {
    const output = event.target.matches("[data-slider]") && event.target.parentElement.querySelector("output");
    if (output) output.textContent = Number(event.target.value).toFixed(1);
    if (event.target.matches("[data-crop]") && cropper && sides.every((side) => side.value !== "")) draw();
    changed();
  });

  $("[data-crop-clear]", form).addEventListener("click", clear);
  const options = $(".query-options", form);
  if (options && matchMedia("(max-width: 900px)").matches) options.open = false;
  const image = $("[data-crop-image]", stage);
  const parts = $(".crop-sides", form);
  const wanted = () => !cropper && startCropper(image);
  if (drop || (parts.open && options.open)) wanted();
  parts.addEventListener("toggle", () => parts.open && wanted());
})();
