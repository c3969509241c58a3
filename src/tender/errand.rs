//! Errands: asked of a provider beside payments, with an end but no money. What they find out is the
//! till's; only that they were asked, and how they ended, is a fact.

use super::{Choice, Choices, IllegalTransition, Kind, Reason, State};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErrandIntent {
    pub profile: String,
    pub kind: Kind,
    /// Unique, as every operation has a name of its own.
    pub name: String,
    pub begun_at: i64,
    /// After this it is over, whatever the provider says.
    pub until: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrandEnding {
    Done,
    Declined,
    Expired,
    Cancelled,
    Failed(Reason),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum ErrandEvent {
    ErrandBegun {
        intent: ErrandIntent,
    },
    ErrandEnded {
        ending: ErrandEnding,
        #[serde(default)]
        code: u32,
    },
}

impl ErrandEvent {
    pub fn name(&self) -> &'static str {
        match self {
            Self::ErrandBegun { .. } => "errand-begun",
            Self::ErrandEnded { .. } => "errand-ended",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Errand {
    pub intent: ErrandIntent,
    pub ending: Option<ErrandEnding>,
    pub provider_code: u32,
}

pub fn apply(errand: Option<Errand>, event: &ErrandEvent) -> Result<Errand, IllegalTransition> {
    let illegal = |standing| IllegalTransition {
        standing,
        event: event.name(),
    };
    match (errand, event) {
        (None, ErrandEvent::ErrandBegun { intent }) => Ok(Errand {
            intent: intent.clone(),
            ending: None,
            provider_code: 0,
        }),
        (Some(errand), ErrandEvent::ErrandEnded { ending, code }) if errand.ending.is_none() => {
            Ok(Errand {
                ending: Some(*ending),
                provider_code: *code,
                ..errand
            })
        }
        (None, _) => Err(illegal("nothing")),
        (Some(errand), _) if errand.ending.is_some() => Err(illegal("ended")),
        (Some(_), _) => Err(illegal("under-way")),
    }
}

impl Errand {
    pub fn state(&self, waits_for_customer: bool) -> State {
        match self.ending {
            None if waits_for_customer => State::WaitingForCustomer,
            None => State::Starting,
            Some(ErrandEnding::Done) => State::Done,
            Some(ErrandEnding::Declined) => State::Declined,
            Some(ErrandEnding::Expired) => State::Expired,
            Some(ErrandEnding::Cancelled) => State::Cancelled,
            Some(ErrandEnding::Failed(_)) => State::Failed,
        }
    }

    pub fn reason(&self) -> Reason {
        match self.ending {
            None | Some(ErrandEnding::Done) => Reason::None,
            Some(ErrandEnding::Declined) => Reason::CustomerRejected,
            Some(ErrandEnding::Expired) => Reason::WindowClosed,
            Some(ErrandEnding::Cancelled) => Reason::CancelledAtTill,
            Some(ErrandEnding::Failed(reason)) => reason,
        }
    }

    pub fn choices(&self) -> Choices {
        match self.ending {
            None => Choices::NONE.with(Choice::Cancel),
            Some(_) => Choices::NONE,
        }
    }
}
