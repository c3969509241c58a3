//! The sentences that the cashier and the customer read, in their language. One Fluent file per
//! language holds them; the host may replace any of them in its configuration.

mod amount;
mod select;

use crate::tender::Money;
use crate::tender::{Actor, Choice, Choices, Kind, Prompt, Reason, State};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use select::{FRAMES, Message, OTHERS, select};
use std::collections::BTreeMap;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

/// A view's text field holds 255 bytes; what is written here stays clear of that.
pub const TEXT_LEN_MAX: usize = 240;

/// The languages that the library speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    English,
    Finnish,
    Swedish,
    NorwegianBokmal,
    Danish,
    Russian,
}

impl Language {
    pub const ALL: &'static [Language] = &[
        Language::English,
        Language::Finnish,
        Language::Swedish,
        Language::NorwegianBokmal,
        Language::Danish,
        Language::Russian,
    ];

    /// Reads an ISO 639-1 code; `no` is read as Bokmål.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "no" => Some(Self::NorwegianBokmal),
            _ => Self::ALL
                .iter()
                .copied()
                .find(|language| language.code() == code),
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Finnish => "fi",
            Self::Swedish => "sv",
            Self::NorwegianBokmal => "nb",
            Self::Danish => "da",
            Self::Russian => "ru",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("en.ftl"),
            Self::Finnish => include_str!("fi.ftl"),
            Self::Swedish => include_str!("sv.ftl"),
            Self::NorwegianBokmal => include_str!("nb.ftl"),
            Self::Danish => include_str!("da.ftl"),
            Self::Russian => include_str!("ru.ftl"),
        }
    }
}

/// What there is to tell about an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Situation {
    pub kind: Kind,
    pub state: State,
    pub reason: Reason,
    pub prompt: Prompt,
    pub choices: Choices,
    pub goods_may_leave: bool,
    /// Of this operation: what the tender asks for, or what the refund gives back.
    pub amount: Money,
    /// In minor units of the amount's currency; 0 where it is not told.
    pub captured: i64,
    pub refunded: i64,
    pub cancelled_by: Actor,
}

/// A word of the vocabularies that the till sees. Each has a text for the cashier, a text for the
/// customer, an action and a short code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    State(State),
    Reason(Reason),
    Prompt(Prompt),
    /// Its label is the action.
    Choice(Choice),
}

impl Word {
    /// For the phone call to support: a letter for the vocabulary, then the C constant's number.
    pub fn short_code(self) -> String {
        let (letter, number) = match self {
            Self::State(state) => ('S', state.number()),
            Self::Reason(reason) => ('P', reason.number()),
            Self::Prompt(prompt) => ('A', prompt.number()),
            Self::Choice(choice) => ('C', choice.number()),
        };
        format!("{letter}{number:03}")
    }
}

/// Why the host's own texts could not be used. The key is the one in the host's configuration.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TextError {
    #[error("there was no text named '{key}'; the nearest name is '{nearest}'")]
    UnknownKey { key: String, nearest: String },
    #[error("the text '{key}' could not be read: {problem}")]
    Unreadable { key: String, problem: String },
    #[error("the text '{key}' was {len} bytes long once filled in; shorten it to {TEXT_LEN_MAX}")]
    TooLong { key: String, len: usize },
}

