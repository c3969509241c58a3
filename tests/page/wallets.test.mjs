// The other apps on the customer's phone: MobilePay, SmartPay, PayMaster SBP and SmartumPay, and what only
// shows with all of them: which phone it is, the ledger of all providers, the troubles of each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DESKTOP, NO_BREAK_SPACE, PHONE, PICTURES, RECEIPT, SMALL,
  act, ask, browser, button, ledger, money, noBarriers, nothingOverflows, page, pay, picture, push, scanned, sheet,
  text, till, visit, wallet,
} from "./support.mjs";

const INGE = "4511223344";
const ADA = "4712345678";
const PLATE = "0a1b2c3d4e5f";
const SIZES = [["desktop", DESKTOP], ["phone", PHONE]];
const APPS = ["vipps", "mobilepay", "smartpay", "paymaster", "smartum"];

const approve = () => page.locator("#approve").click();
const reject = () => page.locator("#reject").click();
const scan = (name) => page.locator("#till-codes li", { hasText: name }).getByRole("button").click();
const behindTheCounter = async (viewport) => {
  if (viewport !== DESKTOP) await button("Behind the counter").click();
};

// ---------------------------------------------------------------------------------------------------
// Tills of the other providers

let count = 0;

async function smartpay(method, path, body) {
  const key = "5a9d0bb0-0000-4000-8000-0000000000aa:sandbox-authentication-key";
  const headers = {
    Authorization: `Basic ${Buffer.from(key).toString("base64")}`,
    "Content-Type": "application/json",
    "Accept-Language": "en-US",
    Origin: "https://shop.example",
    "User-Agent": "page-test/1",
  };
  const answer = await ask(method, path, { body, headers });
  assert.equal(answer.status, 200, JSON.stringify(answer.value));
  return answer.value;
}

const payer = (amount) => ({
  payment: { amount, currencyCode: "EUR", description: "Wiper blades" },
  billingAddress: { addressLine1: "Main street 1", city: "Paris", postCode: "75001", countryCode: "FR" },
  consumer: { firstName: "Walk-in", lastName: "Customer", emailAddress: "shop@dealer.example" },
});

async function link(amount) {
  count += 1;
  const reference = `LP-LINK${count}`;
  const lines = [{ lineNumber: 1, itemName: "Wiper", quantity: 1, grossAmount: amount }];
  const order = { externalOrderReference: reference, lines };
  const { id, paymentUrl } = await smartpay("POST", "/payment-links", { ...payer(amount), instantPayment: true, order });
  return { reference, id, url: paymentUrl };
}

async function paymaster(method, path, body) {
  count += 1;
  const headers = { Authorization: "Bearer sandbox-token", "Idempotency-Key": `page-test-${count}` };
  const answer = await ask(method, path, { body, headers });
  assert.equal(answer.status, 200, JSON.stringify(answer.value));
  return answer.value;
}

async function order(rubles, { plate } = {}) {
  count += 1;
  const reference = `LP-ORDER${count}`;
  const description = `Чек ${count} касса 4`;
  const expires = `${new Date(Date.now() + 600_000).toISOString().slice(0, 19)}Z`;
  const sticker = plate ? { stickerId: plate } : {};
  const { id, confirmation } = await paymaster("POST", "/api/v2/payments", {
    merchantId: "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f",
    invoice: { description, orderNo: reference, expires, params: { posId: "POS-1" } },
    amount: { value: rubles, currency: "RUB" },
    paymentData: { paymentMethod: "sbp", ...sticker },
  });
  return { reference, id, qr: confirmation.paymentUrl, description };
}

async function tillWithCode() {
  const made = await till("PUT", "/qr/v1/merchant-callback/till-01", { locationDescription: "Till 1" });
  assert.equal(made.status, 200, JSON.stringify(made.value));
  const hook = { url: "https://hooks.example.test/vipps", events: ["user.checked-in.v1"] };
  const registered = await till("POST", "/webhooks/v1/webhooks", hook);
  assert.ok(registered.status < 300, JSON.stringify(registered.value));
}

