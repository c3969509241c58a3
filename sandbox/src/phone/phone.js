// The customer's phone: shows what a provider's app would show, and what only a trainer sees beside it.
// Talks to nothing but the sandbox that served it. Plain script, so that it runs in a training room
// without internet and under a content security policy without exceptions.

// One entry for each wallet app that the phone can play. The look of each is a theme in phone.css.
const WALLETS = [
  {
    id: "vipps",
    name: "Vipps MobilePay",
    codeHint: "Let the cashier scan this to send you the payment.",
    calls: [
      { words: "anything", when: {} },
      { words: "create (or change) a payment", when: { method: "POST", path_contains: "/epayment/v1/payments" } },
      { words: "read a payment", when: { method: "GET", path_contains: "/epayment/v1/payments/" } },
      { words: "capture", when: { method: "POST", path_contains: "/capture" } },
      { words: "cancel", when: { method: "POST", path_contains: "/cancel" } },
      { words: "refund", when: { method: "POST", path_contains: "/refund" } },
      { words: "read a personal code", when: { method: "POST", path_contains: "/qr/v1/exchange" } },
      { words: "access token", when: { method: "POST", path_contains: "/accesstoken/get" } },
    ],
  },
];

const ACTIONS = [
  { words: "the request gets lost", action: () => "lose_request" },
  { words: "it happens, but the answer gets lost", action: () => "lose_answer" },
  { words: "it happens, but the answer is slow", number: "Seconds", value: 5, max: 600, action: (n) => ({ delay: { ms: n * 1000 } }) },
  { words: "it happens, but the answer is an error", number: "Status", value: 500, max: 599, action: (n) => ({ status_after: { status: n } }) },
  { words: "it happens, but the answer is garbled", action: () => "malformed_after" },
  { words: "it is refused with an error", number: "Status", value: 500, max: 599, action: (n) => ({ status_instead: { status: n } }) },
  { words: "it is refused: too many requests", number: "Retry after, s", value: 3, max: 3600, action: (n) => ({ status_instead: { status: 429, retry_after_s: n } }) },
  { words: "a gateway answers with a web page", action: () => "html_instead" },
];

const POLL_MS = 1000;
const TICK_MS = 250;
const HURRY_MS = 60_000;
const ANSWER_WITHIN_MS = 8000;

// ---------------------------------------------------------------------------------------------------
// What the page knows. The sandbox owns everything about payments; only the customer's habits live here.

const known = {
  wallet: WALLETS[0],
  customer: null,
  phones: [],
  requests: [],
  clockAhead: 0, // sandbox time minus this computer's time
  network: true,
  shown: null, // reference of the request on the sheet
  seen: new Set(), // references that were announced
  ignored: new Set(),
  late: new Map(), // reference → sandbox time of the approval
  acting: new Set(), // references with an approval or rejection under way
  problem: null, // { reference, words } of the last refusal
};

const byId = (id) => document.getElementById(id);
const sandboxNow = () => Date.now() + known.clockAhead;
const isOpen = (request) => request.state === "waiting" || request.state === "opened";
const shownRequest = () => known.requests.find((request) => request.reference === known.shown) ?? null;

// ---------------------------------------------------------------------------------------------------
// Words and numbers

const DECIMALS = { JPY: 0, ISK: 0 };

/// Amounts are whole minor units and are only ever cut as text, so no rounding can happen.
export function digits(minor, currency) {
  const decimals = DECIMALS[currency] ?? 2;
  const negative = minor < 0;
  const text = String(negative ? -minor : minor).padStart(decimals + 1, "0");
  const whole = text.slice(0, text.length - decimals).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const fraction = decimals === 0 ? "" : "." + text.slice(-decimals);
  return (negative ? "\u2212" : "") + whole + fraction;
}

const money = (minor, currency) => `${currency}\u00a0${digits(minor, currency)}`;

function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0")));
  return hours === "0" ? `${Number(minutes)}:${rest}` : `${hours}:${minutes}:${rest}`;
}

const timeOfDay = (ms, seconds) =>
  new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined });
const day = (ms) => new Date(ms).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