/// All texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// `overrides` replaces texts of the language, each by one line of Fluent under its name, such
    /// as `reason-network-down.cashier`.
    pub fn new(
        language: Language,
        overrides: &BTreeMap<String, String>,
    ) -> Result<Texts, TextError> {
        let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Direction marks would show as boxes on many tills.
        bundle.set_use_isolating(false);
        // The tests hold the files to be free of errors.
        let resource = FluentResource::try_new(language.source().to_owned())
            .unwrap_or_else(|(readable, _)| readable);
        bundle.add_resource_overriding(resource);
        let mut texts = Self { language, bundle };
        for (key, text) in overrides {
            texts.replace(key, text)?;
        }
        Ok(texts)
    }

    /// What the cashier should know and do.
    pub fn cashier(&self, situation: &Situation) -> String {
        let selection = select(situation);
        let mut arguments = self.arguments(situation);
        let text = self.fill(&of_cashier(&selection.message.key()), &arguments);
        let Some(frame) = selection.frame else {
            return text;
        };
        let cause = self.fill(&Message::Reason(situation.reason).key(), &arguments);
        arguments.set("text", text.as_str());
        arguments.set("cause", cause);
        let framed = self.fill(frame, &arguments);
        // A cause too many is left out rather than cut off in the view.
        if framed.len() <= TEXT_LEN_MAX {
            framed
        } else {
            text
        }
    }

    /// What the customer should know and do; nothing about the shop's troubles.
    pub fn customer(&self, situation: &Situation) -> String {
        let key = of_customer(&select(situation).message.key());
        self.fill(&key, &self.arguments(situation))
    }

    /// What the cashier should do, in a few words: the end of [`Texts::cashier`] by itself.
    pub fn action(&self, situation: &Situation) -> String {
        let key = of_action(&select(situation).message.key());
        self.fill(&key, &self.arguments(situation))
    }

    /// The label of a button.
    pub fn choice(&self, choice: Choice) -> String {
        self.fill(&Message::Choice(choice).key(), &FluentArgs::new())
    }

    /// What the button does, for the cashier who is about to press it.
    pub fn choice_for_cashier(&self, choice: Choice) -> String {
        self.fill(
            &of_cashier(&Message::Choice(choice).key()),
            &FluentArgs::new(),
        )
    }

    /// What the customer is told once it is pressed.
    pub fn choice_for_customer(&self, choice: Choice) -> String {
        self.fill(
            &of_customer(&Message::Choice(choice).key()),
            &FluentArgs::new(),
        )
    }

    /// Every name that a text can have in the host's configuration.
    pub fn keys() -> Vec<String> {
        let states = State::ALL.iter().map(|state| Message::State(*state));
        let prompts = Prompt::ALL.iter().filter(|prompt| **prompt != Prompt::None);
        let reasons = Reason::ALL.iter().filter(|reason| **reason != Reason::None);
        let spoken = states
            .chain(prompts.map(|prompt| Message::Prompt(*prompt)))
            .chain(reasons.clone().map(|reason| Message::Reason(*reason)))
            .chain(OTHERS.iter().map(|key| Message::Other(key)));
        let short = reasons.map(|reason| Message::Reason(*reason));
        let choices = Choice::ALL.iter().map(|choice| Message::Choice(*choice));
        let whole = short.chain(FRAMES.iter().map(|key| Message::Other(key)));
        spoken
            .map(Message::key)
            .flat_map(|key| [of_cashier(&key), of_customer(&key), of_action(&key)])
            .chain(whole.map(Message::key))
            .chain(
                choices
                    .map(Message::key)
                    .flat_map(|key| [of_cashier(&key), of_customer(&key), key]),
            )
            .collect()
    }

    fn arguments(&self, situation: &Situation) -> FluentArgs<'static> {
        let whole = situation.amount;
        let paid = if situation.captured > 0 {
            situation.captured
        } else {
            whole.minor
        };
        let rest = whole.minor.saturating_sub(paid).max(0);
        let amounts = [
            ("amount", whole.minor),
            ("paid", paid),
            ("rest", rest),
            ("refunded", situation.refunded),
        ];
        let mut arguments = FluentArgs::new();
        for (name, minor) in amounts {
            let text = amount::format(Money::new(minor, whole.currency), self.language);
            arguments.set(name, text);
        }
        arguments
    }

    /// Fills the text named `key`, which is a message or, after a point, one of its attributes.
    fn fill(&self, key: &str, arguments: &FluentArgs<'_>) -> String {
        self.fill_checked(key, arguments)
            .unwrap_or_else(|partly| partly)
    }

    /// On an error, what can be shown all the same.
    fn fill_checked(&self, key: &str, arguments: &FluentArgs<'_>) -> Result<String, String> {
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        let own = self
            .bundle
            .get_message(&own_id(key))
            .and_then(|message| message.value());
        let pattern = own.or_else(|| {
            let message = self.bundle.get_message(id)?;
            match attribute {
                Some(name) => Some(message.get_attribute(name)?.value()),
                None => message.value(),
            }
        });
        let mut problems = Vec::new();
        let text = match pattern {
            Some(pattern) => self
                .bundle
                .format_pattern(pattern, Some(arguments), &mut problems),
            None => return Err(key.to_owned()),
        };
        let text = amount::merge_points(text.into_owned());
        if problems.is_empty() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    /// Puts the host's text in front of the language's own and tries it out with large amounts.
    fn replace(&mut self, key: &str, text: &str) -> Result<(), TextError> {
        let keys = Self::keys();
        if !keys.iter().any(|known| known == key) {
            let likeness = |known: &&String| strsim::damerau_levenshtein(known, key);
            let nearest = keys
                .iter()
                .min_by_key(likeness)
                .cloned()
                .unwrap_or_default();
            return Err(TextError::UnknownKey {
                key: key.to_owned(),
                nearest,
            });
        }
        let unreadable = |problem: String| TextError::Unreadable {
            key: key.to_owned(),
            problem,
        };
        // A second line could begin another message.
        if text.trim().is_empty() || text.contains(['\n', '\r']) {
            return Err(unreadable(
                "it must be one line with something in it".to_owned(),
            ));
        }
        let source = format!("{} = {text}\n", own_id(key));
        let resource = FluentResource::try_new(source).map_err(|(_, errors)| {
            let list: Vec<String> = errors.iter().map(ToString::to_string).collect();
            unreadable(list.join("; "))
        })?;
        self.bundle.add_resource_overriding(resource);
        let filled = self
            .fill_checked(key, &self.sample_arguments(key))
            .map_err(|partly| {
                let names = names_allowed(key);
                unreadable(format!(
                    "it says '{partly}', but only {names} can be filled in here"
                ))
            })?;
        match filled.len() {
            0..=TEXT_LEN_MAX => Ok(()),
            len => Err(TextError::TooLong {
                key: key.to_owned(),
                len,
            }),
        }
    }

    fn sample_arguments(&self, key: &str) -> FluentArgs<'static> {
        let mut arguments = FluentArgs::new();
        if is_of_a_choice(key) {
            return arguments;
        }
        for name in ["amount", "paid", "rest", "refunded"] {
            arguments.set(name, "99 999 999,99 DKK");
        }
        if FRAMES.contains(&key) {
            arguments.set("text", "");
            arguments.set("cause", "");
        }
        arguments
    }
}

fn of_cashier(key: &str) -> String {
    format!("{key}.cashier")
}

fn of_customer(key: &str) -> String {
    format!("{key}.customer")
}

fn of_action(key: &str) -> String {
    format!("{key}.action")
}

/// Where the host's text for `key` is kept: beside the language's own, which stays whole.
fn own_id(key: &str) -> String {
    format!("own--{}", key.replace('.', "--"))
}

/// A button's texts stand alone: no amount is known to them.
fn is_of_a_choice(key: &str) -> bool {
    key.starts_with("choice-")
}

fn names_allowed(key: &str) -> &'static str {
    if is_of_a_choice(key) {
        "plain words"
    } else if FRAMES.contains(&key) {
        "{ $text }, { $cause }, { $amount }, { $paid }, { $rest } and { $refunded }"
    } else {
        "{ $amount }, { $paid }, { $rest } and { $refunded }"
    }
}

#[cfg(test)]
mod override_tests;
#[cfg(test)]
mod tests;