async function askToJoin(phone) {
  const response = await fetch(`${new URL(page.url()).origin}/vipps-login-ciba/api/backchannel/authentication`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from("sandbox-client:sandbox-secret").toString("base64")}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: `scope=openid%20name%20email&login_hint=urn%3Amsisdn%3A${phone}&binding_message=4MZ-CQ3`,
  });
  assert.equal(response.status, 200);
}

// ---------------------------------------------------------------------------------------------------

for (const [size, viewport] of SIZES) {
  describe(`on a ${size}`, () => {
    test("Vipps: the customer joins a club, or does not", async () => {
      await visit(viewport, `vipps/${ADA}`);
      const states = async () => (await wallet("vipps")).phones[0].enrolments.map(({ state }) => state).sort();
      await page.locator(`#wallet-vipps:checked`).waitFor({ state: "attached" });
      await askToJoin(ADA);
      await page.getByText("Join the club of Sandbox Shop?").waitFor();
      assert.match(await text(".enrolment"), /Name\s+E-mail address\s+Also at the till: 4MZ-CQ3/);
      await nothingOverflows();
      await noBarriers();
      await button("Share and join").click();
      await page.locator(".enrolment").waitFor({ state: "detached" });
      assert.deepEqual(await states(), ["accepted"]);
      await askToJoin(ADA);
      await button("No, thanks").click();
      await page.locator(".enrolment").waitFor({ state: "detached" });
      assert.deepEqual(await states(), ["accepted", "declined"]);
    });

    test("MobilePay: a check-in at the till's code, then a swipe, then a no", async () => {
      await tillWithCode();
      await visit(viewport, `mobilepay/${INGE}`);
      await scan("Till 1");
      await page.getByText("Checked in at Till 1.").waitFor();
      await behindTheCounter(viewport);
      assert.equal(await text("#received-url"), "https://hooks.example.test/vipps");
      assert.match(await page.locator("#received-headers").inputValue(), /^host: hooks\.example\.test$/m);
      assert.match(await page.locator("#received-headers").inputValue(), /^authorization: HMAC-SHA256 /m);
      const { customerToken, merchantQrId } = JSON.parse(await page.locator("#received-body").inputValue());
      assert.equal(merchantQrId, "till-01");
      await nothingOverflows();
      await noBarriers();
      if (viewport !== DESKTOP) await page.locator("#view-phone").click();

      const reference = await push(12900, { customerToken });
      await sheet(reference).waitFor();
      assert.equal(await text("#sheet-state"), "Ready to pay");
      await nothingOverflows();
      await button("Swipe to pay").click();
      await sheet(reference, "approved").waitFor();
      assert.deepEqual(await money(reference), { state: "AUTHORIZED", authorized: 12900, captured: 0, cancelled: 0, refunded: 0 });
      await button("Done").click();

      const refused = await push(9900, { phoneNumber: INGE });
      await sheet(refused).waitFor();
      await button("Decline").click();
      await sheet(refused, "rejected").waitFor();
      assert.equal((await money(refused)).state, "ABORTED");
    });

    test("SmartPay: a link is opened, declined, and paid at the second attempt", async () => {
      const { reference, url } = await link(10.99);
      await visit(viewport, "smartpay");
      await scan(url);
      await sheet(reference, "opened").waitFor();
      assert.equal(await text("#sheet-amount"), `EUR${NO_BREAK_SPACE}10.99`);
      assert.equal(await text("#person-name"), url.replace("http://", ""));
      await nothingOverflows();
      await reject();
      await sheet(reference, "declined").waitFor();
      assert.match(await text("#problem"), /last attempt was declined/);
      assert.deepEqual(await money(reference), { state: "AUTHORIZATION_DECLINED", authorized: 0, captured: 0, cancelled: 0, refunded: 0 });
      await approve();
      await sheet(reference, "approved").waitFor();
      assert.equal(await text("#sheet-state"), "Paid");
      assert.deepEqual(await money(reference), { state: "CAPTURED", authorized: 1099, captured: 1099, cancelled: 0, refunded: 0 });
      await nothingOverflows();
    });

    test("PayMaster: a code is paid, a plate is declined with a reason", async () => {
      const paid = await order(1999.5);
      const declined = await order(99, { plate: PLATE });
      await visit(viewport, "paymaster");
      await page.locator("#till-codes li").nth(1).waitFor();
      await nothingOverflows();
      await scan(paid.description);
      await sheet(paid.reference, "waiting").waitFor();
      assert.equal(await text("#approve"), "Оплатить Pay");
      await nothingOverflows();
      await approve();
      await sheet(paid.reference, "approved").waitFor();
      assert.match(await text("#sheet-state"), /^Оплачено/);
      assert.deepEqual(await money(paid.reference), { state: "Settled", authorized: 199950, captured: 199950, cancelled: 0, refunded: 0 });
      await page.locator("#done").click();

      await scan(`Plate ${PLATE}`);
      await sheet(declined.reference, "waiting").waitFor();
      await page.locator("#more summary").click();
      await page.getByLabel(/Причина отказа/).selectOption("InsufficientFunds");
      await nothingOverflows();
      await reject();
      await sheet(declined.reference, "rejected").waitFor();
      assert.equal((await money(declined.reference)).state, "Rejected");
      assert.equal((await paymaster("GET", `/api/v2/payments/${declined.id}`)).resultCode, "InsufficientFunds");
    });

    test("SmartumPay: a receipt is paid for, shown and refunded", async () => {
      await visit(viewport, "smartum");
      await page.getByLabel("Where").selectOption({ label: "Sandbox Spa" });
      assert.deepEqual(await page.getByLabel("From which benefit").locator("option").allInnerTexts(), ["Massage"]);
      await page.getByLabel("Amount in euros").fill("45,50");
      await nothingOverflows();
      await button("Pay now").click();
      await page.locator("#receipt-text").waitFor();
      const { history: [receipt] } = await wallet("smartum");
      assert.equal(receipt.amount, 4550);
      await sheet(receipt.reference, "paid").waitFor();
      assert.equal(await page.getByLabel("Receipt text", { exact: true }).inputValue(), receipt.qr);
      assert.equal(await page.getByLabel("Transaction id", { exact: true }).inputValue(), receipt.reference);
      assert.equal(await scanned(".receipt-picture"), receipt.qr);
      await nothingOverflows();
      assert.deepEqual(await money(receipt.reference), { state: "paid", authorized: 4550, captured: 4550, cancelled: 0, refunded: 0 });

      assert.equal((await act("smartum", "mark_checked", { tx: receipt.reference })).status, 200);
      await page.getByText("The till has accepted this receipt.").waitFor();
      assert.equal((await act("smartum", "refund_in_portal", { tx: receipt.reference })).status, 200);
      await page.locator("#sheet-state", { hasText: "Refunded" }).waitFor();
      await button("Done").click();
      await page.locator("#history > li").getByText("Refunded", { exact: true }).waitFor();
      assert.equal((await money(receipt.reference)).refunded, 4550);
    });
  });
}

