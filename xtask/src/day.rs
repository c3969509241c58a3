//! The scripted day of `cargo demo --auto`: who buys what, how each pays, what it has to come to.

use std::fmt::Write;
use std::time::Duration;

use payments::tender::State;
use serde_json::Value;

use crate::customer::{Act, Habit, Habits};
use crate::sandbox::Sandbox;

/// How long customers need to find their phones.
const CUSTOMERS_ACT_AFTER: Duration = Duration::from_millis(150);

/// One sale of the day.
pub struct Sale {
    pub name: &'static str,
    /// Profile, flow, what goes with it, amount; see `examples/c/day.c`.
    begin: &'static str,
    /// What the customer has paid before coming to the till, for the sandbox's act `receipt`.
    receipt: Option<&'static str>,
    /// The cashier's part.
    more: Option<&'static str>,
    act: Act,
    pub end: State,
    /// The power goes once the customer's receipt was accepted, before the till prints its own.
    pub cut_before_receipt: bool,
    /// The customer has paid, and rightly keeps the receipt.
    pub not_taken: bool,
}

/// What most sales are like; the rest differs from it.
const SALE: Sale = Sale {
    name: "",
    begin: "",
    receipt: None,
    more: None,
    act: Act::Approve,
    end: State::Paid,
    cut_before_receipt: false,
    not_taken: false,
};

