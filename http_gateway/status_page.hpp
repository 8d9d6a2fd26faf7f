#pragma once

#include <string_view>

namespace berth::http_gateway {

/// The page at `/`: one table, read anew every two seconds. All texts are set
/// as text, never as markup: some come from workspaces.
inline constexpr std::string_view status_page = R"html(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Berth</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; }
  .running { color: #18794e } .failed { color: #b42318 } .quiet { color: #777 }
</style>
<h1>Berth</h1>
<p id="summary" class="quiet">reading</p>
<table><thead><tr><th>Workspace<th>Instance<th>Owner<th>Image<th>Phase<th>Age<th>What</tr></thead>
<tbody id="rows"></tbody></table>
<script>
const age = s => s < 60 ? s + 's' : s < 3600 ? Math.floor(s / 60) + 'm' : Math.floor(s / 3600) + 'h';
async function show() {
  const summary = document.getElementById('summary');
  try {
    const list = await (await fetch('api/workspaces')).json();
    const rows = list.map(w => {
      const row = document.createElement('tr');
      const seconds = Math.max(0, Math.floor(Date.now() / 1000) - w.started_at);
      const cells = [w.meta_id, w.id, w.owner, w.image, w.phase, age(seconds), w.failed || w.message];
      cells.forEach(text => row.appendChild(document.createElement('td')).textContent = text);
      row.className = w.failed ? 'failed' : w.phase === 'running' ? 'running' : '';
      return row;
    });
    document.getElementById('rows').replaceChildren(...rows);
    summary.textContent = list.length + ' workspaces, ' +
      list.filter(w => w.phase === 'running').length + ' running';
  } catch (error) { summary.textContent = 'the service does not answer'; }
}
show(); setInterval(show, 2000);
</script></html>
)html";

} // namespace berth::http_gateway
