// A till and a customer meet: payments are made through the imitated API of the real sandbox, and the
// customer answers by clicking and typing in a real browser. What counts at the end is the ledger.
// Here the customer has Vipps; the other apps are in wallets.test.mjs.
//
// Needs Chromium (apt-get install chromium), `npm ci` here, and `cargo build -p sandbox`; then `node --test`.
// SANDBOX_BIN and CHROMIUM_BIN name other binaries. UPDATE_SCREENSHOTS=1 also writes docs/phone*.png and
// needs pngquant.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DESKTOP, NARROW_SPACE, NO_BREAK_SPACE, PHONE, PICTURES, RECEIPT,
  ask, button, modify, money, noBarriers, open, page, pay, picture, push, read, scanned, sheet, text, till,
} from "./support.mjs";

// ---------------------------------------------------------------------------------------------------

for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  describe(`on a ${size}`, () => {
    test("a pushed request is approved, captured and refunded", async () => {
      const { number } = await open(viewport);
      const reference = await push(49900, { phoneNumber: number }, { receipt: RECEIPT });

      await sheet(reference).waitFor();
      assert.equal(await text("#sheet-merchant"), "Sandbox Shop");
      assert.equal(await text("#sheet-amount"), `NOK${NO_BREAK_SPACE}499.00`);
      assert.equal(await text("#sheet-description"), "Shop 1 till 1");
      assert.deepEqual((await page.locator("#receipt tbody tr").allInnerTexts()).map((row) => row.replace("\t", " | ")),
        ["Flat white × 2 | 118.00", "Cinnamon bun | 49.00", "Coffee beans, dark roast 500 g | 332.00"]);
      assert.match(await text("#countdown-words"), /^(10:00|9:5\d) left to answer$/);
      assert.match(await text("#announcement"), /New payment request: Sandbox Shop asks for NOK.499\.00, Shop 1 till 1/);
      assert.equal((await money(reference)).authorized, 0);

      await button("Approve").click();
      await sheet(reference, "approved").waitFor();
      assert.equal(await text("#sheet-state"), "Approved");
      assert.deepEqual(await money(reference), { state: "AUTHORIZED", authorized: 49900, captured: 0, cancelled: 0, refunded: 0 });

      assert.equal((await modify(reference, "capture", 49900)).status, 200);
      await page.getByText("Paid", { exact: true }).first().waitFor();
      assert.equal((await modify(reference, "refund", 10050)).status, 200);
      await page.getByText("Partly refunded", { exact: true }).waitFor();
      assert.match(await text("#facts"), /Refunded\s+NOK.100\.50/);
      assert.deepEqual(await money(reference), { state: "AUTHORIZED", authorized: 49900, captured: 49900, cancelled: 0, refunded: 10050 });

      if (viewport === DESKTOP) {
        const cells = page.locator(`#ledger tr[data-reference="${reference}"] td`);
        assert.deepEqual((await cells.allInnerTexts()).slice(1, 7), [`NOK${NO_BREAK_SPACE}499.00`, "499.00", "499.00", "–", "100.50", "authorized"]);
      }
      await button("Done").click();
      const row = page.locator("#history > li").first();
      assert.match(await row.innerText(), /NOK.100\.50 refunded/);
      assert.equal((await modify(reference, "refund", 39850)).status, 200);
      await row.getByText("Refunded", { exact: true }).waitFor();
    });

    test("a code on the till's screen is scanned and rejected", async () => {
      await open(viewport);
      const payment = await pay(21900, { userFlow: "QR", qrFormat: { format: "TEXT/TARGETURL" }, paymentDescription: "Order 88" });
      assert.equal(payment.status, 201, JSON.stringify(payment.value));

      await page.getByRole("button", { name: /^Scan Order 88/ }).click();
      await sheet(payment.reference).waitFor();
      await button("Reject").click();
      await sheet(payment.reference, "rejected").waitFor();
      assert.deepEqual(await money(payment.reference), { state: "ABORTED", authorized: 0, captured: 0, cancelled: 0, refunded: 0 });
    });

    test("is without barriers, light and dark", async () => {
      for (const colorScheme of ["light", "dark"]) {
        const { number } = await open(viewport, { customer: 1, colorScheme });
        const reference = await push(1250000, { phoneNumber: number }, { receipt: RECEIPT });
        await sheet(reference).waitFor();
        await noBarriers();
        await button("Reject").click();
        await button("Done").click();
        await noBarriers();
        if (viewport === PHONE) {
          await button("Behind the counter").click();
          await page.locator(`#ledger tr[data-reference="${reference}"]`).waitFor();
          await noBarriers();
        }
        await page.context().close();
      }
    });
  });
}

