// The page of the browser tests: the window with a fake client, one scene at a time.

import "../src/styles/tokens.css";
import "../src/styles/base.css";

import { mount } from "svelte";

import App from "../src/App.svelte";
import { FakeIpc } from "../src/ipc.fake";
import { now, scenes, type SceneName } from "./scenes";

declare global {
  interface Window {
    /** The client that the tests drive. */
    fake: FakeIpc;
  }
}

const wanted = new URLSearchParams(location.search).get("scene");
const name = (Object.keys(scenes) as SceneName[]).find((one) => one === wanted);
const target = document.getElementById("app");
if (name === undefined || target === null) throw new Error(`There is no scene ${wanted ?? ""}`);

window.fake = new FakeIpc(scenes[name]);
mount(App, { target, props: { ipc: window.fake, clock: () => now } });
