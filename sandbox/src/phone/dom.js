// Small helpers for the page.

const NOTICE_MS = 6000;

export const byId = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "dataset") Object.assign(made.dataset, value);
    else if (/^(scope|role|for|aria-.*)$/.test(key)) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/// Writes only what changed, so that a screen reader and the focus are left alone.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/// Writes a text that may be a pair: Russian, and English beside it.
export function say(node, words) {
  const isPair = Array.isArray(words);
  if (!isPair && node.childElementCount === 0) {
    write(node, words);
    return;
  }
  const said = isPair ? words.join("\n") : words;
  if (node.dataset.said === said) return;
  node.dataset.said = said;
  if (!isPair) {
    node.textContent = words;
    return;
  }
  const [russian, english] = words;
  node.replaceChildren(
    element("span", { lang: "ru", textContent: russian }), " ",
    element("span", { lang: "en", className: "gloss", textContent: english }));
}

/// Keeps one child per item, in order, and never rebuilds a child that stays: the focus survives.
export function keep(parent, items, keyOf, make, update) {
  const wanted = new Set(items.map((item) => String(keyOf(item))));
  // Leavers first: moving a child that stays would take the focus from it.
  for (const child of [...parent.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const existing = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = existing.get(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

const noticeTimers = new Map();

export function notice(id, text, { tone = "plain", stays = false } = {}) {
  const node = byId(id);
  clearTimeout(noticeTimers.get(id));
  node.hidden = text === "";
  node.dataset.tone = tone;
  write(node, text);
  if (text !== "" && !stays) noticeTimers.set(id, setTimeout(() => notice(id, ""), NOTICE_MS));
}

/// Sheets come and go on their own. The focus follows only if it was on the phone or nowhere,
/// so that somebody who types beside the phone is not interrupted.
export function focusIsOurs() {
  const active = document.activeElement;
  return active === null || active === document.body || byId("phone").contains(active);
}

/// On a real phone only one of the two views fits on the screen.
export function showView(view) {
  document.body.dataset.view = view;
  byId("view-phone").setAttribute("aria-pressed", String(view === "phone"));
  byId("view-tools").setAttribute("aria-pressed", String(view === "tools"));
}
