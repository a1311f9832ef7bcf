// Copies the front-end files we ship from node_modules into static/vendor/, and gathers the icons we use into one sprite.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dashboard = join(here, "..");
const modules = join(here, "node_modules");
const vendor = join(dashboard, "static", "vendor");

const files = {
  "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
  "cropperjs/dist/cropper.min.js": "cropper.min.js",
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
  "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
};

const licenses = {
  "bootstrap/LICENSE": "bootstrap.LICENSE",
  "bootstrap-icons/LICENSE": "bootstrap-icons.LICENSE",
  "cropperjs/LICENSE": "cropperjs.LICENSE",
  "@fontsource-variable/inter/LICENSE": "inter.LICENSE",
};

const icons = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);

function symbol(name) {
  const svg = readFileSync(join(modules, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
  const body = svg.replace(/<svg[^>]*>/, "").replace("</svg>", "").trim();
  return `<symbol id="${name}" viewBox="0 0 16 16" fill="currentColor">${body}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [from, to] of Object.entries({ ...files, ...licenses })) {
  // Source maps stay behind, so the lines that name them go as well.
  if (to.endsWith(".woff2")) copyFileSync(join(modules, from), join(vendor, to));
  else writeFileSync(join(vendor, to), readFileSync(join(modules, from), "utf8").replace(/\n?(\/\*|\/\/)# sourceMappingURL.*/g, ""));
}
writeFileSync(join(vendor, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${icons.map(symbol).join("\n")}\n</svg>\n`);
