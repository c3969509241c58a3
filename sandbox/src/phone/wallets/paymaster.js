// PayMaster SBP: the app of a Russian bank, which reads codes and plates of the payment system.
// Russian, with English beside it.

import { element, say } from "../dom.js";
import { minorOf } from "../words.js";

// Why a bank says no, in the service's words (section 4).
const REASONS = [
  ["CancelledByUser", "Клиент отказался", "Customer says no"],
  ["InsufficientFunds", "Недостаточно средств", "Not enough money"],
  ["TransactionDeclined", "Операция отклонена", "Declined"],
  ["IssuerUnavailable", "Банк недоступен", "Bank not available"],
  ["RejectedByFraud", "Подозрительная операция", "Suspected fraud"],
  ["BlockedAccount", "Счёт заблокирован", "Account blocked"],
  ["PaymentLimitExceeded", "Превышен лимит", "Over the limit"],
];

// Invented banks. Which one is chosen makes no difference here.
const BANKS = [
  ["Банк «Река»", "River Bank", "•• 4567"],
  ["Банк «Сосна»", "Pine Bank", "•• 0912"],
];

export const paymaster = {
  id: "paymaster",
  provider: "paymaster",
  name: "PayMaster SBP",
  scansFirst: true,
  words: {
    approve: ["Оплатить", "Pay"],
    reject: ["Отклонить", "Decline"],
    ignore: ["Не сейчас", "Not now"],
    done: ["Готово", "Done"],
    next: ["Следующий счёт", "Next request"],
    open: ["Ожидает", "Open"],
    waiting: ["Ожидают оплаты", "Waiting for you"],
    history: ["История", "Payments"],
    empty: ["Платежей пока нет.", "No payments yet."],
    camera: ["Оплата по QR", "Pay by QR"],
    cameraEmpty: ["Кода не видно.", "No code in sight."],
    scan: ["Сканировать", "Scan"],
    paste: ["Или вставьте код", "Or paste a code"],
    left: (time) => [`Осталось ${time}`, `${time} left`],
    over: ["Время вышло", "Time is up"],
    paid: ["Списано", "Paid"],
    refunded: ["Возвращено", "Refunded"],
    asked: ["Время счёта", "Asked at"],
    reference: ["Номер заказа", "Reference"],
  },
  outcomes: {
    scanned: [
      ["Счёт на оплату", "Payment request"],
      ["Вы отсканировали код.", "You scanned this code."],
    ],
    authorizing: [
      ["Платёж обрабатывается", "Being processed"],
      ["Банк ещё не ответил.", "The bank has not answered yet."],
    ],
    paid: [
      ["Оплачено", "Paid"],
      ["Деньги переведены магазину.", "The shop has the money."],
    ],
    partly: [
      ["Возвращена часть", "Partly refunded"],
      ["Магазин вернул часть денег.", "The shop gave a part back."],
    ],
    refunded: [
      ["Возвращено", "Refunded"],
      ["Магазин вернул деньги.", "The shop gave all of it back."],
    ],
    rejected: [
      ["Отклонено", "Declined"],
      ["Деньги не списаны.", "Nothing was paid."],
    ],
    expired: [
      ["Срок истёк", "Expired"],
      ["Деньги не списаны.", "Nothing was paid."],
    ],
    cancelled: [
      ["Отменено магазином", "Cancelled by the shop"],
      ["Деньги не списаны.", "Nothing was paid."],
    ],
  },

  /// The bank knows of a payment once its code was scanned; a plate has no code of its own.
  read(answer, phone) {
    const all = [...answer.waiting, ...answer.history].map((payment) =>
      ({ ...payment, captured: payment.paid, how: "scanned" }));
    const isKnown = ({ state, reference }) =>
      !["waiting", "expired", "cancelled"].includes(state) || phone.scanned.has(reference);
    const isCode = (payment) =>
      payment.state === "waiting" && !payment.sticker && !isKnown(payment);
    const codes = all.filter(isCode).map((payment) =>
      ({ ...payment, label: payment.description || payment.reference }));
    const plates = answer.plates.map((plate) =>
      ({ qr: plate.qr, id: plate.sticker, label: `Plate ${plate.sticker}`, isTill: true }));
    return { requests: all.filter(isKnown), codes: [...codes, ...plates] };
  },

  scan(text, codes) {
    const plate = codes.find((code) => code.isTill && (code.qr === text || code.id === text));
    if (plate) return { act: "scan_plate", details: { sticker: plate.id } };
    return { act: "scan", details: { qr: text } };
  },

  person: () => ["Мой банк", "My bank"],

  details: (verb) => {
    if (verb === "reject") return { result_code: document.getElementById("reason").value };
    const text = document.getElementById("pay-amount").value.trim();
    if (text === "") return {};
    const amount = minorOf(text);
    return amount === null ? null : { amount };
  },

  sheet: {
    build: () => {
      const account = ([russian, english, number], place) => {
        const name = element("span");
        say(name, [russian, english]);
        return element("label", { className: "way" },
          element("input", { type: "radio", name: "bank", value: place, checked: place === 0 }),
          name, element("small", { textContent: number }));
      };
      const legend = element("legend");
      say(legend, ["Счёт списания", "Pay from"]);
      return element("fieldset", { className: "ways" }, legend, ...BANKS.map(account));
    },
    update: (banks, request) => {
      banks.hidden = request.state !== "waiting";
    },
  },

  more: {
    build: () => {
      const field = (id, words, control) => {
        const label = element("label", { for: id });
        say(label, words);
        return element("div", { className: "late" }, label, control);
      };
      const options = REASONS.map(([code, russian, english]) =>
        new Option(`${russian} · ${english}`, code));
      const reasons = element("select", { id: "reason" }, ...options);
      const amount = element("input", { id: "pay-amount", inputMode: "decimal" });
      amount.autocomplete = "off";
      amount.pattern = "\\d{1,7}([.,]\\d{1,2})?";
      return element("div", {},
        field("reason", ["Причина отказа", "Why not"], reasons),
        field("pay-amount", ["Другая сумма", "Pay less"], amount));
    },
    update: (node, request) => {
      if (node.dataset.id === request.id) return;
      node.dataset.id = request.id;
      node.querySelector("#pay-amount").value = "";
      node.querySelector("#reason").selectedIndex = 0;
    },
  },
};