describe("the customer", () => {
  test("pays with a personal code that a scanner can read", async () => {
    const me = await open(PHONE);
    assert.equal(await scanned("#code-picture"), me.personal_qr);
    assert.equal(await page.locator("#code-text").inputValue(), me.personal_qr);

    const reference = await push(12345, { personalQr: me.personal_qr });
    await sheet(reference).waitFor();
    await button("Approve").click();
    await sheet(reference, "approved").waitFor();
    assert.equal((await money(reference)).authorized, 12345);
  });

  test("ignores a request, comes back to it, and needs no mouse", async () => {
    const { number } = await open(DESKTOP);
    const reference = await push(5000, { phoneNumber: number });
    await sheet(reference).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "sheet-title");
    await page.keyboard.press("Escape");
    await page.locator("#sheet").waitFor({ state: "hidden" });
    assert.equal((await money(reference)).state, "CREATED");
    await sleep(1500);
    assert.ok(await page.locator("#sheet").isHidden(), "an ignored request does not come back by itself");

    assert.ok(await page.locator(`#waiting > li[data-reference="${reference}"] button`).evaluate((row) => row === document.activeElement));
    await page.keyboard.press("Enter");
    await sheet(reference).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "approve");
    await page.keyboard.press("Enter");
    await sheet(reference, "approved").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "done");
    await page.keyboard.press("Enter");
    await page.locator("#sheet").waitFor({ state: "hidden" });
    assert.equal((await money(reference)).authorized, 5000);
  });

  test("loses the network and approves late", async () => {
    const { number } = await open(DESKTOP);
    await button("Lose network").click();
    const reference = await push(7000, { phoneNumber: number });
    await page.locator(`#ledger tr[data-reference="${reference}"]`).waitFor();
    await sleep(1500);
    assert.ok(await page.locator("#sheet").isHidden(), "nothing arrives without network");

    await button("Bring network back").click();
    await sheet(reference).waitFor();
    await page.getByLabel("Seconds to wait").fill("2");
    await button("Approve late").click();
    await page.getByText(/^Approves in 0:0[12]$/).waitFor();
    await button("Lose network").click();
    assert.ok(await button("Approve").isDisabled());
    assert.ok(await button("Reject").isDisabled());
    await page.getByText("Approves when the network is back").waitFor();
    assert.equal((await money(reference)).authorized, 0);
    await button("Bring network back").click();
    await sheet(reference, "approved").waitFor();
    assert.equal((await money(reference)).authorized, 7000);
  });

  test("sees that the shop has cancelled", async () => {
    const { number } = await open(PHONE);
    const reference = await push(8000, { phoneNumber: number });
    await sheet(reference).waitFor();
    assert.equal((await till("POST", `/epayment/v1/payments/${reference}/cancel`, { cancelTransactionOnly: true })).status, 200);
    await sheet(reference, "cancelled").waitFor();
    assert.equal(await text("#sheet-state"), "Cancelled by the shop");
    assert.equal((await money(reference)).state, "TERMINATED");
  });

  test("is told what the bank says", async () => {
    const { number } = await open(PHONE);
    // Magic amounts of the provider's test environment: refused by the bank, and not answered for an hour.
    const refused = await push(151, { phoneNumber: number });
    await sheet(refused).waitFor();
    await button("Approve").click();
    await page.getByText("Your bank refused.").waitFor();
    await button("Reject").click();
    await sheet(refused, "rejected").waitFor();
    assert.equal((await money(refused)).authorized, 0);

    const unsure = await push(201, { phoneNumber: number });
    await sheet(unsure).waitFor();
    await button("Approve").click();
    await sheet(unsure, "authorizing").waitFor();
    assert.equal(await text("#sheet-state"), "Asking your bank");
    await ask("POST", "/_sandbox/clock", { body: { advance_ms: 3_660_000 } });
    await sheet(unsure, "approved").waitFor();
    assert.equal((await money(unsure)).authorized, 201);
  });

  test("does not get the requests of somebody else", async () => {
    await open(PHONE);
    const { value: phones } = await ask("GET", "/_sandbox/phones");
    const reference = await push(9000, { phoneNumber: phones[1].number });
    await sleep(1500);
    assert.ok(await page.locator("#sheet").isHidden());
    await page.getByLabel(/customer/).selectOption(phones[1].number);
    await sheet(reference).waitFor();
    assert.match(page.url(), new RegExp(`#vipps/${phones[1].number}$`));
    await button("Reject").click();
    await sheet(reference, "rejected").waitFor();
  });

  test("is told when the approval comes too late", async () => {
    const { number } = await open(PHONE);
    const reference = await push(9900, { phoneNumber: number });
    await sheet(reference).waitFor();
    await page.route("**/_sandbox/wallets", (route) => route.abort());
    await ask("POST", "/_sandbox/payments/" + reference + "/reject", { body: {} });
    await button("Approve").click();
    await page.locator("#problem").waitFor();
    assert.notEqual((await text("#problem")).trim(), "");
    assert.equal((await money(reference)).state, "ABORTED");
  });
});

