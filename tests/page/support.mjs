// What all tests of the page share: the real sandbox, a real browser, and tills that talk to the
// imitated APIs. Importing this starts the first two and ends them after the last test.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import axe from "axe-core";
import jsQR from "jsqr";
import { chromium } from "playwright-core";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const SANDBOX = resolve(REPOSITORY, process.env.SANDBOX_BIN ?? "target/debug/sandbox");
const BROWSER = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
export const PICTURES = process.env.UPDATE_SCREENSHOTS === "1";
const PICTURE_BYTES_MAX = 250_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const SMALL = { width: 360, height: 640 };
const ANSWER_WITHIN_MS = 8000;
// A busy machine takes its time to begin a page, which says nothing about the page.
const LOAD_WITHIN_MS = 30_000;
export const NARROW_SPACE = "\u202f";
export const NO_BREAK_SPACE = "\u00a0";

// ---------------------------------------------------------------------------------------------------
// The sandbox, and a till that talks to it

export let address;
let sandbox;
let directory;
export let browser;

async function startSandbox() {
  const portFile = join(directory, "ports.json");
  sandbox = spawn(SANDBOX, ["--listen", "127.0.0.1:0", "--port-file", portFile], { stdio: ["ignore", "ignore", "inherit"] });
  for (let tries = 0; tries < 200; tries++) {
    assert.equal(sandbox.exitCode, null, "the sandbox ended at once");
    try {
      address = `http://${JSON.parse(await readFile(portFile, "utf8")).http}`;
      return;
    } catch {
      await sleep(50);
    }
  }
  assert.fail("the sandbox wrote no port file");
}