describe("every app", () => {
  const somethingWaits = async () => {
    await tillWithCode();
    await order(250);
    await link(4);
    await act("smartum", "receipt", { amount: 1250 });
    await push(4900, { phoneNumber: ADA }, { receipt: RECEIPT });
    await push(5900, { phoneNumber: INGE });
  };

  test("fits the smallest phone", async () => {
    await somethingWaits();
    for (const app of APPS) {
      await visit(SMALL, app);
      await page.locator("#till-codes li, #sheet:not([hidden]), #history li").first().waitFor();
      await nothingOverflows();
      await button("Behind the counter").click();
      await page.locator("#ledger tr").first().waitFor();
      await nothingOverflows();
      await page.context().close();
    }
  });

  for (const [size, viewport] of SIZES) {
    test(`is without barriers on a ${size}, light and dark`, async () => {
      await somethingWaits();
      for (const [place, app] of APPS.slice(1).entries()) {
        await visit(viewport, app, { colorScheme: place % 2 === 0 ? "dark" : "light" });
        await page.locator("#till-codes li, #sheet:not([hidden]), #history li").first().waitFor();
        await noBarriers();
        if (app === "smartpay" || app === "paymaster") {
          await page.locator("#till-codes button").first().click();
          await page.locator("#more summary").click();
        } else if (app === "smartum") {
          await page.locator("#history button").first().click();
        }
        await page.locator("#sheet:not([hidden])").waitFor();
        for (const colorScheme of viewport === DESKTOP ? ["dark", "light"] : ["light"]) {
          await page.emulateMedia({ colorScheme });
          await noBarriers();
        }
        await page.context().close();
      }
    });
  }

  test("is chosen by keyboard, and says on the others that something waits", async () => {
    await somethingWaits();
    await visit(DESKTOP, `vipps/${ADA}`);
    await page.locator("#waiting-mobilepay").waitFor();
    assert.match(await text("#waiting-mobilepay"), /^1\s+waiting$/);
    await page.locator("#wallet-vipps").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator('#phone[data-wallet="mobilepay"]').waitFor();
    await page.locator("#sheet:not([hidden])").waitFor();
    assert.equal(await text("#sheet-amount"), `NOK${NO_BREAK_SPACE}59.00`);
    assert.match(page.url(), new RegExp(`#mobilepay/${INGE}$`));
    await page.keyboard.press("ArrowRight");
    await page.locator('#phone[data-wallet="smartpay"]').waitFor();
    assert.ok(await page.locator("#sheet").isHidden());
    await page.reload();
    await page.locator('#phone[data-wallet="smartpay"] #till-codes li').waitFor();
  });
});

