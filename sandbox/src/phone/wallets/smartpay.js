// SmartPay: a payment page in the browser of the customer's phone, behind a link or a code.

import { element } from "../dom.js";

export const smartpay = {
  id: "smartpay",
  provider: "smartpay",
  name: "SmartPay",
  scansFirst: true,
  words: {
    approve: "Pay",
    reject: "Get declined",
    ignore: "Close the page",
    waiting: "Open pages",
    history: "Visited",
    camera: "Scan a payment link",
    cameraEmpty: "No link in sight. They appear when a till shows one.",
    paste: "Or paste an address",
    scan: "Open",
    empty: "No page was opened yet.",
    declined: "The last attempt was declined. Try again, or leave.",
    left: (time) => `The link ends in ${time}`,
  },
  outcomes: {
    scanned: ["Payment page", "You opened the link."],
    pending: ["Waiting for the bank", "You paid. Nobody knows yet whether it worked."],
    declined: ["Payment page", "The last attempt was declined."],
    approved: ["Approved", "Reserved for the shop, not taken yet."],
    rejected: ["Declined", "The payment did not go through. Nothing was paid."],
    cancelled: ["Cancelled", "The shop took the payment back. Nothing was paid."],
    expired: ["Expired", "The page can no longer be used. Nothing was paid."],
  },

  /// A page that nobody has opened is not on the phone.
  read(answer, phone) {
    const all = [...answer.waiting, ...answer.history].map((page) => ({ ...page }));
    const hasBeenHere = ({ state, reference }) =>
      !["waiting", "expired", "cancelled"].includes(state) || phone.scanned.has(reference);
    const unopened = answer.waiting.filter(({ state }) => state === "waiting");
    return {
      requests: all.filter((page) => hasBeenHere(page) && page.state !== "waiting"),
      codes: unopened.map((page) => ({ ...page, label: page.description || page.reference })),
    };
  },

  scan(text, codes) {
    const page = codes.find(({ qr }) => qr === text);
    if (!page) return { said: "This address leads nowhere, or is open already." };
    const { reference } = page;
    return { act: "open", details: { reference }, opens: reference };
  },

  person: (request) => (request?.qr ? request.qr.replace(/^https?:\/\//, "") : "New tab"),

  /// The ways to pay, as such pages offer them; which one is chosen makes no difference here.
  sheet: {
    build: () => {
      const way = (value, words, note, checked) => element("label", { className: "way" },
        element("input", { type: "radio", name: "way", value, checked }),
        element("span", {}, words, element("small", { textContent: note })));
      return element("fieldset", { className: "ways" },
        element("legend", { textContent: "How do you want to pay?" }),
        way("card", "Card", "ends in 4242", true),
        way("bank", "Bank transfer", "at once, in your bank's app", false));
    },
    update: (ways, request) => {
      ways.hidden = !["opened", "declined"].includes(request.state);
    },
  },

  more: {
    build: (tools) => {
      const later = element("select", { id: "pending-then" },
        new Option("then it is paid", "pay"),
        new Option("then it is declined", "reject"),
        new Option("and nobody decides", "never"));
      const seconds = element("input", {
        id: "pending-seconds", type: "number", min: 1, max: 86400, value: 20, required: true,
      });
      const label = (id, words, className) =>
        element("label", { for: id, textContent: words, className });
      const form = element("form", { className: "late" },
        label("pending-seconds", "Bank takes, s", ""), seconds,
        label("pending-then", "And then", "unseen"), later,
        element("button", { type: "submit", textContent: "Pay, stay pending" }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const ends = later.value === "never" ? {} : { for_ms: seconds.valueAsNumber * 1000 };
        tools.act("pending", { ...ends, then: later.value });
      });
      const anew = element("button", { type: "button", textContent: "Start another attempt" });
      anew.addEventListener("click", () => tools.act("open", { anew: true }));
      return element("div", {}, form, anew);
    },
    update: (node, request) => {
      node.querySelector("form").hidden = request.state === "pending";
      node.lastElementChild.hidden = request.how !== "link" || request.state !== "opened";
    },
  },
};