export async function ask(method, path, { body, headers = {} } = {}) {
  const response = await fetch(address + path, {
    method,
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, value };
}

const UNIT = { "Ocp-Apim-Subscription-Key": "sandbox-key", "Merchant-Serial-Number": "123456" };
let token = "";
let count = 0;

export async function till(method, path, body) {
  if (token === "") {
    const answer = await ask("POST", "/accesstoken/get", { headers: { client_id: "sandbox-client", client_secret: "sandbox-secret", ...UNIT } });
    assert.equal(answer.status, 200);
    token = answer.value.access_token;
  }
  count += 1;
  const headers = { ...UNIT, Authorization: `Bearer ${token}`, "Idempotency-Key": `page-test-${count}` };
  return ask(method, path, { body, headers });
}

export async function pay(value, rest) {
  count += 1;
  const reference = `page-test-${String(count).padStart(4, "0")}`;
  const answer = await till("POST", "/epayment/v1/payments", {
    amount: { currency: "NOK", value },
    paymentMethod: { type: "WALLET" },
    customerInteraction: "CUSTOMER_PRESENT",
    reference,
    paymentDescription: "Shop 1 till 1",
    ...rest,
  });
  return { reference, ...answer };
}

export async function push(value, customer, rest = {}) {
  const payment = await pay(value, { userFlow: "PUSH_MESSAGE", customer, ...rest });
  assert.equal(payment.status, 201, JSON.stringify(payment.value));
  return payment.reference;
}

export const modify = (reference, verb, value) =>
  till("POST", `/epayment/v1/payments/${reference}/${verb}`, { modificationAmount: { currency: "NOK", value } });

export async function ledger(reference) {
  const { value } = await ask("GET", "/_sandbox/ledger");
  return value.payments.find((payment) => payment.reference === reference);
}

export const act = (provider, act, body) => ask("POST", `/_sandbox/wallets/${provider}/${act}`, { body });

export async function wallet(provider) {
  const { value } = await ask("GET", `/_sandbox/wallets/${provider}`);
  return value.wallet;
}

/// The four sums of the ledger and the provider's word, for one comparison.
export async function money(reference) {
  const { state, authorized, captured, cancelled, refunded } = await ledger(reference);
  return { state, authorized, captured, cancelled, refunded };
}

const line = (name, quantity, total) => ({
  name,
  id: name,
  totalAmount: total,
  totalAmountExcludingTax: Math.round(total / 1.25),
  totalTaxAmount: total - Math.round(total / 1.25),
  taxRate: 2500,
  unitInfo: { unitPrice: Math.round(total / Number(quantity)), quantity, quantityUnit: "PCS" },
});

export const RECEIPT = {
  orderLines: [line("Flat white", "2", 11800), line("Cinnamon bun", "1", 4900), line("Coffee beans, dark roast 500 g", "1", 33200)],
  bottomLine: { currency: "NOK" },
};

// ---------------------------------------------------------------------------------------------------
// The customer

export let page;
let complaints = [];

/// Opens the page at an address like `vipps/4712345678`, and complains about whatever it must not do.
export async function visit(viewport, place, { colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A refusal by the sandbox is shown to the customer, and browsers log it besides.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${address}/`) && !request.url().startsWith("data:")) complaints.push(`left the sandbox: ${request.url()}`);
  });
  page.setDefaultTimeout(ANSWER_WITHIN_MS);
  page.setDefaultNavigationTimeout(LOAD_WITHIN_MS);
  const answer = await page.goto(`${address}/#${place}`);
  // With this policy every inline script or style, and every foreign address, becomes a complaint.
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
}

/// The phone of one of the demo customers, with whichever app fits the number.
export async function open(viewport, { customer = 0, colorScheme = "light" } = {}) {
  const { value: phones } = await ask("GET", "/_sandbox/phones");
  const me = phones[customer];
  await visit(viewport, me.number, { colorScheme });
  await page.waitForFunction((number) => document.getElementById("customer").value === number, me.number);
  return me;
}

export const sheet = (reference, state) => page.locator(`#sheet:not([hidden])[data-reference="${reference}"]${state ? `[data-state="${state}"]` : ""}`);
export const button = (name) => page.getByRole("button", { name, exact: true });
export const text = (selector) => page.locator(selector).innerText();

export async function noBarriers() {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`), []);
}

/// Nothing is wider than its place, so nobody has to scroll sideways.
export async function nothingOverflows() {
  const wide = await page.evaluate(() => {
    const isCut = (node) => getComputedStyle(node).overflowX !== "visible" || node.closest(".unseen") !== null;
    const boxes = [...document.querySelectorAll("body *")].filter((node) => node.clientWidth > 1);
    const wide = boxes.filter((node) => node.scrollWidth > node.clientWidth + 1 && !isCut(node));
    const outside = [...document.querySelectorAll("button, input, select, summary, label")].filter((node) => {
      const { left, right, width } = node.getBoundingClientRect();
      return width > 1 && !node.closest(".unseen, .table-scroll") && (left < -1 || right > innerWidth + 1);
    });
    const page = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
    return [...page, ...[...wide, ...outside].map((node) => `${node.tagName} ${node.id || node.className}`)];
  });
  assert.deepEqual(wide, []);
}

/// Decodes a drawn code as a scanner would.
export async function scanned(selector) {
  const path = await page.locator(`${selector} path`).getAttribute("d");
  const [, , width] = (await page.locator(`${selector} svg`).getAttribute("viewBox")).split(" ").map(Number);
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h/g)].map(([, x, y]) => `${x} ${y}`));
  return read(width - 8, (x, y) => dark.has(`${x} ${y}`));
}

/// Writes a picture for the documentation; `source` may be another page, or a part of one.
export async function picture(name, source = page) {
  if (!PICTURES) return;
  const path = join(REPOSITORY, "docs", name);
  await source.screenshot({ path });
  // A palette takes a third of the bytes, and the repository keeps every version of a picture for ever.
  const { error } = spawnSync("pngquant", ["--force", "--strip", "--output", path, path], { stdio: "inherit" });
  assert.equal(error, undefined, "pngquant is needed for the pictures");
  assert.ok((await stat(path)).size < PICTURE_BYTES_MAX, `${name} is too large`);
}

before(async () => {
  await access(SANDBOX).catch(() => assert.fail(`no sandbox at ${SANDBOX}: run cargo build -p sandbox, or set SANDBOX_BIN`));
  directory = await mkdtemp(join(tmpdir(), "phone-test-"));
  await startSandbox();
  // Playwright gives every launch a fresh user data directory and removes it.
  browser = await chromium.launch({
    executablePath: BROWSER,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  if (sandbox && sandbox.exitCode === null) {
    sandbox.kill();
    await once(sandbox, "exit");
  }
  if (directory) await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  page = undefined;
  complaints = [];
  token = "";
  await ask("POST", "/_sandbox/reset", { body: {} });
});

afterEach(async () => {
  if (!page) return;
  await page.context().close();
  assert.deepEqual(complaints, []);
});

/// Decodes modules as a scanner would see them: four pixels each, with a quiet zone around.
export function read(size, isDark) {
  const scale = 4;
  const border = 4;
  const width = (size + 2 * border) * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / scale) - border;
      const row = Math.floor(y / scale) - border;
      const inside = column >= 0 && row >= 0 && column < size && row < size;
      if (inside && isDark(column, row)) pixels.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
    }
  }
  return jsQR(pixels, width, width)?.data ?? null;
}