describe("a customer of SmartPay", () => {
  test("pays, and the bank takes its time", async () => {
    const { reference } = await link(25);
    await visit(DESKTOP, "smartpay");
    await scan("Wiper blades");
    await sheet(reference, "opened").waitFor();
    await page.locator("#more summary").click();
    await page.getByLabel("Bank takes, s").fill("60");
    await button("Pay, stay pending").click();
    await sheet(reference, "pending").waitFor();
    assert.deepEqual(await money(reference), { state: "AUTHORIZATION_PENDING", authorized: 0, captured: 0, cancelled: 0, refunded: 0 });
    await button("Advance 1 min").click();
    await sheet(reference, "approved").waitFor();
    assert.equal((await money(reference)).captured, 2500);
  });

  test("leaves an attempt and starts another, later pays", async () => {
    const { reference, id, url } = await link(12);
    await visit(DESKTOP, "smartpay");
    await page.getByLabel("Or paste an address").fill(url);
    await page.keyboard.press("Enter");
    await sheet(reference, "opened").waitFor();
    const first = (await smartpay("GET", `/payment-links/${id}`)).transactionId;
    await page.locator("#more summary").click();
    await button("Start another attempt").click();
    await assert.doesNotReject(async () => {
      for (let tries = 0; (await smartpay("GET", `/payment-links/${id}`)).transactionId === first; tries++) {
        assert.ok(tries < 50, "no other attempt");
        await sleep(100);
      }
    });
    // The customer looks at something else, and the approval comes all the same.
    await page.getByLabel("Seconds to wait").fill("2");
    await button("Approve late").click();
    await page.locator("#wallet-vipps").check();
    await page.locator("#ledger tr .state", { hasText: "captured" }).waitFor();
    assert.equal((await money(reference)).captured, 1200);
    await page.locator("#wallet-smartpay").check();
    await page.locator("#history > li").getByText("Paid", { exact: true }).waitFor();
  });
});

