//! The words that the till sees: states, reasons, prompts, choices. Their numbers are the C constants'
//! numbers; they are never changed and never reused, and each group leaves gaps.

use serde::{Deserialize, Serialize};

/// Declares a numbered vocabulary once: the enum, its number, its name for texts and its whole list.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $number:literal, $key:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_meta])* $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The number in the C header.
            pub const fn number(self) -> i32 {
                match self { $($name::$variant => $number,)* }
            }

            /// The key under which texts are found, and the name in the journal.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }

            pub fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }
        }
    };
}

vocabulary! {
    /// Where an operation stands, as the till sees it.
    State {
        Starting = 10, "starting";
        WaitingForScan = 20, "waiting-for-scan";
        WaitingForCustomer = 30, "waiting-for-customer";
        Completing = 40, "completing";
        Cancelling = 50, "cancelling";
        /// Money may have moved and it is not known: neither paid nor declined. Asking goes on.
        Unknown = 60, "unknown";
        NeedsDecision = 70, "needs-decision";
        Paid = 100, "paid";
        Declined = 110, "declined";
        Cancelled = 120, "cancelled";
        Expired = 130, "expired";
        /// Nothing was ever reserved or taken.
        Failed = 140, "failed";
        Refunded = 150, "refunded";
        ClosedByHand = 160, "closed-by-hand";
        /// An errand has brought what it was to find out.
        Done = 170, "done";
    }
}

impl State {
    /// Final states never turn into another on their own.
    pub const fn is_final(self) -> bool {
        self.number() >= 100
    }
}

vocabulary! {
    /// Why it stands there.
    Reason {
        None = 0, "none";
        CustomerRejected = 100, "customer-rejected";
        WindowClosed = 101, "window-closed";
        CancelledAtTill = 102, "cancelled-at-till";
        CancelledAtProvider = 103, "cancelled-at-provider";
        CustomerNotEligible = 104, "customer-not-eligible";
        FundsReleased = 105, "funds-released";
        /// Ended here, but the customer could still pay with the code that was shown.
        StillPayable = 106, "still-payable";
        /// The customer's bank or the provider's rules said no.
        PaymentDeclined = 107, "payment-declined";
        LateApproval = 120, "late-approval";
        FoundAfterRestart = 121, "found-after-restart";
        ClosedAsPaid = 122, "closed-as-paid";
        ClosedAsNotPaid = 123, "closed-as-not-paid";
        CaptureRefused = 124, "capture-refused";
        PartAlreadyRefunded = 125, "part-already-refunded";
        NotPaidInTime = 126, "not-paid-in-time";
        CancelFailed = 127, "cancel-failed";
        NetworkDown = 200, "network-down";
        NoAnswer = 201, "no-answer";
        ProviderBusy = 202, "provider-busy";
        ProviderError = 203, "provider-error";
        AnswerMismatch = 204, "answer-mismatch";
        StorageFailed = 205, "storage-failed";
        ProviderUndecided = 206, "provider-undecided";
        CredentialsRejected = 300, "credentials-rejected";
        PermissionMissing = 301, "permission-missing";
        PushNotAllowed = 302, "push-not-allowed";
        CurrencyNotAllowed = 303, "currency-not-allowed";
        MerchantSetup = 304, "merchant-setup";
        AmountTooSmall = 400, "amount-too-small";
        AmountInvalid = 401, "amount-invalid";
        PhoneInvalid = 402, "phone-invalid";
        ScanAgain = 403, "scan-again";
        RequestRefused = 404, "request-refused";
        PartialNotAllowed = 405, "partial-not-allowed";
        WrongState = 420, "wrong-state";
        ReferenceUnknown = 421, "reference-unknown";
        CapturePeriodOver = 422, "capture-period-over";
        CancelPeriodOver = 423, "cancel-period-over";
        RefundPeriodOver = 424, "refund-period-over";
        RefundTooLarge = 425, "refund-too-large";
        NothingToRefund = 426, "nothing-to-refund";
        CustomerAccountGone = 427, "customer-account-gone";
        AlreadyCancelled = 428, "already-cancelled";
        NotAReceipt = 430, "not-a-receipt";
        ReceiptDamaged = 431, "receipt-damaged";
        ScannerLayout = 432, "scanner-layout";
        ReceiptAlgorithm = 433, "receipt-algorithm";
        ReceiptKeyUnknown = 434, "receipt-key-unknown";
        ReceiptSignature = 435, "receipt-signature";
        ReceiptUnmapped = 436, "receipt-unmapped";
        ReceiptUnsigned = 437, "receipt-unsigned";
        ReceiptNotValid = 440, "receipt-not-valid";
        ReceiptWrongVenue = 441, "receipt-wrong-venue";
        ReceiptWrongBenefit = 442, "receipt-wrong-benefit";
        ReceiptTooOld = 443, "receipt-too-old";
        ReceiptFromFuture = 444, "receipt-from-future";
        ReceiptAmountZero = 445, "receipt-amount-zero";
        ReceiptExceedsDue = 446, "receipt-exceeds-due";
        ReceiptExceedsEligible = 447, "receipt-exceeds-eligible";
        ReceiptAlreadyUsed = 448, "receipt-already-used";
        ReceiptCurrency = 449, "receipt-currency";
        ReceiptNotExact = 450, "receipt-not-exact";
        /// Cancelled at the till; what the customer paid before can settle another sale.
        ReceiptReleased = 451, "receipt-released";
    }
}

