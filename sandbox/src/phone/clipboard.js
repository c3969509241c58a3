// Copying, with and without the browser's clipboard.

import { element, notice } from "./dom.js";

export async function copyFrom(field, said = "Copied.") {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Browsers offer the clipboard only to secure origins; a training room has plain HTTP.
    field.select();
    document.execCommand("copy");
  }
  notice("notice", said);
}

/// A text that can be read, selected and copied: a label, the field, a button.
export function copyRow(id, name) {
  const field = element("input", { id, readOnly: true, spellcheck: false });
  const button = element("button", { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy ${name.toLowerCase()}`);
  button.addEventListener("click", () => copyFrom(field, `${name} copied.`));
  const label = element("label", { for: id, textContent: name });
  return { row: element("div", { className: "copy-row" }, label, field, button), field };
}
