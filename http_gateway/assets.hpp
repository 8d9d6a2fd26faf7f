#pragma once

namespace berth::http {

/// The status page: a table that a script fills from /api/workspaces.
extern const char status_html[];
extern const char status_css[];
extern const char status_js[];

} // namespace berth::http