/// Whose clocks run ahead comes last: other systems look at the time.
pub const SALES: [Sale; 27] = [
    Sale {
        name: "smartum-paid",
        begin: "smartum scan {code} 45.00",
        receipt: Some(r#"{"amount": 4500}"#),
        ..SALE
    },
    Sale {
        name: "smartum-part",
        begin: "smartum scan {code} 45.00",
        receipt: Some(r#"{"amount": 3000}"#),
        ..SALE
    },
    Sale {
        name: "smartum-forged",
        begin: "smartum scan {code} 60.00",
        receipt: Some(r#"{"amount": 6000, "tamper": "payload"}"#),
        end: State::Cancelled,
        ..SALE
    },
    Sale {
        name: "smartum-elsewhere",
        begin: "smartum scan {code} 20.00",
        receipt: Some(r#"{"amount": 2000, "venue": "ven_Sandbox0Other004"}"#),
        end: State::Cancelled,
        not_taken: true,
        ..SALE
    },
    Sale {
        name: "smartum-by-hand",
        begin: "smartum hand {tx} 18.00",
        receipt: Some(r#"{"amount": 1800}"#),
        ..SALE
    },
    Sale {
        name: "smartum-killed",
        begin: "smartum scan {code} 62.00",
        receipt: Some(r#"{"amount": 6200}"#),
        more: Some("printer smartum-killed 1500"),
        cut_before_receipt: true,
        ..SALE
    },
    Sale {
        name: "paymaster-screen",
        begin: "paymaster qr - 250.00",
        ..SALE
    },
    Sale {
        name: "paymaster-paper",
        begin: "paymaster-print qr - 1200.00",
        ..SALE
    },
    Sale {
        name: "paymaster-no",
        begin: "paymaster qr - 90.00",
        act: Act::Reject,
        end: State::Declined,
        ..SALE
    },
    Sale {
        name: "paymaster-left",
        begin: "paymaster qr - 75.00",
        more: Some("cancel paymaster-left 400"),
        act: Act::Ignore,
        end: State::Cancelled,
        ..SALE
    },
    Sale {
        name: "paymaster-killed",
        begin: "paymaster qr - 620.00",
        act: Act::ApproveWhileRegisterIsCut,
        ..SALE
    },
    Sale {
        name: "smartpay-link",
        begin: "smartpay qr - 75.90",
        ..SALE
    },
    Sale {
        name: "smartpay-again",
        begin: "smartpay qr - 120.00",
        act: Act::RejectThenApprove,
        ..SALE
    },
    // Links cannot be taken back: the view says so, and the ledger shows it.
    Sale {
        name: "smartpay-left",
        begin: "smartpay qr - 33.00",
        more: Some("cancel smartpay-left 400"),
        act: Act::Ignore,
        end: State::Cancelled,
        ..SALE
    },
    Sale {
        name: "smartpay-killed",
        begin: "smartpay qr - 64.00",
        act: Act::ApproveWhileRegisterIsCut,
        ..SALE
    },
    Sale {
        name: "mobilepay-plate",
        begin: "mobilepay plate - 65.00",
        act: Act::CheckIn,
        ..SALE
    },
    Sale {
        name: "mobilepay-screen",
        begin: "mobilepay qr - 149.00",
        ..SALE
    },
    Sale {
        name: "mobilepay-no",
        begin: "mobilepay phone 4798765432 310.00",
        act: Act::Reject,
        end: State::Declined,
        ..SALE
    },
    Sale {
        name: "mobilepay-killed",
        begin: "mobilepay qr - 520.00",
        act: Act::ApproveWhileRegisterIsCut,
        ..SALE
    },
    Sale {
        name: "vipps-push",
        begin: "vipps phone 4712345678 499.00",
        ..SALE
    },
    Sale {
        name: "vipps-qr",
        begin: "vipps qr - 129.00",
        ..SALE
    },
    Sale {
        name: "vipps-scan",
        begin: "vipps scan https://qr.vipps.no/p/sandbox-0003 75.50",
        ..SALE
    },
    Sale {
        name: "vipps-no",
        begin: "vipps phone 4798765432 250.00",
        act: Act::Reject,
        end: State::Declined,
        ..SALE
    },
    Sale {
        name: "vipps-left",
        begin: "vipps phone 4798765432 89.00",
        more: Some("cancel vipps-left 400"),
        act: Act::Ignore,
        end: State::Cancelled,
        ..SALE
    },
    Sale {
        name: "vipps-broken",
        begin: "vipps phone 4511223344 349.00",
        act: Act::ApproveWithLostAnswer,
        ..SALE
    },
    Sale {
        name: "vipps-killed",
        begin: "vipps phone 4712345678 620.00",
        act: Act::ApproveWhileRegisterIsCut,
        ..SALE
    },
    Sale {
        name: "vipps-expired",
        begin: "vipps phone 4798765432 180.00",
        act: Act::LetExpire,
        end: State::Expired,
        ..SALE
    },
];

/// Made before anybody's clock runs ahead.
const REFUNDS: &str = "\
refund smartum-back smartum-paid all
refund paymaster-back paymaster-screen 50.00
refund smartpay-back smartpay-link 25.90
refund mobilepay-back mobilepay-screen 49.00
refund vipps-part vipps-push 100.00
refund vipps-back vipps-scan all
";

pub fn habits() -> Habits {
    let habit = |sale: &Sale| Habit {
        act: sale.act,
        after: CUSTOMERS_ACT_AFTER,
    };
    let sales = SALES.iter();
    sales
        .map(|sale| (String::from(sale.name), habit(sale)))
        .collect()
}

/// How often the register is killed.
pub fn kill_count() -> usize {
    let is_cut = |sale: &&Sale| sale.act == Act::ApproveWhileRegisterIsCut;
    let killed = |sale: &&Sale| is_cut(sale) || sale.cut_before_receipt;
    SALES.iter().filter(killed).count()
}

/// The register's script. Whoever shows a receipt pays now, before the till knows of anything.
pub fn script(sandbox: &Sandbox) -> Result<String, String> {
    let mut script = String::from("lanes 1\ndraw-codes\nplate mobilepay till-01\n");
    for sale in &SALES {
        if sale.act == Act::LetExpire {
            script.push_str(REFUNDS);
        }
        let begin = match sale.receipt {
            Some(order) => shown(sandbox, sale.begin, order)?,
            None => String::from(sale.begin),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(script, "sale {} {begin}", sale.name);
        if let Some(more) = sale.more {
            let _ = writeln!(script, "{more}");
        }
    }
    Ok(script)
}

/// Puts in what the customer's phone shows.
pub fn shown(sandbox: &Sandbox, begin: &str, order: &str) -> Result<String, String> {
    let order: Value = serde_json::from_str(order).map_err(|error| format!("{order}: {error}"))?;
    let receipt = sandbox.act("smartum", "receipt", &order)?;
    let receipt = receipt.ok_or(format!("the customer could not pay {order}"))?;
    let word = |name: &str| receipt[name].as_str().unwrap_or_default();
    Ok(begin
        .replace("{code}", word("qr_text"))
        .replace("{tx}", word("tx")))
}