function outcome(request) {
  const paid = request.captured ?? 0;
  const back = request.refunded ?? 0;
  if (paid > 0 && back >= paid) return { tone: "back", title: "Refunded", words: "The shop gave all of it back." };
  if (paid > 0 && back > 0) return { tone: "back", title: "Partly refunded", words: "The shop gave a part back." };
  if (paid > 0) return { tone: "good", title: "Paid", words: "The shop has taken the money." };
  switch (request.state) {
    case "waiting":
    case "opened":
      return { tone: "wait", title: "Payment request", words: request.how === "scanned" ? "You scanned this code." : "Sent to your phone." };
    case "authorizing":
      return { tone: "busy", title: "Asking your bank", words: "You approved. The bank has not answered yet." };
    case "approved":
      return { tone: "good", title: "Approved", words: "Set aside for the shop, not taken yet." };
    case "rejected":
      return { tone: "bad", title: "Rejected", words: "You said no. Nothing was paid." };
    case "expired":
      return { tone: "quiet", title: "Expired", words: "Nobody answered in time. Nothing was paid." };
    case "cancelled":
      return { tone: "bad", title: "Cancelled by the shop", words: "Nothing was paid." };
    default:
      return { tone: "quiet", title: request.state, words: "" };
  }
}

const customerName = (number) => known.phones.find((phone) => phone.number === number)?.name ?? number ?? "";

// ---------------------------------------------------------------------------------------------------
// The sandbox's side door

class Refusal extends Error {}

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    cache: "no-store",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await response.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Some answers have no body, and an error may come from anything in between.
  }
  if (!response.ok) throw new Refusal(value?.error ?? `The sandbox answered ${response.status}.`);
  return value;
}

const explain = (error) => (error instanceof Refusal ? error.message : "The sandbox does not answer.");