describe("the trainer", () => {
  test("breaks the network between till and provider", async () => {
    await open(DESKTOP);
    const qr = { userFlow: "QR", qrFormat: { format: "TEXT/TARGETURL" } };
    const earlier = await pay(1100, qr);
    await page.getByLabel("When the till calls").selectOption({ label: "create a payment" });
    await page.getByLabel("then", { exact: true }).selectOption({ label: "it happens, but the answer is an error" });
    await page.getByLabel("Status").fill("503");
    await button("Arm").click();
    await page.locator("#rules li").getByText("Vipps MobilePay, create a payment: done, but answer 503").waitFor();

    const cancelled = await till("POST", `/epayment/v1/payments/${earlier.reference}/cancel`, {});
    assert.equal(cancelled.status, 200, "only creating is broken");
    const payment = await pay(6600, qr);
    assert.equal(payment.status, 503);
    assert.equal((await money(payment.reference)).state, "CREATED");
    await page.locator("#rules li").getByText("used up").waitFor();
    await button("Clear all").click();
    await page.getByText("All calm").waitFor();
    const { value: codes } = await ask("GET", "/_sandbox/qr");
    await page.getByLabel("Or paste a code").fill(codes.find((code) => code.reference === payment.reference).qr);
    await page.keyboard.press("Enter");
    await sheet(payment.reference).waitFor();
    await button("Reject").click();
    await sheet(payment.reference, "rejected").waitFor();
  });

  test("every fault of the list is understood by the sandbox", async () => {
    await open(DESKTOP);
    const actions = await page.locator("#chaos-action option").allInnerTexts();
    await page.getByLabel("from call no.").fill("1000");
    for (const [place, action] of actions.entries()) {
      await page.getByLabel("then", { exact: true }).selectOption({ label: action });
      await button("Arm").click();
      await page.locator("#rules li").nth(place).waitFor();
    }
    await button("Clear all").click();
    await page.getByText("All calm").waitFor();
  });

  test("lets time pass until a request expires", async () => {
    const { number } = await open(DESKTOP);
    const reference = await push(3300, { phoneNumber: number });
    await sheet(reference).waitFor();
    await button("Advance 11 min").click();
    await sheet(reference, "expired").waitFor();
    assert.equal(await text("#sheet-state"), "Expired");
    assert.equal((await money(reference)).state, "EXPIRED");
  });
});

