// SmartumPay: the customer pays first, at a venue and from a benefit, and then shows the receipt.

import { copyRow } from "../clipboard.js";
import { drawCode } from "../code.js";
import { element, keep, write } from "../dom.js";
import { minorOf, timeOfDay } from "../words.js";

const BENEFITS = {
  exercise: "Exercise",
  culture: "Culture",
  massage: "Massage",
  lunch: "Lunch",
  health: "Health",
  bike: "Bicycle",
  commuting: "Commuting",
};

const benefitName = (benefit) => BENEFITS[benefit] ?? benefit;

export const smartum = {
  id: "smartum",
  provider: "smartum",
  name: "SmartumPay",
  words: {
    approve: "Pay",
    reject: "Cancel",
    ignore: "Not now",
    waiting: "Purchases in web shops",
    history: "Receipts",
    empty: "No receipts yet. Pay above, then show the receipt at the till.",
    asked: "Paid at",
  },
  outcomes: {
    waiting: ["Web shop", "The shop's page has sent you here."],
    paid: ["Paid", "Show this to the cashier."],
    refunded: ["Refunded", "The money is back on your balance."],
  },

  read(answer) {
    const receipts = answer.history.map((receipt) => ({
      ...receipt,
      description: benefitName(receipt.description),
      captured: receipt.amount,
      isReceipt: true,
    }));
    const checkouts = answer.waiting.map((checkout) => ({ ...checkout, how: "push" }));
    return { requests: [...checkouts, ...receipts], codes: [] };
  },

  person: () => "My benefits",
  opens: (answer) => answer?.tx,

  home: {
    build: payForm,
    update: (form, answer) => {
      fillVenues(form, answer.venues);
      return true;
    },
  },

  /// The receipt: its code as large as the phone allows, and the same as text.
  sheet: {
    build: () => {
      const picture = element("div", { className: "code-picture receipt-picture" });
      const text = copyRow("receipt-text", "Receipt text");
      const transaction = copyRow("receipt-transaction", "Transaction id");
      const checked = element("p", { className: "receipt-checked" });
      return element("div", { className: "receipt-code" },
        picture, checked, text.row, transaction.row);
    },
    update: (node, request) => {
      node.hidden = !request.isReceipt;
      if (!request.isReceipt) return;
      const [picture, checked] = node.children;
      picture.hidden = !drawCode(picture, request.qr, "The receipt as a QR picture");
      const state = request.checked
        ? "The till has accepted this receipt."
        : "Not checked by a till yet.";
      const since = timeOfDay(request.created_ms, true);
      write(checked, request.refunded > 0 ? "" : `${state} ${since}`);
      fill(node.querySelector("#receipt-text"), request.qr);
      fill(node.querySelector("#receipt-transaction"), request.reference);
    },
  },
};

function fill(field, text) {
  if (field.value !== text) field.value = text;
}

function payForm(tools) {
  const field = (id, name, control) => element("p", { className: "field" },
    element("label", { for: id, textContent: name }), control);
  const venue = element("select", { id: "pay-venue" });
  const benefit = element("select", { id: "pay-benefit" });
  const amount = element("input", {
    id: "pay-sum", inputMode: "decimal", autocomplete: "off", required: true, placeholder: "12.50",
  });
  amount.pattern = "\\d{1,7}([.,]\\d{1,2})?";
  const form = element("form", { className: "pay-form" },
    element("h2", { textContent: "Pay" }),
    field("pay-venue", "Where", venue),
    field("pay-benefit", "From which benefit", benefit),
    field("pay-sum", "Amount in euros", amount),
    element("button", { type: "submit", className: "primary", textContent: "Pay now" }));
  venue.addEventListener("change", () => fillBenefits(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const minor = minorOf(amount.value);
    if (minor === null) return;
    const wanted = { venue: venue.value, benefit: benefit.value, amount: minor };
    const done = await tools.act("receipt", wanted);
    if (done) amount.value = "";
  });
  return form;
}

function fillVenues(form, venues) {
  const select = form.querySelector("#pay-venue");
  keep(select, venues, ({ id }) => id, ({ id }) => element("option", { value: id }),
    (option, { name, benefits }) => {
      option.dataset.benefits = benefits.join(" ");
      write(option, name);
    });
  fillBenefits(form);
}

/// Each venue takes some benefits only.
function fillBenefits(form) {
  const [chosen] = form.querySelector("#pay-venue").selectedOptions;
  const benefits = (chosen?.dataset.benefits ?? "").split(" ").filter(Boolean);
  const option = (benefit) =>
    element("option", { value: benefit, textContent: benefitName(benefit) });
  keep(form.querySelector("#pay-benefit"), benefits, (benefit) => benefit, option, () => {});
}
