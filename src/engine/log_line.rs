//! Log lines hold only numbers and words fixed at build time, so no input can reach a log.

use crate::tender::OperationId;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LogLevel {
    /// We suspect a mistake of ours or of the provider.
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub const fn number(self) -> i32 {
        match self {
            Self::Error => 1,
            Self::Warn => 2,
            Self::Info => 3,
            Self::Debug => 4,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogValue {
    Number(i64),
    Word(&'static str),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    pub level: LogLevel,
    pub event: &'static str,
    pub operation: Option<OperationId>,
    pub fields: Vec<(&'static str, LogValue)>,
}

impl LogLine {
    pub fn new(level: LogLevel, event: &'static str) -> Self {
        Self {
            level,
            event,
            operation: None,
            fields: Vec::new(),
        }
    }

    pub fn about(mut self, operation: OperationId) -> Self {
        self.operation = Some(operation);
        self
    }

    pub fn number(mut self, name: &'static str, value: i64) -> Self {
        self.fields.push((name, LogValue::Number(value)));
        self
    }

    pub fn word(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, LogValue::Word(value)));
        self
    }
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.event)?;
        if let Some(id) = self.operation {
            write!(f, " operation={}", id.get())?;
        }
        for (name, value) in &self.fields {
            match value {
                LogValue::Number(number) => write!(f, " {name}={number}")?,
                LogValue::Word(word) => write!(f, " {name}={word}")?,
            }
        }
        Ok(())
    }
}
