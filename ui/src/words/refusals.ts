// What a server's refusal means to the person, by its code. The account side of a refusal is never
// told here: an unknown account and a certificate that matches none read the same.

/** A title that says what happened, and the next step. */
export interface Refusal {
  readonly title: string;
  readonly next: string;
}

/** The words for a code; one that is not known still says what to do. */
export function refusal(code: number): Refusal {
  return refusals.get(code) ?? unknown;
}

const ownerOfTheList = "Try again later; your administrator can see why in the sign-in log.";

const revoked: Refusal = {
  title: "This certificate was revoked",
  next: "Its issuer withdrew it. Choose another, or ask your service desk for a new one.",
};

const unavailableList: Refusal = {
  title: "The revocation list cannot be used",
  next: `Whether this certificate was revoked could not be found out. ${ownerOfTheList}`,
};

const secondFactor: Refusal = {
  title: "A second factor is needed",
  next: "One factor was proven, and this asks for two. Sign in again and give the second one.",
};

const noMatch: Refusal = {
  title: "This sign-in matches no account",
  next: "Check the username, or choose the certificate that was made for it.",
};

const ended: Refusal = {
  title: "This sign-in has ended",
  next: "It took too long, or it was started elsewhere. Start again here.",
};

const unknown: Refusal = {
  title: "The server refused this sign-in",
  next: "Try another way to sign in, or give your service desk the code and the correlation ID.",
};

const refusals: ReadonlyMap<number, Refusal> = new Map([
  [50012, unknown],
  [
    50017,
    {
      title: "This certificate was not accepted",
      next: "The server could not check its path. Choose another, or ask your service desk.",
    },
  ],
  [50034, noMatch],
  [
    50053,
    {
      title: "Too many tries",
      next: "Signing in is paused for a while. Try again later.",
    },
  ],
  [50057, noMatch],
  [50072, secondFactor],
  [50074, secondFactor],
  [50076, secondFactor],
  [50079, secondFactor],
  [50089, ended],
  [
    50105,
    {
      title: "This application is not open to you",
      next: "Ask your service desk for access, or open another one.",
    },
  ],
  [
    50126,
    {
      title: "The username or password was not right",
      next: "Check both and try again, or use another way to sign in.",
    },
  ],
  [
    50192,
    {
      title: "No certificate arrived",
      next:
        "The server asked for one and received none. Choose a certificate again; if that repeats, " +
        "something between this computer and the server may remove it.",
    },
  ],
  [
    53003,
    {
      title: "Your organisation does not allow this sign-in",
      next: "A rule for this application stops it. Ask your administrator which way is allowed.",
    },
  ],
  [54008, secondFactor],
  [90100, ended],
  [
    130501,
    {
      title: "Signing in with a certificate is not open to this account",
      next: "Use another way to sign in, or ask your administrator.",
    },
  ],
  [220501, unavailableList],
  [500171, revoked],
  [
    500172,
    {
      title: "This certificate is not valid today",
      next: "It has expired, or its time has not begun. Choose another, or ask your service desk for a new one.",
    },
  ],
  [
    500173,
    {
      title: "The revocation list could not be fetched",
      next: ownerOfTheList,
    },
  ],
  [
    500174,
    {
      title: "The revocation list cannot be read",
      next: ownerOfTheList,
    },
  ],
  [
    500175,
    {
      title: "A revocation list is missing",
      next: `One of the issuers of this certificate has none. ${ownerOfTheList}`,
    },
  ],
  [
    500176,
    {
      title: "The issuer of this certificate is not trusted here",
      next: "Choose a certificate that your organisation issued, or ask your service desk.",
    },
  ],
  [
    500177,
    {
      title: "A revocation list is set up by half",
      next: `Its changes are known, the list itself is not. ${ownerOfTheList}`,
    },
  ],
  [
    500178,
    {
      title: "Parts of the revocation list are missing",
      next: ownerOfTheList,
    },
  ],
  [
    500179,
    {
      title: "The revocation list took too long",
      next: ownerOfTheList,
    },
  ],
  [500183, revoked],
  [
    500187,
    {
      title: "This certificate is not strong enough here",
      next: "What you open asks for a stronger sign-in. Choose another certificate, or use another way.",
    },
  ],
  [
    500189,
    {
      title: "This certificate may not sign in this account",
      next: "Its issuer is set aside for other people. Choose another, or ask your administrator.",
    },
  ],
  [1001000, noMatch],
  [
    1001003,
    {
      title: "This certificate does not name you",
      next: "The server looks for a name that this certificate does not carry. Choose the certificate for sign-in.",
    },
  ],
  [2205011, unavailableList],
  [2205012, unavailableList],
  [2205013, unavailableList],
  [2205014, unavailableList],
  [
    2205015,
    {
      title: "The revocation list does not belong to this issuer",
      next: ownerOfTheList,
    },
  ],
  [7000214, revoked],
]);
