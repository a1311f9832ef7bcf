// The query's picture: drop or paste one, draw a box on it, and see when the form asks for something else than the page shows.
(() => {
  "use strict";

  const $ = (selector, from = document) => from.querySelector(selector);
  const form = $("[data-query-form]");
  if (!form) return;
  const stage = $("[data-crop-stage]", form);
  const sides = ["left", "top", "width", "height"].map((side) => $(`[data-crop=${side}]`, form));
  let cropper = null;

  const round = (value) => Math.round(Math.min(100, Math.max(0, value)) * 100) / 100;

  function changed() {
    form.classList.add("changed");
    $("[data-crop-clear]", form).hidden = sides.every((side) => side.value === "");
  }

  function write(box) {
    sides.forEach((side, index) => (side.value = box ? round(box[index]) : ""));
    changed();
  }

  const TEMPLATE = `<cropper-canvas scale-step="0"><cropper-image initial-center-size="contain"></cropper-image><cropper-shade hidden></cropper-shade><cropper-handle action="select" plain></cropper-handle><cropper-selection movable resizable outlined hidden><cropper-handle action="move" theme-color="rgba(255,255,255,0)"></cropper-handle>${["n", "e", "s", "w", "ne", "nw", "se", "sw"].map((at) => `<cropper-handle action="${at}-resize"></cropper-handle>`).join("")}</cropper-selection></cropper-canvas>`;

  async function startCropper(image) {
    if (!window.Cropper || !image) return;
    const link = $("[data-crop-link]", stage);
    link?.replaceWith(image);
    await image.decode().catch(() => {});
    stage.classList.add("cropping");
    const fit = stage.clientWidth / image.naturalWidth;
    stage.style.height = `${Math.round(Math.min(image.naturalHeight * fit, innerHeight * 0.6))}px`;
    cropper = new Cropper.default(image, { container: stage, template: TEMPLATE });
    const picture = cropper.getCropperImage();
    await picture.$ready();
    picture.$center("contain");
    const selection = cropper.getCropperSelection();
    selection.addEventListener("change", (event) => inside(event.detail, picture) ? read(event.detail, picture) : event.preventDefault());
    if (sides.every((side) => side.value !== "")) draw(selection, picture);
  }

  function frame(picture) {
    const canvas = cropper.getCropperCanvas().getBoundingClientRect();
    const shown = picture.getBoundingClientRect();
    return { x: shown.left - canvas.left, y: shown.top - canvas.top, width: shown.width, height: shown.height };
  }

  function inside(box, picture) {
    const limits = frame(picture);
    const spare = 1;
    return box.x >= limits.x - spare && box.y >= limits.y - spare && box.x + box.width <= limits.x + limits.width + spare && box.y + box.height <= limits.y + limits.height + spare;
  }

  function read(box, picture) {
    const limits = frame(picture);
    if (box.width < 4 || box.height < 4) return;
    write([(100 * (box.x - limits.x)) / limits.width, (100 * (box.y - limits.y)) / limits.height, (100 * box.width) / limits.width, (100 * box.height) / limits.height]);
  }

  function draw(selection, picture) {
    const limits = frame(picture);
    const [left, top, width, height] = sides.map((side) => Number(side.value) / 100);
    selection.hidden = false;
    selection.$change(limits.x + left * limits.width, limits.y + top * limits.height, width * limits.width, height * limits.height);
  }

  function clear() {
    cropper?.getCropperSelection().$clear();
    write(null);
  }

  function show(file) {
    if (!file) return;
    const image = new Image();
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => {
      cropper?.destroy?.();
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
    $("[data-invite]", drop).textContent = "Choose, drop or paste a picture";
    $("input[type=file]", drop).addEventListener("change", ({ target }) => show(target.files[0]));
    for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over-it")));
    for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.remove("over-it")));
    document.addEventListener("drop", ({ dataTransfer }) => take([...dataTransfer.files]));
    document.addEventListener("paste", ({ clipboardData }) => take([...clipboardData.files]));
  }

  form.addEventListener("input", (event) => {
    const output = event.target.matches("[data-slider]") && event.target.parentElement.querySelector("output");
    if (output) output.textContent = Number(event.target.value).toFixed(1);
    if (event.target.matches("[data-crop]") && cropper && sides.every((side) => side.value !== "")) draw(cropper.getCropperSelection(), cropper.getCropperImage());
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
