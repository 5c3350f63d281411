import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { TauriIpc } from "./ipc";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

mount(App, {
  target,
  props: { ipc: new TauriIpc(), clock: () => Math.floor(Date.now() / 1000) },
});