// ---------------------------------------------------------------------------------------------------
// Small helpers for the page

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "dataset") Object.assign(made.dataset, value);
    else if (key === "scope" || key.startsWith("aria-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/// Writes only what changed, so that a screen reader and the focus are left alone.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/// Keeps one child per item, in order, and never rebuilds a child that stays: the focus survives.
function keep(parent, items, keyOf, make, update) {
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

function notice(id, text, { tone = "plain", stays = false } = {}) {
  const node = byId(id);
  clearTimeout(noticeTimers.get(id));
  node.hidden = text === "";
  node.dataset.tone = tone;
  write(node, text);
  if (text !== "" && !stays) noticeTimers.set(id, setTimeout(() => notice(id, ""), 6000));
}

/// Sheets come and go on their own. The focus follows only if it was on the phone or nowhere,
/// so that somebody who types beside the phone is not interrupted.
function focusIsOurs() {
  const active = document.activeElement;
  return active === null || active === document.body || byId("phone").contains(active);
}

// ---------------------------------------------------------------------------------------------------
// The sheet with one request

function showRequest(reference, { tellSandbox = false } = {}) {
  known.shown = reference;
  known.ignored.delete(reference);
  known.problem = null;
  const request = shownRequest();
  if (tellSandbox && known.network && request?.state === "waiting") {
    act(reference, "open").catch(() => {});
  }
  render();
  if (focusIsOurs()) byId("sheet-title").focus({ preventScroll: true });
}

function closeSheet() {
  const reference = known.shown;
  known.shown = null;
  const next = known.requests.find((request) => isOpen(request) && !known.ignored.has(request.reference));
  if (next) {
    showRequest(next.reference);
    return;
  }
  render();
  const row = [...document.querySelectorAll("#home .rows > li")].find((row) => row.dataset.key === reference);
  (row?.querySelector("button") ?? byId("code-title")).focus({ preventScroll: true });
}

function renderSheet() {
  const request = shownRequest();
  const sheet = byId("sheet");
  const home = byId("home");
  sheet.hidden = request === null;
  home.inert = request !== null;
  if (request === null) return;

  const open = isOpen(request);
  const result = outcome(request);
  sheet.dataset.tone = result.tone;
  sheet.dataset.reference = request.reference;
  sheet.dataset.state = request.state;
  write(byId("sheet-state"), result.title);
  write(byId("sheet-merchant"), request.merchant);
  const amount = byId("sheet-amount");
  if (amount.dataset.text !== `${request.currency} ${request.amount}`) {
    amount.dataset.text = `${request.currency} ${request.amount}`;
    amount.replaceChildren(
      element("span", { className: "currency", textContent: request.currency }),
      "\u00a0",
      digits(request.amount, request.currency),
    );
  }
  write(byId("sheet-description"), request.description ?? "");
  write(byId("sheet-mark"), open ? (request.merchant.trim()[0] ?? "?").toUpperCase() : "");
  write(byId("sheet-reference"), request.reference);
  byId("countdown").hidden = !open;

  const lines = request.receipt ?? [];
  byId("receipt").hidden = lines.length === 0;
  keep(
    byId("receipt-lines"),
    lines.map((line, place) => ({ line, place })),
    ({ line, place }) => `${place} ${JSON.stringify(line)}`,
    ({ line }) => {
      const name = element("th", { scope: "row", textContent: line.name });
      if (line.quantity && line.quantity !== "1") {
        name.append(" ", element("span", { className: "quantity", textContent: `× ${line.quantity}` }));
      }
      const total = line.is_return ? -Math.abs(line.total_amount) : line.total_amount;
      return element("tr", {}, name, element("td", { className: "number", textContent: digits(total, request.currency) }));
    },
    () => {},
  );

  const facts = [];
  if (!open) facts.push(["", result.words]);
  if (request.captured > 0) facts.push(["Paid", money(request.captured, request.currency)]);
  if (request.refunded > 0) facts.push(["Refunded", money(request.refunded, request.currency)]);
  if (!open) facts.push(["Asked at", timeOfDay(request.created_ms)]);
  keep(
    byId("facts"),
    facts,
    ([name]) => name || "words",
    ([name]) => (name === "" ? element("div", { className: "words" }, element("dt", { className: "unseen", textContent: "Result" }), element("dd"))
      : element("div", {}, element("dt", { textContent: name }), element("dd"))),
    (row, [, value]) => write(row.querySelector("dd"), value),
  );

  const refused = request.declined ? "Your bank refused. You can try again, or reject." : "";
  const problem = known.problem?.reference === request.reference ? known.problem.words : refused;
  byId("problem").hidden = problem === "";
  write(byId("problem"), problem);

  const focusWasInActions = byId("actions").contains(document.activeElement);
  byId("actions").hidden = !open;
  byId("finished-actions").hidden = open;
  if (focusWasInActions && !open) byId("done").focus({ preventScroll: true });

  // Only the network disables them: a button that is disabled by its own click would lose the focus.
  byId("approve").disabled = !known.network;
  byId("reject").disabled = !known.network;
  const late = known.late.has(request.reference);
  const focusWasInLate = document.activeElement?.closest(".late");
  byId("late-form").hidden = late;
  byId("late-running").hidden = !late;
  if (focusWasInLate && focusWasInLate.hidden && open) byId(late ? "late-stop" : "late-start").focus({ preventScroll: true });
  const more = known.requests.filter((other) => isOpen(other) && other.reference !== request.reference && !known.ignored.has(other.reference)).length;
  write(byId("done"), more > 0 ? "Next request" : "Done");
  renderTimes();
}

/// The parts that move between two polls.
function renderTimes() {
  const now = sandboxNow();
  write(byId("phone-time"), timeOfDay(now));
  write(byId("clock-time"), timeOfDay(now, true));
  write(byId("clock-date"), day(now));
  const request = shownRequest();
  if (request === null || !isOpen(request)) return;
  const left = request.expires_ms - now;
  const whole = Math.max(1, request.expires_ms - request.created_ms);
  byId("countdown-fill").style.setProperty("--share", String(Math.min(1, Math.max(0, left / whole))));
  byId("countdown").dataset.hurry = String(left < HURRY_MS);
  write(byId("countdown-words"), left > 0 ? `${duration(left)} left to answer` : "Time is up");
  const due = known.late.get(request.reference);
  if (due !== undefined) {
    write(byId("late-words"), due > now ? `Approves in ${duration(due - now)}` : known.network ? "Approving…" : "Approves when the network is back");
  }
}

// ---------------------------------------------------------------------------------------------------
// The rest of the phone

function rowOf(request) {
  const button = element("button", { type: "button", className: "row" },
    element("span", { className: "row-mark", "aria-hidden": "true" }),
    element("span", { className: "row-words" }, element("span", { className: "row-merchant" }), element("span", { className: "row-note" })),
    element("span", { className: "row-sum" }, element("span", { className: "row-amount" }), element("span", { className: "row-state" })),
  );
  button.addEventListener("click", () => showRequest(request.reference, { tellSandbox: true }));
  return element("li", {}, button);
}

function updateRow(row, request) {
  const result = outcome(request);
  row.dataset.tone = result.tone;
  row.dataset.state = request.state;
  write(row.querySelector(".row-merchant"), request.merchant);
  write(row.querySelector(".row-note"), [timeOfDay(request.created_ms), request.description].filter(Boolean).join(" · "));
  write(row.querySelector(".row-amount"), money(request.amount, request.currency));
  let state = isOpen(request) ? "Open" : result.title;
  if (result.title === "Partly refunded") state = `${money(request.refunded, request.currency)} refunded`;
  if (known.late.has(request.reference)) state = "Approves later";
  write(row.querySelector(".row-state"), state);
}

function render() {
  const phone = byId("phone");
  phone.dataset.wallet = known.wallet.id;
  phone.dataset.network = known.network ? "on" : "off";
  write(byId("network-words"), known.network ? "Lose network" : "Bring network back");
  write(byId("wallet-name"), known.wallet.name);

  const me = known.phones.find((candidate) => candidate.number === known.customer);
  write(byId("avatar"), me ? me.name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase() : "");
  write(byId("code-hint"), known.wallet.codeHint);
  showCode(me?.personal_qr ?? "");

  const waiting = known.requests.filter(isOpen);
  const finished = known.requests.filter((request) => !isOpen(request));
  byId("waiting-section").hidden = waiting.length === 0;
  keep(byId("waiting"), waiting, (request) => request.reference, rowOf, updateRow);
  keep(byId("history"), finished, (request) => request.reference, rowOf, updateRow);
  byId("history-empty").hidden = known.requests.length > 0;

  byId("badge").hidden = waiting.length === 0;
  write(byId("badge"), waiting.length === 0 ? "" : String(waiting.length));
  byId("badge").setAttribute("aria-label", `${waiting.length} waiting`);
  document.title = (waiting.length > 0 ? `(${waiting.length}) ` : "") + "Customer’s phone – libpayments sandbox";
  renderSheet();
  renderTimes();
}

function showCode(text) {
  const field = byId("code-text");
  if (field.value === text) return;
  field.value = text;
  const picture = byId("code-picture");
  picture.replaceChildren();
  const modules = text === "" ? null : qrModules(new TextEncoder().encode(text));
  if (modules === null) return;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `-4 -4 ${modules.length + 8} ${modules.length + 8}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "My code as a QR picture");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  picture.append(svg);
}

function applyRequests(requests) {
  const before = new Map(known.requests.map((request) => [request.reference, request]));
  known.requests = requests;
  for (const reference of known.late.keys()) {
    const request = requests.find((candidate) => candidate.reference === reference);
    if (request && !isOpen(request)) known.late.delete(reference);
  }
  const fresh = requests.filter((request) => isOpen(request) && !known.seen.has(request.reference));
  for (const request of requests) known.seen.add(request.reference);

  const current = shownRequest();
  if (fresh.length > 0) {
    const [newest] = fresh;
    byId("announcement").textContent =
      `New payment request: ${newest.merchant} asks for ${money(newest.amount, newest.currency)}` + (newest.description ? `, ${newest.description}.` : ".");
    // A request that the customer is looking at is not pushed aside by a newer one.
    if (current === null || !isOpen(current)) {
      showRequest(newest.reference);
      return;
    }
  }
  if (current && before.has(current.reference) && outcome(before.get(current.reference)).title !== outcome(current).title) {
    const result = outcome(current);
    byId("announcement").textContent = `${result.title}: ${current.merchant}, ${money(current.amount, current.currency)}. ${result.words}`;
  }
  render();
}

// ---------------------------------------------------------------------------------------------------
// What the customer does

async function act(reference, verb) {
  known.acting.add(reference);
  try {
    await ask("POST", `/_sandbox/payments/${encodeURIComponent(reference)}/${verb}`, {});
  } finally {
    known.acting.delete(reference);
    await pollPhone();
    renderSheet();
  }
}

async function decide(reference, verb) {
  if (known.acting.has(reference)) return;
  known.problem = null;
  known.late.delete(reference);
  try {
    await act(reference, verb);
  } catch (error) {
    if (known.shown === reference && isOpen(shownRequest() ?? {})) {
      known.problem = { reference, words: explain(error) };
      renderSheet();
    } else {
      notice("notice", explain(error), { tone: "bad" });
    }
  }
}

async function scan(text) {
  if (!known.network) {
    notice("panel-notice", "The phone has no network, so it cannot scan.", { tone: "bad" });
    return;
  }
  try {
    const answer = await ask("POST", "/_sandbox/scan", { qr: text, phone: known.customer });
    await pollPhone();
    document.body.dataset.view = "phone";
    renderView();
    if (answer?.reference && known.requests.some((request) => request.reference === answer.reference)) {
      showRequest(answer.reference);
      byId("sheet-title").focus({ preventScroll: true });
    }
    pollPanel();
  } catch (error) {
    notice("panel-notice", explain(error), { tone: "bad" });
  }
}

function approveThoseDue() {
  if (!known.network) return;
  for (const [reference, due] of known.late) {
    if (due <= sandboxNow() && !known.acting.has(reference)) decide(reference, "approve");
  }
}

// ---------------------------------------------------------------------------------------------------
// Behind the counter

function renderTillCodes(codes) {
  byId("till-codes-empty").hidden = codes.length > 0;
  keep(byId("till-codes"), codes, (code) => code.reference,
    (code) => {
      const button = element("button", { type: "button", textContent: "Scan" });
      button.setAttribute("aria-label", `Scan ${code.description || code.reference}, ${money(code.amount, code.currency)}`);
      button.addEventListener("click", () => scan(code.qr));
      return element("li", {},
        element("div", {}, element("strong"), element("code", { textContent: code.qr, title: code.qr })),
        element("span", { className: "number" }), button);
    },
    (row, code) => {
      write(row.querySelector("strong"), code.description || code.reference);
      write(row.querySelector(".number"), money(code.amount, code.currency));
    });
}

function renderLedger(payments) {
  byId("ledger-empty").hidden = payments.length > 0;
  byId("ledger").closest(".table-scroll").hidden = payments.length === 0;
  write(byId("ledger-count"), payments.length === 0 ? "" : String(payments.length));
  const newestFirst = [...payments].sort((a, b) => b.created_ms - a.created_ms);
  keep(byId("ledger"), newestFirst, (payment) => `${payment.provider} ${payment.reference}`,
    (payment) => element("tr", {},
      element("th", { scope: "row" }, element("span"), element("code", { textContent: payment.reference })),
      element("td", { className: "customer" }),
      ...["amount", "authorized", "captured", "cancelled", "refunded"].map((name) => element("td", { className: `number ${name}` })),
      element("td", {}, element("span", { className: "state" }))),
    (row, payment) => {
      row.dataset.reference = payment.reference;
      write(row.querySelector("th span"), payment.description || "–");
      write(row.querySelector(".customer"), customerName(payment.customer) || "–");
      write(row.querySelector(".amount"), money(payment.amount, payment.currency));
      for (const name of ["authorized", "captured", "cancelled", "refunded"]) {
        const cell = row.querySelector(`.${name}`);
        cell.dataset.nothing = String(payment[name] === 0);
        write(cell, payment[name] === 0 ? "–" : digits(payment[name], payment.currency));
      }
      const state = row.querySelector(".state");
      state.dataset.state = payment.state.toLowerCase();
      write(state, payment.state.toLowerCase());
    });
}

function ruleWords(rule) {
  const { method, path_contains } = rule.when;
  // Absent and null both mean "any".
  const call = known.wallet.calls.find(({ when }) => when.method == method && when.path_contains == path_contains);
  const where = call?.words ?? [method, path_contains].filter(Boolean).join(" ");
  const [kind, details] = typeof rule.action === "string" ? [rule.action, {}] : Object.entries(rule.action)[0];
  const what = {
    lose_request: () => "request lost",
    cut_request: () => "connection cut",
    lose_answer: () => "answer lost",
    delay: () => `answer ${details.ms / 1000} s late`,
    status_after: () => `done, but answer ${details.status}`,
    malformed_after: () => "answer garbled",
    status_instead: () => `answer ${details.status}` + (details.retry_after_s ? `, retry after ${details.retry_after_s} s` : ""),
    code_instead: () => `refused with ${details.code}`,
    html_instead: () => "web page as answer",
  }[kind]?.() ?? kind.replaceAll("_", " ");
  return `${where}: ${what}`;
}

function ruleProgress({ when, seen = 0 }) {
  const first = Math.max(1, when.nth ?? 1);
  const times = when.times ?? 1;
  const done = Math.max(0, seen - first + 1);
  if (times === 0) return `every call, ${done} so far`;
  if (done >= times) return "used up";
  if (seen + 1 < first) return `after ${first - 1 - seen} more`;
  return times === 1 ? "next call" : `next call, ${times - done} left`;
}

function renderRules(rules) {
  byId("rules-empty").hidden = rules.length > 0;
  byId("chaos-clear").hidden = rules.length === 0;
  keep(byId("rules"), rules.map((rule, place) => ({ rule, place })),
    ({ rule, place }) => `${place} ${JSON.stringify([rule.when, rule.action])}`,
    ({ rule }) => element("li", {}, element("span", { textContent: ruleWords(rule) }), element("small")),
    (row, { rule }) => {
      const progress = ruleProgress(rule);
      row.dataset.spent = String(progress === "used up");
      write(row.querySelector("small"), progress);
    });
}

function renderChaosForm() {
  const chosen = ACTIONS[Number(byId("chaos-action").value)];
  byId("chaos-number-field").hidden = !chosen.number;
  byId("chaos-number").disabled = !chosen.number;
  if (chosen.number) {
    write(byId("chaos-number-label"), chosen.number);
    byId("chaos-number").min = chosen.number === "Status" ? 300 : 1;
    byId("chaos-number").max = chosen.max;
    byId("chaos-number").value = chosen.value;
  }
}

async function fromPanel(work) {
  try {
    await work();
    notice("panel-notice", "");
  } catch (error) {
    notice("panel-notice", explain(error), { tone: "bad" });
  }
  await Promise.all([pollPhone(), pollPanel()]);
}

// ---------------------------------------------------------------------------------------------------
// Polling

function learnTime(answer) {
  if (typeof answer?.now_ms === "number") known.clockAhead = answer.now_ms - Date.now();
}

function connected(yes) {
  const wasConnected = byId("connection").dataset.connected;
  // On a real phone the line at the top is out of sight.
  if (!yes && wasConnected !== "false") notice("notice", "The sandbox does not answer.", { tone: "bad", stays: true });
  if (yes && wasConnected === "false") notice("notice", "");
  byId("connection").dataset.connected = String(yes);
  write(byId("connection"), yes ? "Sandbox connected" : "Sandbox does not answer – trying again");
}

async function pollPhones() {
  const phones = await ask("GET", "/_sandbox/phones");
  known.phones = phones;
  const picker = byId("customer");
  keep(picker, phones, (phone) => phone.number,
    (phone) => element("option", { value: phone.number }),
    (option, phone) => write(option, `${phone.name}  +${phone.number}`));
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (!phones.some((phone) => phone.number === known.customer)) {
    chooseCustomer((phones.find((phone) => phone.number === wanted) ?? phones[0])?.number ?? null);
  }
}

function chooseCustomer(number) {
  known.customer = number;
  known.requests = [];
  known.shown = null;
  known.seen.clear();
  byId("customer").value = number ?? "";
  // The address names the customer, so that several phones can be open at once and survive a reload.
  if (number !== null) history.replaceState(null, "", `#${encodeURIComponent(number)}`);
  render();
}

async function pollPhone() {
  const number = known.customer;
  if (number === null || !known.network) return;
  try {
    const answer = await ask("GET", `/_sandbox/phone/${encodeURIComponent(number)}`);
    learnTime(answer);
    connected(true);
    // The customer or the network may have been switched while the question was on its way.
    if (known.customer === number && known.network) applyRequests(answer.requests);
  } catch (error) {
    connected(error instanceof Refusal);
  }
}

async function pollPanel() {
  if (byId("panel").getClientRects().length === 0) return;
  try {
    const [ledger, codes, rules] = await Promise.all([ask("GET", "/_sandbox/ledger"), ask("GET", "/_sandbox/qr"), ask("GET", "/_sandbox/chaos")]);
    learnTime(ledger);
    connected(true);
    renderLedger(ledger.payments);
    renderTillCodes(codes);
    renderRules(rules.rules);
    renderTimes();
  } catch (error) {
    connected(error instanceof Refusal);
  }
}

let polling = false;
async function poll() {
  if (polling || document.hidden) return;
  polling = true;
  try {
    if (known.customer === null) await pollPhones();
    await Promise.all([pollPhone(), pollPanel()]);
  } catch (error) {
    connected(error instanceof Refusal);
  } finally {
    polling = false;
  }
}

// ---------------------------------------------------------------------------------------------------
// QR picture of a short text: byte mode, error correction level M, versions 1 to 13 (up to 331 bytes).
// The sandbox draws none, and a till's scanner cannot read plain text from a screen.

const QR_CHECK_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22];
const QR_BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9];

export function qrModules(bytes) {
  let version = 0;
  let capacity = 0;
  let raw = 0;
  const lengthBits = () => (version < 10 ? 8 : 16);
  do {
    version += 1;
    if (version > QR_BLOCKS.length) return null;
    const alignments = version === 1 ? 0 : Math.floor(version / 7) + 2;
    let bits = (16 * version + 128) * version + 64;
    if (alignments > 0) bits -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) bits -= 36;
    raw = Math.floor(bits / 8);
    capacity = raw - QR_CHECK_BYTES[version - 1] * QR_BLOCKS[version - 1];
  } while (4 + lengthBits() + 8 * bytes.length > 8 * capacity);

  const bits = [];
  const push = (value, count) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  push(4, 4);
  push(bytes.length, lengthBits());
  for (const byte of bytes) push(byte, 8);
  push(0, Math.min(4, 8 * capacity - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < 8 * capacity; pad ^= 0xec ^ 0x11) push(pad, 8);
  const data = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((sum, bit) => 2 * sum + bit, 0));

  const codewords = qrInterleave(data, raw, QR_BLOCKS[version - 1], QR_CHECK_BYTES[version - 1]);
  const frame = qrFrame(version);
  let best = null;
  for (let mask = 0; mask < 8; mask++) {
    const modules = qrFill(frame, codewords, mask);
    const penalty = qrPenalty(modules);
    if (best === null || penalty < best.penalty) best = { modules, penalty };
  }
  return best.modules;
}

