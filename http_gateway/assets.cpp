#include "http_gateway/assets.hpp"

namespace berth::http {

const char status_html[] = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Berth</title>
<link rel="stylesheet" href="/status.css">
<script src="/status.js" defer></script>
</head>
<body>
<header>
<h1>Berth <span id="node"></span></h1>
<p id="summary">Loading the workspaces.</p>
</header>
<main>
<table>
<thead><tr><th>Workspace</th><th>Phase</th><th>Type</th><th>Class</th>
<th>Owner</th><th>Age</th><th>What is going on</th></tr></thead>
<tbody id="workspaces"></tbody>
</table>
<p id="empty" hidden>No workspaces. Start one with <code>berth start</code>.</p>
</main>
</body>
</html>
)html";

const char status_css[] = R"css(:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; }
h1 span { font-weight: normal; opacity: .7; }
#summary { margin: .2rem 0 1.5rem; opacity: .8; }
#summary.stale { color: #c33; opacity: 1; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
td { overflow-wrap: anywhere; }
.phase { white-space: nowrap; }
.phase::before { content: ""; display: inline-block; width: .6em; height: .6em;
  border-radius: 50%; margin-right: .5em; background: #999; }
.phase.running::before { background: #2a2; }
.phase.pending::before, .phase.creating::before, .phase.initializing::before {
  background: #28c; }
.phase.stopping::before, .phase.interrupted::before { background: #d90; }
.failed { color: #c33; }
)css";

const char status_js[] = R"js("use strict";

const interval = 2000;

function cell(row, text, className) {
  const td = row.insertCell();
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function age(ms) {
  const s = Math.max(0, Math.round((Date.now() - ms) / 1000));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min";
  return Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min";
}

function isWebUrl(url) {
  return url.startsWith("http://") || url.startsWith("https://");
}

function show(ws, body) {
  const row = body.insertRow();
  const name = cell(row, "");
  if (ws.phase === "running" && isWebUrl(ws.url)) {
    const link = document.createElement("a");
    link.href = ws.url;
    link.textContent = ws.metaId;
    name.append(link);
  } else {
    name.textContent = ws.metaId;
  }
  name.title = ws.id;
  cell(row, ws.phase, "phase " + ws.phase);
  cell(row, ws.type);
  cell(row, ws.class);
  cell(row, ws.owner);
  cell(row, age(ws.createdAtMs));
  cell(row, ws.failed || ws.timeout || ws.message, ws.failed ? "failed" : "");
}

async function refresh() {
  const summary = document.getElementById("summary");
  try {
    const answer = await fetch("/api/workspaces", { cache: "no-store" });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const state = await answer.json();
    const body = document.createElement("tbody");
    body.id = "workspaces";
    for (const ws of state.workspaces) show(ws, body);
    document.getElementById("workspaces").replaceWith(body);
    document.getElementById("node").textContent = state.node;
    document.getElementById("empty").hidden = state.workspaces.length > 0;
    const live = state.workspaces.filter((ws) => ws.phase !== "stopped").length;
    summary.textContent = live + " live, "
      + (state.workspaces.length - live) + " stopped. Version "
      + state.version + "."
      + (state.shortage ? " Nothing starts: " + state.shortage + "." : "");
    summary.className = state.shortage ? "stale" : "";
  } catch (e) {
    summary.textContent = "No answer from the node: " + e.message;
    summary.className = "stale";
  }
  setTimeout(refresh, interval);
}

refresh();
)js";

} // namespace berth::http
