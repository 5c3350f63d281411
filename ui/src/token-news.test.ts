import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { account, lee, leeSoft, picker, pulled, scene, softToken, yubikey } from "../tests/scenes";
import { TokenNews } from "./token-news";

let said: string[];
let news: TokenNews;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  news = new TokenNews((text) => said.push(text));
});

afterEach(() => {
  news.stop();
  vi.useRealTimers();
});

test("what is plugged in at the start is no news", () => {
  news.seen(scene(account, undefined, [yubikey]));
  vi.advanceTimersByTime(1000);
  expect(said).toEqual([]);
});

test("changes within half a second become one announcement", () => {
  news.seen(scene(account, undefined, [yubikey]));
  news.seen(scene(account, undefined, []));
  vi.advanceTimersByTime(400);
  news.seen(scene(account, undefined, [softToken]));
  vi.advanceTimersByTime(100);
  expect(said).toEqual(["Meridian demo added. YubiKey 5 NFC removed"]);
});

test("a token that is back within half a second is no news", () => {
  news.seen(scene(account, undefined, [yubikey]));
  news.seen(scene(account, undefined, []));
  news.seen(scene(account, undefined, [yubikey]));
  vi.advanceTimersByTime(1000);
  expect(said).toEqual([]);
});

test("tries that change do not make a token another one", () => {
  news.seen(scene(account, undefined, [yubikey]));
  news.seen(scene(account, undefined, [{ ...yubikey, triesLeft: 2 }]));
  vi.advanceTimersByTime(1000);
  expect(said).toEqual([]);
});

test("at the picker a token is told with its certificates, those that are gone left out", () => {
  news.seen(scene(pulled, undefined, [softToken]));
  const back = { token: yubikey, rows: [lee, leeSoft, { ...lee, gone: true }] };
  news.seen(scene({ ...picker, groups: [back] }, undefined, [softToken, yubikey]));
  vi.advanceTimersByTime(500);
  expect(said).toEqual(["YubiKey 5 NFC added, 2 certificates"]);
});
