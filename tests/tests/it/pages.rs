//! The browser's face of a sign-in, with curl as the browser and OpenSSL's PKCS #11 engine as its
//! way to the token.

use anyhow::Result;
use journeys::curl::{Browser, Page};
use journeys::requires::Part;
use xtask::world::people::Credential;
use xtask::world::token::PIN;

use crate::place::Place;

#[test]
fn lee_signs_in_with_her_certificate_and_payroll_gets_its_code() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm, Part::Curl])? else {
        return Ok(());
    };
    let browser = place
        .browser("lee")?
        .with_certificate(place.world.token(), "Lee Park", PIN);
    let page = place.with_certificate(&browser, "payroll", "lee@meridian.example")?;
    assert!(
        page.url.contains("code=") && page.url.contains("iss="),
        "{}",
        page.url
    );

    let text = place.log()?;
    for wanted in [
        "Certificate: PrincipalName; User Attribute: userPrincipalName; Rank: 1",
        "multiFactorAuthentication",
        "interrupted",
        "success",
        &place.world.issued(Credential::Lee).serial,
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
    Ok(())
}

#[test]
fn sam_is_asked_for_her_password_by_payroll_and_not_by_the_handbook() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm, Part::Curl])? else {
        return Ok(());
    };
    let sam = || -> Result<Browser> {
        Ok(place
            .browser("sam")?
            .with_certificate(place.world.token(), "Sam Ortiz", PIN))
    };
    let page = place.with_certificate(&sam()?, "handbook", "sam@meridian.example")?;
    assert!(page.url.contains("code="), "{} {}", page.url, page.body);

    let browser =
        place
            .browser("sam-at-payroll")?
            .with_certificate(place.world.token(), "Sam Ortiz", PIN);
    let page = place.with_certificate(&browser, "payroll", "sam@meridian.example")?;
    assert_eq!(page.title(), "Enter your password");
    let password = &place.world.person("sam").password;
    let page = browser.submit(&page, &page.form("/password")?, &[("password", password)])?;
    assert!(page.url.contains("code="), "{} {}", page.url, page.body);
    Ok(())
}

#[test]
fn every_refusal_is_explained_on_a_page_with_its_code() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm, Part::Curl])? else {
        return Ok(());
    };
    let table = [
        (Credential::LeeExpired, "lee", "500172"),
        (Credential::LeeUntrusted, "lee", "500176"),
        (Credential::RobinRevoked, "robin", "500171"),
        (Credential::Stranger, "lee", "50034"),
        (Credential::Sam, "lee", "50034"),
    ];
    for (credential, user, code) in table {
        let browser = place.browser(&format!("{credential:?}"))?.with_certificate(
            place.world.token(),
            credential.label(),
            PIN,
        );
        let page =
            place.with_certificate(&browser, "handbook", &format!("{user}@meridian.example"))?;
        assert!(
            page.reads(code),
            "{credential:?}: {code} is not on\n{}",
            page.body
        );
        assert!(page.reads("Correlation ID") && page.reads("More details"));
        // Never a dead end: the password is still offered.
        page.form("/other").or_else(|_| page.form("/password"))?;
    }
    let without = place.browser("without")?;
    let page = place.with_certificate(&without, "handbook", "lee@meridian.example")?;
    assert!(page.reads("50192"), "{}", page.body);
    Ok(())
}

#[test]
fn a_password_signs_in_and_a_wrong_one_says_no_more_for_lee_than_for_nobody() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm, Part::Curl])? else {
        return Ok(());
    };
    let try_with = |name: &str, username: &str, password: &str| -> Result<Page> {
        let browser = place.browser(name)?;
        let page = place.password_page(&browser, "handbook", username)?;
        browser.submit(&page, &page.form("/password")?, &[("password", password)])
    };
    let right = &place.world.person("lee").password;
    let page = try_with("right", "lee@meridian.example", right)?;
    assert!(page.url.contains("code="), "{}", page.body);

    let wrong = try_with("wrong", "lee@meridian.example", "not this one")?;
    let nobody = try_with("nobody", "nobody@meridian.example", "not this one")?;
    let told = |page: &Page| {
        let problem = page
            .body
            .split("id=\"problem\">")
            .nth(1)
            .unwrap_or_default();
        problem.split('<').next().unwrap_or_default().to_owned()
    };
    assert!(!told(&wrong).is_empty(), "{}", wrong.body);
    assert_eq!(told(&wrong), told(&nobody));
    Ok(())
}

#[test]
fn a_ticket_opened_in_another_browser_ends_in_started_elsewhere() -> Result<()> {
    let Some(place) = Place::with(&[Part::SoftHsm, Part::Curl])? else {
        return Ok(());
    };
    // The attacker begins a sign-in and sends the link to the certauth host to Lee.
    let attacker = place.browser("attacker")?;
    let page = place.password_page(&attacker, "handbook", "lee@meridian.example")?;
    let sent = attacker.submit(&page, &page.form("/certificate")?, &[])?;
    // curl has followed the link already; the attacker begins again and stops before it.
    assert!(sent.reads("result_code"));

    let lee = place
        .browser("victim")?
        .with_certificate(place.world.token(), "Lee Park", PIN);
    let of_lee = lee.submit(&page, &page.form("/certificate")?, &[])?;
    assert!(
        !of_lee.reads("result_code"),
        "a journey is not another browser's to go on with"
    );

    // Lee's result code, redeemed by the attacker's browser.
    let own = place.password_page(&lee, "handbook", "lee@meridian.example")?;
    let proven = lee.submit(&own, &own.form("/certificate")?, &[])?;
    let form = proven.form("/signin/result")?;
    let stolen = attacker.submit(&proven, &form, &[])?;
    assert!(
        stolen.reads("started elsewhere"),
        "{} {}",
        stolen.status,
        stolen.body
    );
    assert!(!stolen.url.contains("code="));
    let log = place.log()?;
    assert!(log.to_lowercase().contains("elsewhere"), "{log}");
    Ok(())
}

/// The browser's side of a place.
impl Place {
    fn browser(&self, name: &str) -> Result<Browser> {
        Ok(Browser::new(
            &self.folder(name)?,
            self.world.pki().servers.certificate(),
        ))
    }

    fn password_page(&self, browser: &Browser, application: &str, username: &str) -> Result<Page> {
        let party = self.world.application(application);
        let authorize = format!(
            "{}/meridian.example/oauth2/v2.0/authorize?client_id={application}&response_type=code\
             &redirect_uri={}&scope=openid&state=s&nonce=n&code_challenge_method=S256\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            self.certauth.origin(),
            party.redirect_uri().replace(':', "%3A").replace('/', "%2F"),
        );
        let page = browser.open(&authorize)?;
        browser.submit(&page, &page.form("/username")?, &[("username", username)])
    }

    /// From the application to wherever the certificate leads.
    fn with_certificate(
        &self,
        browser: &Browser,
        application: &str,
        username: &str,
    ) -> Result<Page> {
        let page = self.password_page(browser, application, username)?;
        let page = browser.submit(&page, &page.form("/certificate")?, &[])?;
        browser.submit(&page, &page.form("/signin/result")?, &[])
    }
}