function qrMultiply(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

function qrInterleave(data, raw, blocks, checkBytes) {
  const divisor = new Array(checkBytes).fill(0);
  divisor[checkBytes - 1] = 1;
  for (let i = 0, root = 1; i < checkBytes; i++, root = qrMultiply(root, 2)) {
    for (let j = 0; j < checkBytes; j++) {
      divisor[j] = qrMultiply(divisor[j], root) ^ (divisor[j + 1] ?? 0);
    }
  }
  const shortLength = Math.floor(raw / blocks) - checkBytes;
  const shortBlocks = blocks - (raw % blocks);
  const parts = [];
  for (let i = 0, at = 0; i < blocks; i++) {
    const length = shortLength + (i < shortBlocks ? 0 : 1);
    const part = data.slice(at, at + length);
    at += length;
    const check = new Array(checkBytes).fill(0);
    for (const byte of part) {
      const factor = byte ^ check.shift();
      check.push(0);
      divisor.forEach((coefficient, j) => (check[j] ^= qrMultiply(coefficient, factor)));
    }
    parts.push({ part, check });
  }
  const result = [];
  for (let i = 0; i <= shortLength; i++) for (const { part } of parts) if (i < part.length) result.push(part[i]);
  for (let i = 0; i < checkBytes; i++) for (const { check } of parts) result.push(check[i]);
  return result;
}

/// The fixed patterns: true is dark, false is light, null is free for data.
function qrFrame(version) {
  const size = 4 * version + 17;
  const frame = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (x, y, dark) => {
    if (x >= 0 && y >= 0 && x < size && y < size) frame[y][x] = dark;
  };
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  if (version > 1) {
    const count = Math.floor(version / 7) + 2;
    const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
    const centres = [6];
    for (let i = count - 2; i >= 0; i--) centres.push(size - 7 - i * step);
    for (const cy of centres) {
      for (const cx of centres) {
        const onFinder = (cx === 6 && cy === 6) || (cx === 6 && cy === size - 7) || (cx === size - 7 && cy === 6);
        if (onFinder) continue;
        for (let dy = -2; dy <= 2; dy++) {
          for (let dx = -2; dx <= 2; dx++) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
        }
      }
    }
  }
  if (version >= 7) {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const information = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const dark = ((information >> i) & 1) === 1;
      const far = size - 11 + (i % 3);
      set(far, Math.floor(i / 3), dark);
      set(Math.floor(i / 3), far, dark);
    }
  }
  qrFormat(frame, 0);
  return frame;
}

