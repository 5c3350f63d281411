//! What `lanyard --help` says.

pub(crate) const ABOUT: &str = "Signs in with the certificate of a smart card or security key";
pub(crate) const LONG_ABOUT: &str = "\
Signs in with the certificate of a smart card or security key, and keeps you signed in.

The key never leaves the card or token. The session is kept in the keyring of your desktop; \
scripts get short-lived access tokens from it with `lanyard token`.";
pub(crate) const EXAMPLES: &str = "\
Examples:
  Sign in, choosing the certificate from a list and typing the PIN:
    lanyard --server login.example sign-in --username lee@meridian.example

  See which certificates there are, and their fingerprints:
    lanyard list

  Sign in without a terminal, with one certificate and the PIN on descriptor 3:
    lanyard sign-in --username lee@meridian.example --certificate 3f2a…91 --pin-fd 3 3<pin.txt

  Call an API:
    curl --oauth2-bearer \"$(lanyard token --app travel)\" https://travel.example/api

  Find out what is wrong:
    lanyard doctor

Exit codes:
  0    signed in, or done
  1    refused by the server or the token; or `lanyard doctor` found a problem
  2    the command was not used as it should be
  3    the server or the token cannot be reached
  130  stopped with Ctrl-C, or by an empty answer

Settings are read from lanyard/settings.toml in your configuration folder.
A PIN, password or code is never an argument: others could read it.";

pub(crate) const SERVER: &str = "The server to sign in at, login.example or https://login.example";
pub(crate) const CA: &str =
    "A file with CA certificates that this server, and no other, is trusted by as well";
pub(crate) const MODULE: &str =
    "A PKCS #11 module beside those that the system knows; may be given again";
pub(crate) const USERNAME: &str = "Whose session, name@domain; the one used last if not given";
pub(crate) const JSON: &str = "Print JSON, for programs";

pub(crate) const LIST: &str = "Lists the certificates on the cards and tokens at hand";
pub(crate) const LIST_EXAMPLES: &str = "\
Nothing is unlocked and no PIN is asked for: certificates can be read without.

Examples:
  lanyard list
  lanyard list --json
  lanyard list --export - | certauth explain -
  lanyard list --export lee.pem --certificate 31c0…
  lanyard --module /usr/lib/softhsm/libsofthsm2.so list";
pub(crate) const LIST_EXPORT: &str =
    "Write the certificates in PEM to a new file, or to standard output with -";
pub(crate) const LIST_CERTIFICATE: &str = "Write this one alone, named by its SHA-256";
pub(crate) const SIGN_IN: &str = "Signs in";
pub(crate) const SIGN_IN_USERNAME: &str = "Who signs in, name@domain";
pub(crate) const SIGN_IN_CERTIFICATE: &str =
    "Send this certificate, named by its SHA-256, even if it does not fit";
pub(crate) const SIGN_IN_METHOD: &str = "The way to sign in";
pub(crate) const PIN_FD: &str = "Read the PIN from this file descriptor, up to the end of the line";
pub(crate) const PASSWORD_FD: &str = "Read the password from this file descriptor";
pub(crate) const CODE_FD: &str = "Read the one-time code from this file descriptor";
pub(crate) const SIGN_IN_EXAMPLES: &str = "\
On a terminal, whatever is not given is asked for. Without one, a missing option ends the command \
with its name. A secret from a descriptor is tried once; nothing is ever tried again by itself. \
A session that is kept already is gone on with, unless an option says how to sign in.

Examples:
  lanyard sign-in --username lee@meridian.example
  lanyard sign-in --username lee@meridian.example --certificate 3f2a…91 --pin-fd 3 3<pin.txt
  lanyard sign-in --username lee@meridian.example --password-fd 0 --json <secret.txt";
pub(crate) const NOT_A_FINGERPRINT: &str =
    "a SHA-256 fingerprint has 64 hexadecimal digits; `lanyard list` shows them";
pub(crate) const TOKEN: &str = "Prints an access token, for use in a script";
pub(crate) const TOKEN_APP: &str = "The application that the token is for, by its client_id";
pub(crate) const TOKEN_DPOP: &str =
    "Print a token bound to this device and the proof for one request (RFC 9449), as two headers";
pub(crate) const TOKEN_EXAMPLES: &str = "\
Without --dpop a Bearer token is printed, where the application's registration allows one.

Examples:
  curl --oauth2-bearer \"$(lanyard token --app travel)\" https://travel.example/api
  lanyard token --dpop GET https://login.example/me | curl -H @- https://login.example/me";
pub(crate) const WHOAMI: &str =
    "Says who is signed in, how, and until when; the server confirms it";
pub(crate) const SIGN_OUT: &str = "Signs out, here and at the server";
pub(crate) const DOCTOR: &str = "Looks for what is wrong, and says what to do";
pub(crate) const DOCTOR_USERNAME: &str = "Look at the organisation of this username";
pub(crate) const DOCTOR_EXAMPLES: &str = "\
Looks at the PKCS #11 modules, the tokens, the keyring and the server. It never asks for a PIN.

Examples:
  lanyard doctor
  lanyard --server login.example doctor --username lee@meridian.example --json";