vocabulary! {
    /// What the till should have the customer or the cashier do now.
    Prompt {
        None = 0, "none";
        Scan = 1, "scan";
        ShowQr = 2, "show-qr";
        PrintQr = 3, "print-qr";
        UsePlate = 4, "use-plate";
        CheckPhone = 5, "check-phone";
        Wait = 6, "wait";
    }
}

vocabulary! {
    /// Who decided.
    Actor {
        Nobody = 0, "nobody";
        Cashier = 1, "cashier";
        Customer = 2, "customer";
        Provider = 3, "provider";
        Policy = 4, "policy";
        Window = 5, "window";
    }
}

vocabulary! {
    /// How well the result is proven.
    Assurance {
        None = 0, "none";
        Manual = 1, "manual";
        OfflineSignature = 2, "offline-signature";
        ConfirmedOnline = 3, "confirmed-online";
    }
}

vocabulary! {
    /// What an operation is.
    Kind {
        Tender = 1, "tender";
        Refund = 2, "refund";
        CheckIn = 3, "check-in";
        Enrolment = 4, "enrolment";
        Registration = 5, "registration";
    }
}

impl Kind {
    /// Whether it moves no money.
    pub const fn is_errand(self) -> bool {
        matches!(self, Self::CheckIn | Self::Enrolment | Self::Registration)
    }
}

vocabulary! {
    /// An answer to what a view asks. In a view's mask, choice `n` is the bit `1 << n`.
    Choice {
        Retry = 0, "retry";
        Cancel = 1, "cancel";
        Refund = 2, "refund";
        RingUp = 3, "ring-up";
        Keep = 4, "keep";
        ForcePaid = 5, "force-paid";
        ForceNotPaid = 6, "force-not-paid";
    }
}

/// A set of choices.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Choices(u32);

impl Choices {
    pub const NONE: Choices = Choices(0);

    pub const fn with(self, choice: Choice) -> Self {
        Self(self.0 | (1 << choice.number()))
    }

    pub const fn without(self, choice: Choice) -> Self {
        Self(self.0 & !(1 << choice.number()))
    }

    pub const fn contains(self, choice: Choice) -> bool {
        self.0 & (1 << choice.number()) != 0
    }

    pub const fn mask(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_their_words() {
        for state in State::ALL {
            assert_eq!(State::from_number(state.number()), Some(*state));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::from_number(reason.number()), Some(*reason));
        }
        assert_eq!(State::from_number(0), None);
        assert_eq!(Choice::from_number(-1), None);
    }

    #[test]
    fn only_the_words_that_end_a_sale_are_final() {
        let open = State::ALL.iter().filter(|state| !state.is_final()).count();
        assert_eq!(open, 7);
        assert!(State::Refunded.is_final());
        assert!(!State::Unknown.is_final());
        assert!(!State::NeedsDecision.is_final());
    }
}