describe("the page itself", () => {
  test("cuts amounts as text", async () => {
    await open(PHONE);
    const cut = (minor, currency) => page.evaluate(async ([minor, currency]) => (await import("/words.js")).digits(minor, currency), [minor, currency]);
    assert.equal(await cut(0, "NOK"), "0.00");
    assert.equal(await cut(1, "DKK"), "0.01");
    assert.equal(await cut(100, "EUR"), "1.00");
    assert.equal(await cut(65_000_000, "NOK"), `650${NARROW_SPACE}000.00`);
    assert.equal(await cut(-12345, "EUR"), "\u2212123.45");
    assert.equal(await cut(Number.MAX_SAFE_INTEGER, "NOK"), `90${NARROW_SPACE}071${NARROW_SPACE}992${NARROW_SPACE}547${NARROW_SPACE}409.91`);
    assert.equal(await cut(1500, "JPY"), `1${NARROW_SPACE}500`);
  });

  test("draws codes of every length it claims", async () => {
    await open(PHONE);
    for (const length of [1, 14, 15, 26, 27, 42, 62, 84, 106, 122, 152, 180, 213, 214, 251, 287, 331, 500, 660, 900, 1370]) {
      const wanted = "https://example.test/".repeat(70).slice(0, length);
      const modules = await page.evaluate(async (wanted) => (await import("/qr.js")).qrModules(new TextEncoder().encode(wanted)), wanted);
      assert.equal(read(modules.length, (x, y) => modules[y][x]), wanted);
    }
    assert.equal(await page.evaluate(async () => (await import("/qr.js")).qrModules(new Uint8Array(1371))), null);
  });

  test("stops asking while nobody looks", async () => {
    await open(PHONE);
    let asked = 0;
    page.on("request", () => (asked += 1));
    const hide = (hidden) => page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await hide(true);
    await sleep(300);
    asked = 0;
    await sleep(2500);
    assert.equal(asked, 0);
    await hide(false);
    await sleep(2500);
    assert.ok(asked >= 2 && asked <= 4, `asked ${asked} times`);
  });
});

test("pictures for the documentation", { skip: !PICTURES }, async () => {
  const { number } = await open(DESKTOP);
  const approve = async (value, description) => {
    const reference = await push(value, { phoneNumber: number }, { paymentDescription: description });
    await ask("POST", `/_sandbox/payments/${reference}/approve`, { body: {} });
    return reference;
  };
  const lunch = await approve(12900, "Lunch, till 2");
  await modify(lunch, "capture", 12900);
  const boots = await approve(125000, "Hiking boots, till 1");
  await modify(boots, "capture", 125000);
  await modify(boots, "refund", 25000);
  const refused = await push(8900, { phoneNumber: number }, { paymentDescription: "Till 1" });
  await ask("POST", `/_sandbox/payments/${refused}/reject`, { body: {} });
  await pay(21900, { userFlow: "QR", qrFormat: { format: "TEXT/TARGETURL" }, paymentDescription: "Till 3, order 88" });
  const reference = await push(49900, { phoneNumber: number }, { receipt: RECEIPT });
  await sheet(reference).waitFor();
  await page.locator(`#ledger tr[data-reference="${reference}"]`).waitFor();
  await picture("phone-desktop.png");
  await page.context().close();
  await open(PHONE);
  await sheet(reference).waitFor();
  await picture("phone-mobile.png");
});