describe("a customer of PayMaster", () => {
  test("pays less than was asked, and sees a refund", async () => {
    const { reference, id, qr } = await order(100);
    await visit(PHONE, "paymaster");
    await page.getByLabel(/Or paste a code/).fill(qr);
    await page.keyboard.press("Enter");
    await sheet(reference).waitFor();
    await page.locator("#more summary").click();
    await page.getByLabel(/Pay less/).fill("60 rubles");
    await approve();
    await page.locator("#problem", { hasText: "That is no amount." }).waitFor();
    assert.equal((await ledger(reference)).state, "Confirmation");
    await page.getByLabel(/Pay less/).fill("60");
    await approve();
    await sheet(reference, "approved").waitFor();
    assert.equal((await money(reference)).captured, 6000);
    await paymaster("POST", "/api/v2/refunds", { paymentId: id, amount: { value: 60, currency: "RUB" } });
    await page.locator("#sheet-state", { hasText: "Возвращено" }).waitFor();
  });

  test("is told that nothing waits behind a code", async () => {
    await visit(PHONE, "paymaster");
    await scan(`Plate ${PLATE}`);
    await page.locator("#notice", { hasText: "nothing waits behind this code" }).waitFor();
    assert.equal(await ledger("anything"), undefined);
  });
});

describe("a customer of SmartumPay", () => {
  const checkout = {
    venue: "ven_Sandbox0Gym00001", amount: 3000, benefit: "exercise", product_name: "Ten visits",
    success_url: "https://shop.example/ok", cancel_url: "https://shop.example/no", nonce: "n-1",
  };

  test("answers purchases in web shops", async () => {
    const buy = async () => {
      const { status, value } = await ask("POST", "/checkout", { body: checkout });
      assert.equal(status, 200, JSON.stringify(value));
      return value.data.url.split("/").at(-1);
    };
    await visit(PHONE, "smartum");
    const paid = await buy();
    await sheet(paid).waitFor();
    await button("Pay").click();
    await page.locator('#sheet[data-state="paid"]').waitFor();
    const { history: [receipt] } = await wallet("smartum");
    await sheet(receipt.reference, "paid").waitFor();
    assert.equal((await money(receipt.reference)).captured, 3000);
    await button("Done").click();
    const cancelled = await buy();
    await sheet(cancelled).waitFor();
    await button("Cancel").click();
    await page.locator("#sheet").waitFor({ state: "hidden" });
    assert.equal((await wallet("smartum")).waiting.length, 0);
  });

  test("is refused what the benefit does not pay for", async () => {
    await visit(PHONE, "smartum");
    await page.getByLabel("Where").selectOption({ label: "Sandbox Lunch" });
    await page.getByLabel("Amount in euros").fill("12,345");
    await button("Pay now").click();
    assert.equal((await wallet("smartum")).history.length, 0, "a third decimal is no amount");
  });
});

describe("the trainer", () => {
  test("filters the ledger by provider", async () => {
    const russian = await order(10);
    await act("smartum", "receipt", { amount: 800 });
    await visit(DESKTOP, "vipps");
    const rows = page.locator("#ledger tr");
    await rows.nth(1).waitFor();
    assert.equal(await rows.count(), 2);
    await page.getByLabel("Show").selectOption({ label: "PayMaster SBP" });
    await rows.nth(1).waitFor({ state: "detached" });
    assert.equal(await rows.first().getAttribute("data-reference"), russian.reference);
    assert.match(await rows.first().innerText(), /PayMaster SBP/);
    await page.getByLabel("Show").selectOption({ label: "SmartPay" });
    await page.locator("#ledger-empty").waitFor();
  });

  test("every trouble of every provider is understood by the sandbox", async () => {
    await visit(DESKTOP, "vipps");
    for (const app of ["vipps", "smartpay", "paymaster", "smartum"]) {
      await page.locator(`#wallet-${app}`).check();
      const troubles = page.locator("#scenarios button");
      const calls = await page.locator("#chaos-call option").allInnerTexts();
      assert.ok((await troubles.count()) >= 4 && calls.length >= 6, app);
      for (let place = 0; place < (await troubles.count()); place++) {
        await troubles.nth(place).click();
        await page.locator("#rules li").nth(place).waitFor();
      }
      for (const words of await page.locator("#rules li").allInnerTexts()) assert.match(words, /^[A-Z][A-Za-z ]+, [a-z]/);
      await button("Clear all").click();
      await page.getByText("All calm").waitFor();
    }
  });

  test("loses the answer about a receipt's refund", async () => {
    await visit(DESKTOP, "smartum");
    await act("smartum", "receipt", { amount: 1000 });
    await button("Refunded, but an error").click();
    await page.locator("#rules li").getByText("SmartumPay, refund: done, but answer 500").waitFor();
    const { history: [{ reference }] } = await wallet("smartum");
    const form = "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret";
    const { origin } = new URL(page.url());
    const tokenAnswer = await fetch(`${origin}/oauth/token`, {
      method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: form,
    });
    const { access_token: token } = await tokenAnswer.json();
    const refund = await ask("POST", `/transactions/${reference}/refund`, { body: {}, headers: { Authorization: `Bearer ${token}` } });
    assert.equal(refund.status, 500);
    assert.equal((await money(reference)).refunded, 1000);
  });
});

