//! The questions of a sign-in, asked on a terminal.

use std::io;

use sign_in::intent::Intent;
use sign_in::view::{Method, Picker, PinPrompt, View};
use zeroize::Zeroizing;

use super::plan::{Question, SecretKind};
use crate::{screen, terminal, words};

/// What a person answered.
pub(crate) enum Reply {
    /// This account.
    Username { server: String, username: String },
    /// This way.
    Method(Method),
    /// This certificate.
    Certificate(String),
    /// Something that the conversation understands as it is.
    Tell(Intent),
    /// A secret.
    Secret(SecretKind, Zeroizing<String>),
    /// Nothing: the person wants to stop.
    Stop,
}

/// Asks, and asks again until the answer can be used.
pub(crate) async fn ask(question: Question, view: &View) -> io::Result<Reply> {
    match question {
        Question::Username { server } => {
            let typed = terminal::ask(words::ASK_USERNAME.to_owned()).await?;
            Ok(match typed.filter(|typed| !typed.is_empty()) {
                Some(username) => Reply::Username { server, username },
                None => Reply::Stop,
            })
        }
        Question::Method(methods) => method(&methods, view).await,
        Question::Certificate(picker) => certificate(&picker).await,
        Question::Pin(prompt) => pin(&prompt, view).await,
        Question::Password { instead } => {
            terminal::say(&screen::draw(view));
            let typed = terminal::ask_hidden(words::PASSWORD.to_owned()).await?;
            Ok(secret(SecretKind::Password, typed, instead))
        }
        Question::Code { instead } => {
            terminal::say(&screen::draw(view));
            let typed = terminal::ask(words::CODE.to_owned()).await?;
            let typed = typed.map(|code| code.replace(' ', ""));
            Ok(secret(SecretKind::Code, typed, instead))
        }
    }
}

async fn method(methods: &[Method], view: &View) -> io::Result<Reply> {
    terminal::say(&screen::draw(view));
    loop {
        let preset = (!methods.is_empty()).then_some(1);
        let Some(typed) = terminal::ask(words::number(preset)).await? else {
            return Ok(Reply::Stop);
        };
        if let Some(method) = chosen(&typed, preset).and_then(|number| methods.get(number - 1)) {
            return Ok(Reply::Method(*method));
        }
        terminal::say(words::NUMBER_AGAIN);
    }
}

async fn certificate(picker: &Picker) -> io::Result<Reply> {
    terminal::say(&screen::picker(picker));
    let rows = screen::rows(picker);
    let preset = screen::preset(picker);
    loop {
        let Some(typed) = terminal::ask(words::certificate_number(preset)).await? else {
            return Ok(Reply::Stop);
        };
        match typed.as_str() {
            "q" => return Ok(Reply::Stop),
            "r" => return Ok(Reply::Tell(Intent::LookAgain)),
            typed => {
                let row = chosen(typed, preset).and_then(|number| rows.get(number - 1));
                if let Some(row) = row.filter(|row| !row.gone) {
                    return Ok(Reply::Certificate(row.sha256.clone()));
                }
                terminal::say(words::NUMBER_AGAIN);
            }
        }
    }
}

async fn pin(prompt: &PinPrompt, view: &View) -> io::Result<Reply> {
    terminal::say(&screen::draw(view));
    loop {
        let prompt_words = words::ask_pin(&prompt.token.name, &prompt.certificate.name);
        let typed = terminal::ask_hidden(prompt_words)
            .await?
            .map(Zeroizing::new);
        let Some(typed) = typed.filter(|typed| !typed.is_empty()) else {
            return Ok(Reply::Stop);
        };
        let allowed = usize::from(prompt.shortest)..=usize::from(prompt.longest);
        let digits = typed.chars().all(|c| c.is_ascii_digit());
        if allowed.contains(&typed.len()) && (digits || !prompt.digits_only) {
            return Ok(Reply::Secret(SecretKind::Pin, typed));
        }
        terminal::say(&words::pin_shape(
            prompt.shortest,
            prompt.longest,
            prompt.digits_only,
        ));
    }
}

/// Takes a secret; an empty one means the other way, or the end where there is none.
fn secret(kind: SecretKind, typed: Option<String>, instead: Option<Method>) -> Reply {
    match (typed.map(Zeroizing::new), instead) {
        (Some(typed), _) if !typed.is_empty() => Reply::Secret(kind, typed),
        (Some(_), Some(method)) => Reply::Tell(Intent::AskFor { method }),
        (Some(_) | None, _) => Reply::Stop,
    }
}

/// Reads a number from one up; an empty answer means the preset one.
fn chosen(typed: &str, preset: Option<usize>) -> Option<usize> {
    if typed.is_empty() {
        preset
    } else {
        typed.parse().ok().filter(|number| *number > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn an_answer_is_a_number_from_one_up() {
        assert_eq!(chosen("", Some(2)), Some(2));
        assert_eq!(chosen("", None), None);
        assert_eq!(chosen("3", Some(1)), Some(3));
        assert_eq!(chosen("0", Some(1)), None);
        assert_eq!(chosen("x", Some(1)), None);
    }
}
