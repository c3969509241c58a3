//! The operator: answers what no lane has answered, as the simulation's does.

use super::Run;
use super::till::View;
use payments::tender::{Choice, Choices, State};

impl Run<'_> {
    /// Answers what this view asks, if it asks anything.
    pub(super) fn help(&mut self, id: i64, view: &View) -> Result<(), String> {
        let Some(choice) = self.answer_to(id, view) else {
            return Ok(());
        };
        let (id, choice) = (id.to_string(), choice.number().to_string());
        if let Some(till) = self.till() {
            // Refused means not now: asked again a little later.
            let _ = till.call(&["resolve", &id, &choice, "Kim"])?;
        }
        Ok(())
    }

    fn answer_to(&mut self, id: i64, view: &View) -> Option<Choice> {
        let choices = view.seen.choices;
        let word = match view.seen.state {
            State::NeedsDecision => self.case.decision.as_str(),
            State::Paid if choices.contains(Choice::RingUp) => self.case.found.as_str(),
            State::WaitingForScan => "cancel",
            State::Completing if choices.contains(Choice::Cancel) => "cancel",
            _ => return None,
        };
        offered(choices, word).or_else(|| {
            let tries = self.retried.entry(id).or_default();
            *tries += 1;
            if *tries <= 3 {
                offered(choices, "retry")
            } else {
                offered(choices, "force-not-paid").or_else(|| offered(choices, "keep"))
            }
        })
    }
}

fn offered(choices: Choices, word: &str) -> Option<Choice> {
    let mut known = Choice::ALL.iter().copied();
    known.find(|it| it.key() == word && choices.contains(*it))
}
