//! Session controls: how recent proofs have to be, and nothing else that is evaluated.

use serde_json::{Value, json};

use crate::conditional_access::{FrequencyOf, Period, SignInFrequency};
use crate::directory::walk::{Fault, Members, Walk};

pub(super) fn read(mut controls: Members<'_>, walk: &mut Walk) -> Option<SignInFrequency> {
    for (name, what) in [
        (
            "applicationEnforcedRestrictions",
            "restrictions that applications enforce",
        ),
        ("cloudAppSecurity", "cloud app security"),
        ("persistentBrowser", "persistent browser sessions"),
        ("secureSignInSession", "token protection"),
        ("globalSecureAccessFilteringProfile", "network access"),
    ] {
        let off = controls
            .peek(name)
            .and_then(|control| control.get("isEnabled"))
            .is_some_and(|enabled| *enabled == Value::Bool(false));
        if off {
            controls.keeps(&[name]);
        } else {
            controls.refuses(name, what, walk);
        }
    }
    controls.refuses(
        "continuousAccessEvaluation",
        "continuous access evaluation",
        walk,
    );
    if controls.flag("disableResilienceDefaults", walk) == Some(true) {
        walk.note(
            controls.at("disableResilienceDefaults"),
            "certauth has no resilience defaults, so this is always so",
        );
    }
    let frequency = controls
        .object("signInFrequency", walk)
        .and_then(|frequency| read_frequency(frequency, walk));
    controls.end(walk);
    frequency
}

fn read_frequency(mut frequency: Members<'_>, walk: &mut Walk) -> Option<SignInFrequency> {
    let before = walk.problems.len();
    let enabled = frequency.flag("isEnabled", walk).unwrap_or(true);
    let interval = frequency
        .word(
            "frequencyInterval",
            &[("timeBased", false), ("everyTime", true)],
            walk,
        )
        .unwrap_or(false);
    let of = frequency
        .word(
            "authenticationType",
            &[
                (
                    "primaryAndSecondaryAuthentication",
                    FrequencyOf::PrimaryAndSecondary,
                ),
                ("secondaryAuthentication", FrequencyOf::Secondary),
            ],
            walk,
        )
        .unwrap_or(FrequencyOf::PrimaryAndSecondary);
    let value = frequency.number("value", walk);
    let in_hours = frequency.word("type", &[("hours", true), ("days", false)], walk);
    let path = frequency.at("value");
    frequency.end(walk);
    if !enabled {
        return None;
    }
    let period = match (interval, value, in_hours) {
        (true, _, _) => Period::EveryTime,
        (false, Some(hours), Some(true)) if hours > 0 => Period::Hours(hours),
        (false, Some(days), Some(false)) if days > 0 => Period::Days(days),
        (false, _, _) if walk.problems.len() > before => return None,
        (false, _, _) => {
            walk.refuse(
                path,
                Fault::Wrong("a frequency is a number above 0, and hours or days".into()),
            );
            return None;
        }
    };
    Some(SignInFrequency { period, of })
}

pub(super) fn write_frequency(frequency: SignInFrequency) -> Value {
    let of = match frequency.of {
        FrequencyOf::PrimaryAndSecondary => "primaryAndSecondaryAuthentication",
        FrequencyOf::Secondary => "secondaryAuthentication",
    };
    let (value, unit, interval) = match frequency.period {
        Period::Hours(hours) => (Some(hours), Some("hours"), "timeBased"),
        Period::Days(days) => (Some(days), Some("days"), "timeBased"),
        Period::EveryTime => (None, None, "everyTime"),
    };
    json!({
        "value": value,
        "type": unit,
        "authenticationType": of,
        "frequencyInterval": interval,
        "isEnabled": true,
    })
}