function qrFormat(modules, mask) {
  const size = modules.length;
  // Level M is written as 0 in the two bits before the mask number.
  let rest = mask;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const format = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i) => ((format >> i) & 1) === 1;
  for (let i = 0; i <= 5; i++) modules[i][8] = bit(i);
  modules[7][8] = bit(6);
  modules[8][8] = bit(7);
  modules[8][7] = bit(8);
  for (let i = 9; i < 15; i++) modules[8][14 - i] = bit(i);
  for (let i = 0; i < 8; i++) modules[8][size - 1 - i] = bit(i);
  for (let i = 8; i < 15; i++) modules[size - 15 + i][8] = bit(i);
  modules[size - 8][8] = true;
}

const QR_MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function qrFill(frame, codewords, mask) {
  const size = frame.length;
  const modules = frame.map((row) => [...row]);
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (frame[y][x] !== null) continue;
        const dark = at < codewords.length * 8 && ((codewords[at >> 3] >> (7 - (at & 7))) & 1) === 1;
        at += 1;
        modules[y][x] = dark !== (QR_MASKS[mask](x, y) === 0);
      }
    }
  }
  qrFormat(modules, mask);
  return modules;
}

/// Long runs and blocks of one colour are hard to scan; the rules about look-alikes of the corner
/// marks and about overall brightness matter little for texts this short.
function qrPenalty(modules) {
  const size = modules.length;
  let penalty = 0;
  for (let i = 0; i < size; i++) {
    for (const at of [(j) => modules[i][j], (j) => modules[j][i]]) {
      for (let j = 0, run = 0; j < size; j++) {
        run = j > 0 && at(j) === at(j - 1) ? run + 1 : 1;
        if (run === 5) penalty += 3;
        else if (run > 5) penalty += 1;
      }
    }
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      const same = modules[y][x] === modules[y - 1][x] && modules[y][x] === modules[y][x - 1] && modules[y][x] === modules[y - 1][x - 1];
      if (same) penalty += 3;
    }
  }
  return penalty;
}