test("another site in the same browser reaches neither the phones nor the providers", async () => {
  const headers = { Origin: "https://evil.example.test", "Sec-Fetch-Site": "cross-site" };
  for (const path of ["/_sandbox/reset", "/_sandbox/wallets/smartum/receipt", "/checkout", "/payment-links"]) {
    assert.equal((await ask("POST", path, { body: {}, headers })).status, 403, path);
  }
});

test("pictures of all apps for the documentation", { skip: !PICTURES }, async () => {
  const viewport = { width: 1280, height: 860 };
  await tillWithCode();
  const receipt = (await act("smartum", "receipt", { amount: 1250, venue: "ven_Sandbox0Gym00001" })).value.tx;
  const plate = await order(1999.5, { plate: PLATE });
  const page1 = await link(48.9);
  await push(49900, { phoneNumber: ADA }, { receipt: RECEIPT });
  await pay(21900, { userFlow: "QR", qrFormat: { format: "TEXT/TARGETURL" }, paymentDescription: "Till 3, order 88" });
  assert.equal((await ask("POST", "/_sandbox/settings", { body: { market: "DKK" } })).status, 200);
  const coffee = await push(12900, { phoneNumber: INGE }, { amount: { currency: "DKK", value: 12900 }, paymentDescription: "Coffee and cake" });
  const phones = [];
  const shoot = async (place, ready) => {
    await visit(viewport, place);
    await ready();
    phones.push((await page.locator("#phone").screenshot({ omitBackground: true })).toString("base64"));
  };
  const close = () => page.context().close();
  await shoot(`vipps/${ADA}`, () => page.locator("#sheet:not([hidden])").waitFor());
  await close();
  await shoot(`mobilepay/${INGE}`, () => sheet(coffee).waitFor());
  await close();
  await shoot("smartpay", async () => {
    await scan(page1.url);
    await sheet(page1.reference).waitFor();
  });
  await approve();
  await sheet(page1.reference, "approved").waitFor();
  await close();
  await shoot("paymaster", async () => {
    await scan(`Plate ${PLATE}`);
    await sheet(plate.reference).waitFor();
  });
  await approve();
  await sheet(plate.reference, "approved").waitFor();
  await close();
  await shoot("smartum", async () => {
    await page.locator("#history button").first().click();
    await sheet(receipt).waitFor();
  });
  await close();

  await visit(viewport, `mobilepay/${INGE}`);
  await sheet(coffee).waitFor();
  await page.locator("#ledger tr").nth(4).waitFor();
  await picture("phones-desktop.png");

  assert.equal((await ask("POST", "/_sandbox/settings", { body: { market: "NOK" } })).status, 200);

  const wide = await browser.newPage({ viewport: { width: 2100, height: 820 } });
  const pictures = phones.map((phone) => `<img alt="" style="height:760px;border-radius:46px" src="data:image/png;base64,${phone}">`);
  const style = "display:inline-flex;gap:20px;padding:16px;background:#f4efe6";
  await wide.setContent(`<main style="${style}">${pictures.join("")}</main>`);
  await picture("phones.png", wide.locator("main"));
  await wide.close();
});
