// A code as a picture.

import { qrModules } from "./qr.js";

/// Draws only when the text has changed. Gives whether there is a picture.
export function drawCode(picture, text, label) {
  if (picture.dataset.text === text) return picture.childElementCount > 0;
  picture.dataset.text = text;
  picture.replaceChildren();
  const modules = text === "" ? null : qrModules(new TextEncoder().encode(text));
  if (modules === null) return false;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `-4 -4 ${modules.length + 8} ${modules.length + 8}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const squares = modules.flatMap((row, y) =>
    row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  path.setAttribute("d", squares.join(""));
  svg.append(path);
  picture.append(svg);
  return true;
}
