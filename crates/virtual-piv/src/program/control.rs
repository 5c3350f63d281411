//! What `serve` is told to do to its card.

use serde_json::{Value, json};

use crate::{Alteration, Fault, FaultKind, Shared, Status, Touch, When};

/// What came of one line.
pub(super) enum Obeyed {
    Answer(Value),
    Quit,
}

/// Does what a line says; what it does not understand is answered and does nothing.
pub(super) fn obey(card: &Shared, line: &str) -> Obeyed {
    let words: Vec<&str> = line.split_whitespace().collect();
    let answer = match words.as_slice() {
        ["quit"] => return Obeyed::Quit,
        [] => Err("a line has a command; see `virtual-piv serve --help`".to_owned()),
        ["pull"] => {
            card.pull();
            Ok(json!({}))
        }
        ["insert"] => {
            card.insert();
            Ok(json!({}))
        }
        ["touch"] => Ok(json!({ "asked": card.touch() })),
        ["touch", how] => touch(how).map(|touch| {
            card.set_touch(touch);
            json!({})
        }),
        ["ignore"] => Ok(json!({ "asked": card.let_touch_time_out() })),
        ["speak"] => Ok(json!({ "silent": card.speak() })),
        ["tries", count] => number(count).and_then(|count| {
            let count = u8::try_from(count).map_err(|error| error.to_string())?;
            card.with(|card| card.leave_pin_tries(count));
            Ok(json!({ "left": card.with(|card| card.pin_tries()) }))
        }),
        ["log"] => Ok(log(card)),
        ["clear"] => {
            card.with(crate::Card::clear_log);
            Ok(json!({}))
        }
        ["disarm"] => Ok(json!({ "disarmed": card.disarm() })),
        ["fault", kind, when @ ..] => fault(kind, when).map(|fault| {
            card.arm(fault);
            json!({})
        }),
        [other, ..] => Err(format!("`{other}` is no command")),
    };
    let command = words.first().copied().unwrap_or_default();
    Obeyed::Answer(match answer {
        Ok(mut answer) => {
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("done".to_owned(), command.into());
            }
            answer
        }
        Err(reason) => json!({ "failed": command, "reason": reason }),
    })
}

fn touch(word: &str) -> Result<Touch, String> {
    match word {
        "at-once" => Ok(Touch::AtOnce),
        "when-told" => Ok(Touch::WhenTold),
        "never" => Ok(Touch::Never),
        _ => Err("a touch is at-once, when-told or never".to_owned()),
    }
}

fn log(card: &Shared) -> Value {
    card.with(|card| {
        let log = card.log();
        let instructions: serde_json::Map<String, Value> = log
            .totals()
            .iter()
            .map(|(instruction, total)| (format!("{instruction:02X}"), json!(total)))
            .collect();
        json!({ "whole": log.whole(), "instructions": instructions })
    })
}

fn fault(kind: &str, words: &[&str]) -> Result<Fault, String> {
    let mut when = When::next();
    for word in words {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` should be NAME=VALUE"))?;
        when = match name {
            "ins" => when.and_instruction(byte(value)?),
            "p1" => when.p1(byte(value)?),
            "p2" => when.p2(byte(value)?),
            "object" => {
                let tag = u32::from_str_radix(value, 16).map_err(|error| error.to_string())?;
                when.and_object(tag)
            }
            "after" => when.after(number(value)?),
            _ => return Err(format!("`{name}` is not ins, p1, p2, object or after")),
        };
    }
    Ok(when.fault(fault_kind(kind)?))
}

fn fault_kind(text: &str) -> Result<FaultKind, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let alter = |make: fn(usize) -> Alteration| number(value).map(|n| FaultKind::Alter(make(n)));
    match name {
        "removed" => Ok(FaultKind::Removed),
        "removed-afterwards" => Ok(FaultKind::RemovedAfterwards),
        "reset" => Ok(FaultKind::Reset),
        "foreign-select" => Ok(FaultKind::ForeignSelect),
        "silent" => Ok(FaultKind::Silent),
        "block-pin" => Ok(FaultKind::BlockPin),
        "status" => u16::from_str_radix(value, 16)
            .map(|status| FaultKind::Status(Status::new(status)))
            .map_err(|error| error.to_string()),
        "truncate" => alter(Alteration::Truncate),
        "claim-longer" => alter(Alteration::ClaimLonger),
        "append" => alter(Alteration::Append),
        "pieces" => alter(Alteration::Pieces),
        "ask-exactly" => Ok(FaultKind::Alter(Alteration::AskExactly)),
        _ => Err(format!("`{name}` is no fault")),
    }
}

fn byte(text: &str) -> Result<u8, String> {
    u8::from_str_radix(text, 16).map_err(|error| error.to_string())
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|error| format!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Card, Interruption};

    #[test]
    fn every_command_is_obeyed_or_explained() {
        let card = Card::builder().build().expect("a card").share();
        for (line, expected) in [
            ("pull", r#"{"done":"pull"}"#),
            ("insert", r#"{"done":"insert"}"#),
            ("touch", r#"{"asked":false,"done":"touch"}"#),
            ("touch when-told", r#"{"done":"touch"}"#),
            ("ignore", r#"{"asked":false,"done":"ignore"}"#),
            ("speak", r#"{"done":"speak","silent":false}"#),
            ("tries 1", r#"{"done":"tries","left":1}"#),
            ("fault removed ins=A4 after=1", r#"{"done":"fault"}"#),
            (
                "fault status=6985 ins=87 p1=07 p2=9A",
                r#"{"done":"fault"}"#,
            ),
            ("fault truncate=3 object=5FC105", r#"{"done":"fault"}"#),
            ("disarm", r#"{"disarmed":3,"done":"disarm"}"#),
            (
                "dance",
                r#"{"failed":"dance","reason":"`dance` is no command"}"#,
            ),
            (
                "fault dance",
                r#"{"failed":"fault","reason":"`dance` is no fault"}"#,
            ),
        ] {
            let Obeyed::Answer(answer) = obey(&card, line) else {
                panic!("{line} does not end anything");
            };
            assert_eq!(answer.to_string(), expected, "{line}");
        }
        assert!(matches!(obey(&card, "quit"), Obeyed::Quit));
    }

    #[test]
    fn a_fault_happens_where_the_line_says() {
        let card = Card::builder().build().expect("a card").share();
        obey(&card, "fault removed ins=A4 after=1");
        let select = [0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];
        assert!(card.transmit(&select).is_ok());
        assert!(card.transmit(&[0, 0x20, 0, 0x80]).is_ok());
        assert_eq!(card.transmit(&select), Err(Interruption::Removed));
        let Obeyed::Answer(log) = obey(&card, "log") else {
            panic!("a log does not end anything");
        };
        assert_eq!(log["instructions"]["A4"]["count"], 1);
        assert_eq!(log["whole"]["count"], 2);
    }
}