// ---------------------------------------------------------------------------------------------------
// Start

function renderView() {
  const view = document.body.dataset.view;
  byId("view-phone").setAttribute("aria-pressed", String(view === "phone"));
  byId("view-tools").setAttribute("aria-pressed", String(view === "tools"));
}

function chooseView(view) {
  document.body.dataset.view = view;
  renderView();
  poll();
}

function wire() {
  for (const wallet of WALLETS) {
    const choice = element("input", { type: "radio", name: "wallet", value: wallet.id, checked: wallet === known.wallet });
    choice.addEventListener("change", () => {
      known.wallet = wallet;
      render();
    });
    byId("wallets").append(element("label", { dataset: { wallet: wallet.id } }, choice, element("span", { textContent: wallet.name })));
  }
  for (const [place, call] of known.wallet.calls.entries()) byId("chaos-call").append(new Option(call.words, place));
  for (const [place, action] of ACTIONS.entries()) byId("chaos-action").append(new Option(action.words, place));
  renderChaosForm();

  byId("customer").addEventListener("change", (event) => {
    chooseCustomer(event.target.value);
    poll();
  });
  byId("network").addEventListener("click", () => {
    known.network = !known.network;
    if (known.network) notice("notice", "");
    else notice("notice", "The phone has no network.", { tone: "bad", stays: true });
    render();
    approveThoseDue();
    pollPhone();
  });
  byId("copy").addEventListener("click", async () => {
    const field = byId("code-text");
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Browsers offer the clipboard only to secure origins; a training room has plain HTTP.
      field.select();
      document.execCommand("copy");
    }
    notice("notice", "Code copied.");
  });

  byId("approve").addEventListener("click", () => decide(known.shown, "approve"));
  byId("reject").addEventListener("click", () => decide(known.shown, "reject"));
  const putAside = () => {
    const request = shownRequest();
    if (request && isOpen(request)) known.ignored.add(request.reference);
    closeSheet();
  };
  byId("ignore").addEventListener("click", putAside);
  byId("done").addEventListener("click", closeSheet);
  byId("sheet").addEventListener("keydown", (event) => {
    if (event.key === "Escape") putAside();
  });
  byId("late-form").addEventListener("submit", (event) => {
    event.preventDefault();
    known.late.set(known.shown, sandboxNow() + byId("late-seconds").valueAsNumber * 1000);
    render();
  });
  byId("late-stop").addEventListener("click", () => {
    known.late.delete(known.shown);
    render();
  });

  byId("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    scan(byId("scan-text").value.trim()).then(() => (byId("scan-text").value = ""));
  });
  byId("clock-buttons").addEventListener("click", (event) => {
    const advance = Number(event.target.dataset.advanceMs);
    if (advance > 0) fromPanel(() => ask("POST", "/_sandbox/clock", { advance_ms: advance }));
  });
  byId("chaos-action").addEventListener("change", renderChaosForm);
  byId("chaos-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const when = {
      ...known.wallet.calls[Number(byId("chaos-call").value)].when,
      nth: byId("chaos-nth").valueAsNumber,
      times: byId("chaos-times").valueAsNumber,
    };
    const action = ACTIONS[Number(byId("chaos-action").value)].action(byId("chaos-number").valueAsNumber);
    fromPanel(() => ask("POST", "/_sandbox/chaos", { when, action }));
  });
  byId("chaos-clear").addEventListener("click", () => {
    byId("chaos-action").focus();
    fromPanel(() => ask("DELETE", "/_sandbox/chaos"));
  });

  byId("view-phone").addEventListener("click", () => chooseView("phone"));
  byId("view-tools").addEventListener("click", () => chooseView("tools"));
  document.addEventListener("visibilitychange", poll);
  window.addEventListener("hashchange", () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (wanted !== known.customer && known.phones.some((phone) => phone.number === wanted)) {
      chooseCustomer(wanted);
      poll();
    }
  });
}

wire();
render();
poll();
setInterval(poll, POLL_MS);
setInterval(() => {
  renderTimes();
  approveThoseDue();
}, TICK_MS);
